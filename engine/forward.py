"""Computing the root of a graph anew for many changes of a cell: compiled where that can be."""

from collections.abc import Callable, Sequence
from typing import Protocol

from .recording.sheet import Sheet

LARGE = 1_000
"""Nodes from which the compiled forward is worth making."""
Between = Callable[[], object]
"""Called now and then while something takes long; it may raise to end it."""


class Forward(Protocol):
    """A sheet, or its compiled forward: what gives the root for edits, many at once."""

    width: int
    """How many edits are best looked at together."""

    def roots(self, edits: Sequence[tuple[int, float]], between: Between = ...) -> list[float]:
        """The root's number for each edit alone, a cell and its number; `between` may end it."""


def forward_of(sheet: Sheet) -> Forward:
    """The compiled forward of a large sheet; the sheet itself where it is small or cannot be compiled."""
    if sheet.recording.node_count < LARGE:
        return sheet
    try:
        from .compile.lanes import Lanes  # here: it brings numpy

        return Lanes(sheet)
    except (ImportError, ValueError):
        return sheet
