"""A step over a folded part of the graph: what came in, and what it gave to the nodes outside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....engine.recording.log import FIELDS, Field, Recording
from ...text.format import cells, number, shortened
from ...text.format import change as differing
from ...text.glyphs import Glyphs
from ...text.lines import Line, sign_style
from .chain_rule import name, place

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
    unmoved: int = 0
    """Cells outside that it wrote to and did not change: contributions of 0."""
    leaves: bool = False
    """Whether it was leaves only, whose visits write nothing."""
    off: int = 0
    """How many relus at 0 were passed, if it wrote to cells that it did not change."""

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
    if phase == "forward":
        return Passed(title, phase, start, end, (), tuple(found))
    moved = sorted((change for change in found if change.amount), key=lambda change: -change.size)
    leaves = all(recording.ops[node] is None for node in inside)
    unmoved = len(found) - len(moved)
    off = sum(_is_off(recording, node, start) for node in inside) if unmoved else 0
    return Passed(title, phase, start, end, tuple(incoming), tuple(moved), unmoved, leaves, off)


def _written(recording: Recording, start: int, end: int) -> list[int]:
    first, last = recording.step_start[start], recording.step_start[end]
    return list(dict.fromkeys(recording.write_cell[first:last]))


def _results(recording: Recording, inside: list[int]) -> list[int]:
    """The nodes that nothing inside uses: through them a part gives in forward, and takes in backward."""
    start, last = recording.parent_start, max(inside, default=-1)
    if last >= 0 and last - min(inside) == len(inside) - 1:  # made one after the other, as scopes are
        used = set(recording.parent_ids[start[min(inside)] : start[last + 1]])
    else:
        used = {parent for node in inside for parent in recording.parents(node)}
    return [node for node in inside if node not in used and recording.ops[node] is not None]


def _change(recording: Recording, cell: int, start: int, end: int) -> Change:
    node, field = cell >> 1, FIELDS[cell & 1]
    before, after = recording.value(node, field, start), recording.value(node, field, end)
    return Change(node, field, before, after)


def passed_note(recording: Recording, passed: Passed, verb: str) -> str:
    """Say what was passed and what came of it: `passed over sample[3], 647 nodes: ...`."""
    head = f"{verb} {passed.title}, {passed.nodes}"
    if not passed.given:
        why = why_zero(recording, passed)
        return f"{head}; {_nothing(passed)}{': ' if why else ''}{why}"
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


def _nothing(passed: Passed) -> str:
    """What is to be said where nothing outside has changed."""
    if passed.leaves and passed.phase == "backward":
        return "leaves only: their gradients are final"
    if not passed.unmoved:
        return "nothing outside changed"
    cells = "gradients" if passed.phase == "backward" else "parameters"
    return f"it adds 0 to {passed.unmoved:,} {cells if passed.unmoved > 1 else cells[:-1]} outside"


def why_zero(recording: Recording, passed: Passed) -> str:
    """Why contributions of a backward pass were 0: 0 came in, or a relu or hinge passes 0 back."""
    if not passed.unmoved or not passed.incoming:
        return ""
    came = [change.node for change in passed.incoming if change.before]
    off = [node for node in came if _is_off(recording, node, passed.start)]
    if not came:
        return "the gradient that came in is 0"
    if len(off) < len(came):  # some of it came through, and ended elsewhere
        return f"{passed.off:,} relu{'s'[: passed.off != 1]} in it at 0" if passed.off else ""
    hinges = all(_is_hinge(recording, node, passed.start) for node in off)
    if len(came) == 1:
        reason = "its hinge is satisfied" if hinges else f"{name(recording, off[0])} is off, at 0"
    else:
        reason = f"all {len(came)} {'hinges are satisfied' if hinges else 'that lead in are relus at 0'}"
    return f"{reason}: local 0"


def _is_off(recording: Recording, node: int, position: int) -> bool:
    op = recording.ops[node]
    return op is not None and op.name == "relu" and recording.value(node, "data", position) == 0


def _is_hinge(recording: Recording, node: int, position: int) -> bool:
    """Whether a relu is one of 1 - y*score, as the hinge loss is."""
    inner = recording.parents(node)[0]
    op, (one, *_) = recording.ops[inner], (*recording.parents(inner), -1)
    leaf = one >= 0 and recording.ops[one] is None
    return op is not None and op.name == "sub" and leaf and recording.value(one, "data", position) == 1


def passed_lines(
    recording: Recording, passed: Passed, width: int, height: int, glyphs: Glyphs
) -> list[Line]:
    """Return at most `height` lines about what was passed: what came in, then what went out."""
    lines: list[Line] = [((f"{passed.phase} through {passed.title}, {passed.nodes}", "strong"),)]
    lines += _incoming(recording, passed, 1 if height < 8 else 3, width, glyphs)
    lines += [((text, "dim"),) for text in _heading(recording, passed)]
    above = len(lines)
    lines += [_change_line(recording, change, width, glyphs) for change in passed.given[:height]]
    unmoved = passed.unmoved if passed.given else 0
    if height > 2 and (unmoved or len(lines) > height):
        del lines[height - 1 :]
        text = _rest(recording, passed, len(passed.given) - (len(lines) - above), unmoved)
        lines.append(((shortened(f"  {text}", width, glyphs.ellipsis), "dim"),))
    return lines[:height]


def _incoming(
    recording: Recording, passed: Passed, most: int, width: int, glyphs: Glyphs
) -> Iterator[Line]:
    """The gradients that came in; the last line says how many others did."""
    left = len(passed.incoming) - most
    for at, change in enumerate(passed.incoming[:most], 1):
        more = f"  and {left:,} more" if at == most and left > 0 else ""
        shown = number(change.before, signed=True)
        called = _end_of(f"{place(recording, change.node)}.grad", width - 20 - len(more), glyphs)
        yield ((f"  incoming {called} ", "dim"), (shown, sign_style(change.before)), (more, "dim"))


def _rest(recording: Recording, passed: Passed, left: int, unmoved: int) -> str:
    """What is said of the cells that have no line: those that changed, and those that 0 was added to."""
    more = f"{left:,} more" if left else ""
    if not unmoved:
        return f"{more}; N, then s goes into it"
    why = why_zero(recording, passed)
    zero = f"it adds 0 to {unmoved:,} others{f': {why}' if why else ''}"
    return f"{more}; {zero}" if more else zero


def _heading(recording: Recording, passed: Passed) -> list[str]:
    if not passed.given:
        return [f"  {text}" for text in (_nothing(passed), why_zero(recording, passed)) if text]
    if passed.phase == "forward":
        return ["  what others use of it:"]
    outside = "what it adds outside, largest first:"
    return [f"  {outside}" if passed.phase == "backward" else "  what changed, largest first:"]


def _change_line(recording: Recording, change: Change, width: int, glyphs: Glyphs) -> Line:
    """How far a cell moved, and where there is room from what to what."""
    grad = change.field == "grad"
    style = sign_style(change.amount) if grad else ""
    moved = (f"  {number(change.amount, signed=True):>10} ", style)
    before, after = differing(change.before, change.after or 0.0, grad)
    shown = f"{before} {glyphs.arrow} {after}"
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
