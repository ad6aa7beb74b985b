"""Small multiples: many small plots side by side, one a quantity, all over the same steps."""

from collections.abc import Sequence
from itertools import zip_longest

from ..text.format import cells
from ..text.lines import Line

LEAST_WIDTH, LEAST_HEIGHT = 28, 6
"""Cells and lines a plot needs to be read."""


def grid(count: int, width: int, height: int) -> tuple[int, int]:
    """Return how many columns and rows of plots there are room for, as few columns as show the most."""
    most_across, most_down = max(1, width // LEAST_WIDTH), max(1, height // LEAST_HEIGHT)
    across = min(most_across, max(1, -(-count // most_down)))
    return across, min(most_down, max(1, -(-count // across)))


def side_by_side(plots: Sequence[Sequence[Line]], across: int, width: int, gap: int = 1) -> list[Line]:
    """Return plots of `width` cells, so many in a row, as lines."""
    lines: list[Line] = []
    for start in range(0, len(plots), across):
        for together in zip_longest(*plots[start : start + across], fillvalue=()):
            line: Line = ()
            for piece in together:
                missing = width + gap - sum(cells(text) for text, _ in piece)
                line += (*piece, (" " * missing, ""))
            lines.append(line)
    return lines
