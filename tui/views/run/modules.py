"""The modules of watched models as a tree of rows: norms, gradients, updates, dead units of each."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....engine.learning.module_look import Look, ModuleLook, placed
from ...text.format import fitted, number, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line, Piece

OPEN = 40
"""Modules up to which all of them are open at first."""
NAME, LEAST = 12, 9
"""Cells that a name keeps where columns are left out, and where they are narrow."""
HIGH = 1e-2
"""The part of its weights from which a training step moves a module far; about 1e-3 is healthy."""
COLUMNS = (("grad", 9), ("update/w", 10), ("dead", 9), ("weights", 9))
"""What stands beside a name, and in how many cells; the last ones go first where there is no room."""
TIGHT = (("grad", 8), ("update/w", 8), ("dead", 6))
NARROW = NAME + sum(size for _, size in COLUMNS[:3])
"""Cells below which they are tight."""
_PARTS = re.compile(r"\[[^\]]*\]|[^.\[]+")


@dataclass(frozen=True)
class Module:
    """A row: a module, or several of which the names begin alike."""

    place: str
    label: str
    depth: int
    looks: tuple[ModuleLook, ...]
    can_open: bool
    """Whether there are rows below it."""


@dataclass(frozen=True)
class _Placed:
    parts: tuple[str, ...]
    look: ModuleLook


class ModuleRows:
    """Of the looks at one step: what is folded is remembered by its place, from step to step."""

    def __init__(self) -> None:
        self.rows: list[Module] = []
        self._toggled: set[str] = set()
        self._all: list[_Placed] = []
        self._opens = True

    def show(self, looks: Sequence[Look]) -> None:
        """Take the looks at the models, in their order."""
        alone = len(looks) == 1
        self._all = [
            _Placed(tuple(_PARTS.findall(placed(look.model, each.name, alone))), each)
            for look in looks
            for each in look.modules
        ]
        self._opens = len(self._all) <= OPEN
        self._list()

    def is_open(self, row: Module) -> bool:
        """Whether what is below a row is listed."""
        return self._is_open(row.place)

    def _is_open(self, place: str) -> bool:
        return self._opens ^ (place in self._toggled)

    def toggle(self, row: Module) -> None:
        """Fold a row or open it."""
        if row.can_open:
            self._toggled ^= {row.place}
            self._list()

    def row_of(self, place: str) -> int:
        """Return the index of a module's row, or of the nearest that holds it; -1 if there is none."""
        return max((i for i, row in enumerate(self.rows) if holds(row.place, place)), default=-1)

    def above(self, index: int) -> int:
        """The index of the row that holds the one at an index."""
        depth = self.rows[index].depth
        return next((i for i in range(index, -1, -1) if self.rows[i].depth < depth), index)

    def _list(self) -> None:
        self.rows = list(self._rows(self._all, 0, 0))

    def _rows(self, some: Sequence[_Placed], at: int, depth: int) -> Iterator[Module]:
        """Yield the rows of modules whose names are alike up to a part."""
        for group in _alike(some, at):
            alike = _shared(group) if len(group) > 1 else len(group[0].parts)
            place, label = _joined(group[0].parts[:alike]), _joined(group[0].parts[at:alike])
            several = len(group) > 1
            yield Module(place, label, depth, tuple(each.look for each in group), several)
            if several and self._is_open(place):
                yield from self._rows(group, alike, depth + 1)


def _alike(some: Sequence[_Placed], at: int) -> list[list[_Placed]]:
    found: dict[str, list[_Placed]] = {}
    for each in some:
        found.setdefault(each.parts[at] if at < len(each.parts) else "", []).append(each)
    return list(found.values())


def _shared(group: Sequence[_Placed]) -> int:
    """How many parts all names of a group have in common."""
    columns = zip(*(each.parts for each in group), strict=False)
    return next((i for i, parts in enumerate(columns) if len(set(parts)) > 1), min(map(_size, group)))


def _size(each: _Placed) -> int:
    return len(each.parts)


