"""What stands in the boxes of the drawn graph, at each of the sizes that a box can have."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from ....engine.recording.log import Field
from ....engine.recording.playback import Playback
from ...charts.dag import BoxSpec
from ...text.format import cells, fitted, number, plain, shortened
from ...text.glyphs import Glyphs
from ...text.lines import Line, sign_style
from ..steps.chain_rule import name
from .boxes import FoldedGraph, Item

NAME, TITLE = 12, 22
"""The most cells of a node's name in a box, and of what a folded scope or sum is."""


_EXPONENT = re.compile(r"e(-?)\+?0*(\d)")  # 1e-05 is 1e-5


@dataclass(frozen=True)
class Size:
    """How large boxes are: how many cells a number gets, with its sign of change.

    `tall` boxes have a line for the name, the data and the grad each; the others one for both numbers, or
    for the one being made, in which a leaf has its name too. `tail` cells are kept before each box for
    the contribution that flows out of it.
    """

    kind: Literal["framed", "tall", "both", "one"]
    digits: int
    tail: int

    @property
    def frame(self) -> int:
        """The lines of the frame above what is inside."""
        return 1 if self.kind == "framed" else 0

    @property
    def is_tall(self) -> bool:
        """Whether each number has a line of its own."""
        return self.kind in ("framed", "tall")


SIZES = (
    Size("framed", 13, 10),
    Size("framed", 9, 8),
    Size("tall", 8, 7),
    Size("one", 7, 6),
    Size("framed", 9, 2),
    Size("tall", 8, 2),
    Size("both", 8, 2),
    Size("one", 7, 2),
    Size("one", 6, 2),
    Size("one", 6, 1),
)
"""From the largest; boxes get smaller before contributions lose their room."""

PANNED = Size("one", 7, 6)
"""Of a drawing that no size brings into sight whole."""


@dataclass(frozen=True)
class BoxText:
    """Writes boxes of one size for one graph."""

    graph: FoldedGraph
    glyphs: Glyphs
    size: Size

    def spec(self, key: int, item: Item) -> BoxSpec:
        """The cells that a box needs, whatever its numbers become."""
        most, size = TITLE if item.scope or self.graph.folded_sum(item) else NAME, self.size
        head = min(most, cells(self._head(item)))
        if size.kind == "framed":
            return BoxSpec(key, 2 + max(size.digits + 1, head), 5)
        below = cells(self._size_of(item)) if item.scope else size.digits * self._numbers
        if self._is_leaf(item) and not size.is_tall:
            return BoxSpec(key, 2 + head + 1 + below, 1)
        return BoxSpec(key, 2 + max(head, below), 3 if size.is_tall and not item.scope else 2)

    @property
    def _numbers(self) -> int:
        return 2 if self.size.kind == "both" else 1

    def _is_leaf(self, item: Item) -> bool:
        return not item.scope and self.graph.recording.ops[item.node] is None

    def _head(self, item: Item) -> str:
        """The name of a box, and its op where that does not follow from the name."""
        recording = self.graph.recording
        if item.scope:
            return plain(item.scope.rpartition("/")[2])
        if flat := self.graph.folded_sum(item):
            named = f"{name(recording, item.node)} " if item.node in recording.labels else ""
            return named + flat.text(self.glyphs.total)
        op = recording.ops[item.node]
        symbol = f" {plain(op.symbol)}" if op and item.node in recording.labels else ""
        return name(recording, item.node) + symbol

    def _size_of(self, item: Item) -> str:
        size = self.graph.sizes[item.scope]
        return f"{size:,} node{'s'[: size != 1]}"

    def lines(
        self, item: Item, width: int, playback: Playback, changed: frozenset[tuple[int, str]], stop: bool
    ) -> list[Line]:
        """The lines inside a box of `width` cells, without its frame or brackets."""
        head = f"{self.glyphs.breakpoint if stop else ''}{self._head(item)}"
        title = (fitted(head, width, self.glyphs.ellipsis), "strong")
        if item.scope:
            size = fitted(self._size_of(item), width, self.glyphs.ellipsis)
            return [(title,), ((size, "dim"),)]
        cell = _Cells(playback, changed, item.node, self.glyphs)
        digits = self.size.digits
        if self.size.is_tall:
            return [(title,), cell.named("data", width), cell.named("grad", width)]
        numbers = cell.both(digits) if self.size.kind == "both" else cell.one(digits)
        taken = sum(cells(text) for text, _ in numbers)
        if self._is_leaf(item):
            return [((fitted(head, width - taken, self.glyphs.ellipsis), "strong"), *numbers)]
        return [(title,), ((" " * (width - taken), ""), *numbers)]


@dataclass(frozen=True)
class _Cells:
    """The two cells of a node as text."""

    playback: Playback
    changed: frozenset[tuple[int, str]]
    node: int
    glyphs: Glyphs

    def named(self, field: Field, width: int) -> Line:
        """Its first letter and its number, over a whole line."""
        x = self.playback.value(self.node, field)
        shown = shortened(short(x, width - 2, field == "grad"), width - 2, self.glyphs.ellipsis)
        text = f"{field[0]}{self._mark(field)}{shown:>{width - 2}}"
        return ((text, self._style(field, x)),)

    def both(self, digits: int) -> Line:
        """The data, then the grad."""
        return (*self._short("data", digits), *self._short("grad", digits))

    def one(self, digits: int) -> Line:
        """The grad once it is being made, till then the data."""
        return self._short("data" if self.playback.phase.name == "forward" else "grad", digits)

    def _short(self, field: Field, digits: int) -> Line:
        x = self.playback.value(self.node, field)
        text = shortened(short(x, digits - 1, field == "grad"), digits - 1, self.glyphs.ellipsis)
        return ((f"{self._mark(field)}{text:>{digits - 1}}", self._style(field, x)),)

    def _mark(self, field: Field) -> str:
        if (self.node, field) in self.changed:
            return self.glyphs.changed
        return self.glyphs.stale if self._stale(field) else " "

    def _stale(self, field: Field) -> bool:
        return field == "grad" and self.playback.stale and bool(self.playback.value(self.node, "grad"))

    def _style(self, field: Field, x: float | None) -> str:
        changed = (self.node, field) in self.changed
        if self._stale(field) and not changed:
            return "dim"
        return "changed" if changed else sign_style(x) if field == "grad" else ""


def short(x: float | None, digits: int, signed: bool = False) -> str:
    """Return x with as many digits as fit into so many cells, at least one."""
    text, sign = number(x, signed), "+" if signed else ""
    if x is None or len(text) <= digits:
        return text
    for form in (".3g", ".2g", ".1g", ".1e", ".0e"):
        shorter = _EXPONENT.sub(r"e\1\2", f"{x:{sign}{form}}")
        if len(shorter) < len(text) and math.isfinite(float(shorter)):
            text = shorter
        if len(text) <= digits:
            break
    return text
