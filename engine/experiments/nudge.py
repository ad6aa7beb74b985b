"""Nudging a cell: how far the root moves, as its gradient predicts it and as it is measured.

The gradient is the slope of the root against the cell, so a small change h of the cell moves the root by
about grad * h: what a backward pass claims can be tried out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..forward import Between, Forward
from ..recording.sheet import Sheet
from .broken import gradients


@dataclass(frozen=True)
class Nudge:
    """One cell moved by `by`: the root's change by the gradient, and by computing it again."""

    node: int
    value: float
    by: float
    grad: float
    measured: float

    @property
    def predicted(self) -> float:
        """The root's change along the tangent."""
        return self.grad * self.by

    @property
    def relative_error(self) -> float:
        """|predicted - measured| over the larger of the two; 0 where both are 0, nan where not finite."""
        if self.predicted == self.measured and math.isfinite(self.measured):
            return 0.0
        return abs(self.predicted - self.measured) / max(abs(self.predicted), abs(self.measured))


def nudge(sheet: Sheet, node: int, by: float, grad: float | None = None) -> Nudge:
    """Move one cell and compute the root again; the slope is `grad`, or that of a backward pass."""
    value, before = sheet.data[node], sheet.data[sheet.recording.root]
    slope = gradients(sheet)[node] if grad is None else grad
    return Nudge(node, value, by, slope, sheet.root_after({node: value + by}) - before)


def default_step(value: float) -> float:
    """A step that suits a cell's size: a power of ten, about a thousandth of it; of small ones more.

    Less than 1e-7 would drown in what the root is rounded to.
    """
    size = abs(value) if math.isfinite(value) and value else 1.0
    place = math.floor(math.log10(size))
    return float(10.0 ** max(place - (3 if place >= 0 else 2), -7))


def curve(
    sheet: Sheet,
    node: int,
    reach: float,
    points: int = 41,
    between: Between = lambda: None,
    forward: Forward | None = None,
) -> list[tuple[float, float]]:
    """The root against a cell around its value, `reach` to both sides; the value itself is a point."""
    half, value = points // 2, sheet.data[node]
    places = [value + reach * (i - half) / half for i in range(2 * half + 1)]
    roots = (forward or sheet).roots([(node, x) for x in places], between)
    return list(zip(places, roots, strict=True))


def slopes(sheet: Sheet, node: int) -> tuple[float, float]:
    """The root's slope against a cell on its left and on its right, which differ at a kink."""
    h, value = 1e-6 * max(1.0, abs(sheet.data[node])), sheet.data[node]
    root = sheet.data[sheet.recording.root]
    below, above = value - h, value + h
    left = (root - sheet.root_after({node: below})) / (value - below)
    return left, (sheet.root_after({node: above}) - root) / (above - value)


@dataclass(frozen=True)
class Slope:
    """One cell's gradient beside its slope by central differences."""

    node: int
    grad: float
    measured: float

    @property
    def error(self) -> float:
        """|grad - measured| over the largest of 1 and the two, as `gradcheck`; nan counts as inf."""
        apart = abs(self.grad - self.measured)
        size = max(1.0, abs(self.grad), abs(self.measured))
        return apart / size if apart == apart and size != math.inf else math.inf * (apart != 0)


def central(
    sheet: Sheet,
    grads: Sequence[float],
    cells: Sequence[int],
    forward: Forward | None = None,
    between: Between = lambda: None,
) -> Iterator[Slope]:
    """Measure slopes of cells: (root(v + h) - root(v - h)) / 2h with h = 6e-6 * max(1, |v|)."""
    forward = forward or sheet
    at_once = forward.width // 2
    for first in range(0, len(cells), at_once):
        block = cells[first : first + at_once]
        sides = [_sides(sheet.data[node]) for node in block]
        edits = [(node, x) for node, both in zip(block, sides, strict=True) for x in both]
        roots = forward.roots(edits, between)
        for node, (above, below), high, low in zip(block, sides, roots[::2], roots[1::2], strict=True):
            yield Slope(node, grads[node], (high - low) / (above - below))


def _sides(value: float) -> tuple[float, float]:
    h = 6e-6 * max(1.0, abs(value))
    return value + h, value - h
