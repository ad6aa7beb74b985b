"""A step over a folded part of the graph: what came in, and what it gave to the nodes outside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ....engine.recording.log import FIELDS, Field, Recording
from ...text.format import cells, number
from ...text.glyphs import Glyphs
from ...text.lines import Line, sign_style
from .chain_rule import place

NARROWEST = 20
"""Cells for a name, below which the numbers before and after it are left out."""


@dataclass(frozen=True)
class Change:
    """A cell before and after the part was passed."""

    node: int
    field: Field
    before: float | None
    after: float | None

    @property
    def amount(self) -> float:
        """How far it moved."""
        return (self.after or 0.0) - (self.before or 0.0)

    @property
    def size(self) -> float:
        """How far it moved up or down; what broke has moved furthest."""
        return abs(self.amount) if self.amount == self.amount else float("inf")


@dataclass(frozen=True)
class Passed:
    """The steps `start` <= i < `end` taken as one: all of one phase, and of one part of the graph."""

    title: str
    phase: str
    start: int
    end: int
    incoming: tuple[Change, ...]
    """In backward, the gradients with which its results came in."""
    given: tuple[Change, ...]
    """Its results in forward, else the cells outside it that it changed; the largest change first."""

    @property
    def nodes(self) -> str:
        """How many nodes were passed."""
        count = self.end - self.start
        return f"{count:,} node{'s'[: count != 1]}"


def passing(recording: Recording, title: str, start: int, end: int) -> Passed:
    """Return what happens in the steps from `start` to before `end`."""
    phase = recording.phase_of(start).name
    inside = [node for node in recording.step_node[start:end] if node >= 0]
    incoming: list[Change] = []
    if phase == "forward":
        cells: Iterable[int] = [2 * node for node in _results(recording, inside)]
    else:
        cells = _written(recording, start, end)
    if phase == "backward":
        within, ends = set(inside), _results(recording, inside)
        cells = [cell for cell in cells if cell >> 1 not in within]
        incoming = [_change(recording, 2 * node + 1, start, start) for node in ends]
    found = [_change(recording, cell, start, end) for cell in cells]
    given = found if phase == "forward" else sorted(found, key=lambda change: -change.size)
    return Passed(title, phase, start, end, tuple(incoming), tuple(given))


def _written(recording: Recording, start: int, end: int) -> list[int]:
    first, last = recording.step_start[start], recording.step_start[end]
    return list(dict.fromkeys(recording.write_cell[first:last]))


def _results(recording: Recording, inside: list[int]) -> list[int]:
    """The nodes that nothing inside uses: through them a part gives in forward, and takes in backward."""
    used = {parent for node in inside for parent in recording.parents(node)}
    return [node for node in inside if recording.ops[node] is not None and node not in used]


def _change(recording: Recording, cell: int, start: int, end: int) -> Change:
    node, field = cell >> 1, FIELDS[cell & 1]
    before, after = recording.value(node, field, start), recording.value(node, field, end)
    return Change(node, field, before, after)


def passed_note(recording: Recording, passed: Passed, verb: str) -> str:
    """Say what was passed and what came of it: `passed over sample[3], 647 nodes: ...`."""
    head = f"{verb} {passed.title}, {passed.nodes}"
    if not passed.given:
        return f"{head}; nothing outside changed"
    first, count = passed.given[0], len(passed.given)
    where = place(recording, first.node)
    if passed.phase == "forward":
        more = f", {count} results" if count > 1 else ""
        return f"{head}: {where} = {number(first.after)}{more}"
    moved = f"{number(first.amount, signed=True)} at {where}"
    if count == 1:
        return f"{head}: {moved}"
    cells = "gradients" if first.field == "grad" else "parameters"
    outside = " outside" if passed.phase == "backward" else ""
    return f"{head}: {count:,} {cells}{outside}, most {moved}"


def passed_lines(
    recording: Recording, passed: Passed, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return at most `height` lines about what was passed: what came in, then what went out."""
    lines: list[Line] = [((f"{passed.phase} through {passed.title}, {passed.nodes}", "strong"),)]
    for change in passed.incoming[: 1 if height < 8 else 3]:
        room = width - 20
        called = _end_of(f"{place(recording, change.node)}.grad", room, glyphs)
        shown = number(change.before, signed=True)
        lines.append(((f"  incoming {called} ", "dim"), (shown, sign_style(change.before))))
    lines.append(((_heading(passed), "dim"),))
    lines += [_change_line(recording, change, width, glyphs) for change in passed.given[:height]]
    if len(lines) > height > 2:
        left = len(passed.given) - (height - 1 - (len(lines) - len(passed.given[:height])))
        lines[height - 1 :] = [((f"  {left:,} more; N, then s goes into it", "dim"),)]
    return lines[:height]


def _heading(passed: Passed) -> str:
    if not passed.given:
        return "  nothing outside it changed"
    if passed.phase == "forward":
        return "  what others use of it:"
    outside = "what it adds outside, largest first:"
    return f"  {outside}" if passed.phase == "backward" else "  what changed, largest first:"


def _change_line(recording: Recording, change: Change, width: int, glyphs: Glyphs) -> Line:
    """How far a cell moved, and where there is room from what to what."""
    grad = change.field == "grad"
    style = sign_style(change.amount) if grad else ""
    moved = (f"  {number(change.amount, signed=True):>10} ", style)
    shown = f"{number(change.before)} {glyphs.arrow} {number(change.after, signed=grad)}"
    called, room = f"{place(recording, change.node)}.{change.field}", width - 17 - len(shown)
    if room < NARROWEST:
        return moved, (_end_of(called, width - 13, glyphs), "")
    return (
        moved,
        (f"{_end_of(called, room, glyphs)}  ", ""),
        (f"{glyphs.changed} ", "changed"),
        (shown, sign_style(change.after) if grad else ""),
    )


def _end_of(path: str, room: int, glyphs: Glyphs) -> str:
    """The end of a name with its scopes, which is what tells it from its neighbours."""
    if cells(path) <= room:
        return path
    while path and cells(path) > room - 1:
        path = path[1:]
    return f"{glyphs.ellipsis}{path}"