def _joined(parts: Sequence[str]) -> str:
    text = "".join(part if part[0] == "[" else f".{part}" for part in parts)
    return text.removeprefix(".") or "itself"


def holds(outer: str, place: str) -> bool:
    """Whether a place is another, or inside of it."""
    return place == outer or place.startswith((f"{outer}.", f"{outer}["))


# What is shown


def shown_columns(width: int) -> tuple[tuple[str, int], ...]:
    """Return the columns there is room for."""
    columns, name = (TIGHT, LEAST) if width < NARROW else (COLUMNS, NAME)
    room, found = width - name, 0
    while found < len(columns) and room >= columns[found][1]:
        room -= columns[found][1]
        found += 1
    return columns[:found]


def module_header(width: int, signs: Glyphs) -> Line:
    """Return the line above the rows."""
    columns = shown_columns(width)
    head = "".join(f"{name if len(name) < room else 'upd/w':>{room}}" for name, room in columns)
    return (
        (
            fitted(
                "L2 norms by module" if width >= NARROW else "norms", width - len(head), signs.ellipsis
            ),
            "dim",
        ),
        (head, "header"),
    )


def module_line(row: Module, is_open: bool, trouble: str, width: int, signs: Glyphs) -> Line:
    """Return a row; `trouble` is the style of what an event says of it, if one does."""
    columns = shown_columns(width)
    sign = " " if not row.can_open else signs.opened if is_open else signs.folded
    mark = f"{signs.event} " if trouble else ""
    label = f"{'  ' * row.depth}{sign} {mark}{plain(row.label)}"
    room = width - sum(size for _, size in columns)
    name = (fitted(label, room, signs.ellipsis), trouble or ("strong" if row.can_open else ""))
    return (name, *(_piece(row, column, size) for column, size in columns))


def _piece(row: Module, column: str, room: int) -> Piece:
    text, style = _CELLS[column](row.looks)
    if len(text) >= room and "e" not in text and "." in text and text[0].isdigit():
        text = f"{float(text):.1e}"
    return f"{text:>{room}}", style or ("dim" if row.can_open else "")


def _short(x: float) -> str:
    """A number in eight cells at most."""
    text = number(x)
    return text if len(text) <= 8 else f"{x:.1e}"


def _weights(looks: Sequence[ModuleLook]) -> Piece:
    bad = sum(look.weights.nonfinite for look in looks)
    return _broken(bad) if bad else (_short(math.hypot(*(look.weights.norm for look in looks))), "")


def _gradient(looks: Sequence[ModuleLook]) -> Piece:
    bad = sum(look.gradients.nonfinite for look in looks)
    if bad:
        return _broken(bad)
    if any(look.gradients.count for look in looks):
        return _short(math.hypot(*(look.gradients.norm for look in looks))), ""
    return ("frozen", "dim") if all(look.frozen for look in looks) else ("None", "warning")


def _broken(count: int) -> Piece:
    return f"{_few(count)} bad", "warning"


def _few(count: int) -> str:
    for many, unit in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if count >= many:
            return f"{count // (many if unit != 'k' else 1000)}{unit}"
    return str(count)


def _update(looks: Sequence[ModuleLook]) -> Piece:
    known = [look for look in looks if look.update is not None]
    if not known:
        return "", ""
    moved = math.hypot(*((look.update or 0.0) * look.weights.norm for look in known))
    size = math.hypot(*(look.weights.norm for look in known))
    ratio = moved / size if size else math.nan
    if not math.isfinite(ratio):
        return "nan", "warning"
    return (f"{ratio:.1e}", "negative" if ratio > HIGH else "")


def _dead(looks: Sequence[ModuleLook]) -> Piece:
    units, dead = sum(look.units for look in looks), sum(look.dead for look in looks)
    if not units:
        return "", ""
    text = f"{dead}/{units}" if units < 100 else f"{dead / units:.0%}"
    return text, "negative" if dead else ""


_CELLS = {"weights": _weights, "grad": _gradient, "update/w": _update, "dead": _dead}
