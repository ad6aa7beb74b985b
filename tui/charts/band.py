"""The band of a plot: all between the least and the greatest, filled, its edges in eighths of a cell.

A level up to 8 is how many eighths of a cell are filled from below; 8 and n, that n are empty from below.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

EIGHTHS = 8
THIN = 3
"""Eighths of a cell up to which a band is no more than the line itself."""


class Band:
    """The levels of `width` x `height` cells."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.levels = bytearray(width * height)

    def row(self, y: int) -> bytearray:
        """The levels of a line of the plot."""
        return self.levels[y * self.width : (y + 1) * self.width]

    def fill(self, columns: Sequence[int], tops: Sequence[float], bottoms: Sequence[float]) -> None:
        """Fill from column to column; tops and bottoms are counted in cells from above.

        A column has what is asked of it, so that no spike is lost; only those between are interpolated.
        """
        spots = list(zip(columns, tops, bottoms, strict=True))
        for column, top, bottom in spots:
            self._column(column, top, bottom)
        for (x, top, bottom), (to_x, to_top, to_bottom) in pairwise(spots):
            for column in range(x + 1, to_x):
                part = (column - x) / (to_x - x)
                self._column(column, top + (to_top - top) * part, bottom + (to_bottom - bottom) * part)

    def _column(self, x: int, top: float, bottom: float) -> None:
        start, end = round(top * EIGHTHS), round(bottom * EIGHTHS)
        if end - start <= THIN:
            return
        levels, width = self.levels, self.width
        (first, above), (last, below) = divmod(start, EIGHTHS), divmod(end, EIGHTHS)
        if first == last:  # no sign is filled in its middle
            low = above > EIGHTHS - below
            levels[first * width + x] = EIGHTHS - above if low else 2 * EIGHTHS - below
            return
        levels[first * width + x] = EIGHTHS - above
        for at in range((first + 1) * width + x, last * width, width):
            levels[at] = EIGHTHS
        if below and last < self.height:
            levels[last * width + x] = 2 * EIGHTHS - below


def filled(level: int) -> int:
    """Return how many eighths of a cell are."""
    return level if level <= EIGHTHS else 2 * EIGHTHS - level
