"""A time series that only grows, downsampled to the few buckets that a plot can show.

A series is read piece by piece and only ever grows, so of the buckets of a view only the last ones are
made anew. A bucket keeps the least and the greatest of what it holds: a spike never vanishes.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import math
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import NamedTuple, Self

GREATEST = 1e300
"""Larger finite numbers are held here, so that sums of many stay finite."""

BLOCK = 64
"""Values that are summed up for good."""

VIEWS = 8
"""Windows whose buckets are kept: the sparkline's, and the plot's at each zoom."""


class Bucket(NamedTuple):
    """What a run of neighbouring values comes to, standing at the middle of its steps."""

    step: float
    low: float
    mean: float
    high: float


@dataclass(frozen=True)
class Window:
    """The steps a plot shows, both included, and how many buckets they are sorted into."""

    first: int
    last: int
    count: int

    def start(self, index: int) -> int:
        """The first step of a bucket."""
        return self.first - (-index * (self.last + 1 - self.first) // max(1, self.count))

    def bucket(self, step: int) -> int:
        """The index of the bucket a step falls in."""
        return (step - self.first) * self.count // (self.last + 1 - self.first)


class _Buckets:
    """The buckets of one window, and how many of the steps they have seen."""

    def __init__(self, count: int) -> None:
        self.buckets: list[Bucket | None] = [None] * count
        self.seen = 0


class _Blocks:
    """The least, the sum and the greatest of so many values in a row: a bucket may hold very many."""

    def __init__(self) -> None:
        self.lows, self.sums, self.highs = array("d"), array("d"), array("d")

    def follow(self, lows: array[float], means: array[float], highs: array[float]) -> None:
        """Sum up the blocks that have become whole."""
        for start in range(len(self.sums) * BLOCK, len(means) - BLOCK + 1, BLOCK):
            self.lows.append(min(lows[start : start + BLOCK]))
            self.sums.append(math.fsum(means[start : start + BLOCK]))
            self.highs.append(max(highs[start : start + BLOCK]))


def _between(values: array[float], blocks: array[float], i: int, j: int) -> array[float]:
    """Return the values from i up to j, in their stead what stands for whole blocks of them."""
    first, last = -(-i // BLOCK), j // BLOCK
    if first >= last:
        return values[i:j]
    return values[i : first * BLOCK] + blocks[first:last] + values[last * BLOCK : j]


class Series:
    """One column: steps in rising order, values, and the steps whose value was no finite number.

    A stored row may stand for many training steps; then it has a least and a greatest of its own.
    """

    def __init__(self) -> None:
        self.steps = array("q")
        self.means = array("d")
        self.lows = array("d")
        self.highs = array("d")
        self.broken = array("q")
        self.broken_values = array("d")
        self._views: dict[Window, _Buckets] = {}
        self._blocks = _Blocks()
        self._least, self._greatest = (math.inf, -1), (-math.inf, -1)

    def __len__(self) -> int:
        return len(self.steps)

    def add(
        self, step: int, value: float | None, low: float | None = None, high: float | None = None
    ) -> None:
        """Append what was logged at a step; steps at or before the last one are ignored."""
        if value is None or step <= self.last_step:
            return
        if not math.isfinite(value):
            self.broken.append(step)
            self.broken_values.append(value)
            return
        value = max(-GREATEST, min(value, GREATEST))
        self.steps.append(step)
        self.means.append(value)
        low, high = value if low is None else low, value if high is None else high
        self.lows.append(low)
        self.highs.append(high)
        if low < self._least[0]:
            self._least = low, step
        if high > self._greatest[0]:
            self._greatest = high, step

    def extend(self, steps: array[int], values: array[float]) -> None:
        """Append what was logged at steps in rising order: thousands at once where nothing is amiss."""
        if not len(steps):
            return
        least, greatest = min(values), max(values)
        # A sum is finite only if all its parts are.
        if steps[0] <= self.last_step or not (
            math.isfinite(sum(values)) and -GREATEST <= least <= greatest <= GREATEST
        ):
            for step, value in zip(steps, values, strict=True):
                self.add(step, value)
            return
        self.steps.extend(steps)
        for column in (self.means, self.lows, self.highs):
            column.extend(values)
        if least < self._least[0]:
            self._least = least, steps[values.index(least)]
        if greatest > self._greatest[0]:
            self._greatest = greatest, steps[values.index(greatest)]

    def before(self, step: int) -> Self:
        """Return what there is before a step, as a series that goes on growing."""
        kept, i, j = type(self)(), bisect_left(self.steps, step), bisect_left(self.broken, step)
        kept.steps, kept.means = self.steps[:i], self.means[:i]
        kept.lows, kept.highs = self.lows[:i], self.highs[:i]
        kept.broken, kept.broken_values = self.broken[:j], self.broken_values[:j]
        if i:
            low, high = min(kept.lows), max(kept.highs)
            kept._least = low, kept.steps[kept.lows.index(low)]
            kept._greatest = high, kept.steps[kept.highs.index(high)]
        return kept

    @property
    def last_step(self) -> int:
        """The last step anything was logged at; -1 before the first."""
        return max(self.steps[-1] if self.steps else -1, self.broken[-1] if self.broken else -1)

    def at(self, step: int) -> float | None:
        """The value at a step, or the nearest before it; None where there is none."""
        index, broken = bisect_right(self.steps, step) - 1, bisect_right(self.broken, step) - 1
        if broken >= 0 and (index < 0 or self.broken[broken] > self.steps[index]):
            return self.broken_values[broken]
        return self.means[index] if index >= 0 else None

    def step_at(self, step: int) -> int | None:
        """The step that the value at a step is of: itself, or the nearest before it."""
        index, broken = bisect_right(self.steps, step) - 1, bisect_right(self.broken, step) - 1
        found = [own[at] for own, at in ((self.steps, index), (self.broken, broken)) if at >= 0]
        return max(found, default=None)

    def spans(self, step: int) -> bool:
        """Whether the value at a step is the mean of a stored row that stands for many."""
        index = bisect_right(self.steps, step) - 1
        return index >= 0 and self.lows[index] != self.highs[index]

    def mean_at(self, window: Window, step: int) -> tuple[float, int] | None:
        """The mean that the plot of a window shows at a step, and of how many values; None where none."""
        if not window.first <= step <= window.last:
            return None
        index = window.bucket(step)
        start, end = window.start(index), window.start(index + 1)
        i, j = bisect_left(self.steps, start), bisect_left(self.steps, end)
        self.buckets(window)
        bucket = self._views[window].buckets[index]
        return (bucket.mean, j - i) if bucket else None

    def best(self, greatest: bool = False) -> tuple[float, int]:
        """The least value, or the greatest, and its step."""
        return self._greatest if greatest else self._least

    def buckets(self, window: Window) -> list[Bucket]:
        """The filled buckets of a window, from left to right."""
        # The one asked for goes to the end: what no pane asks for any more is the first to be forgotten.
        view = self._views.pop(window) if window in self._views else _Buckets(window.count)
        self._views[window] = view
        if len(self._views) > VIEWS:
            del self._views[next(iter(self._views))]
        if view.seen < len(self.steps):
            self._blocks.follow(self.lows, self.means, self.highs)
            self._fill(window, view)
            view.seen = len(self.steps)
        return [bucket for bucket in view.buckets if bucket]

    def _fill(self, window: Window, view: _Buckets) -> None:
        """Make the buckets anew from the one that holds the first step not seen yet."""
        fresh = max(window.first, min(self.steps[view.seen], window.last + 1))
        ending = min(self.steps[-1], window.last)
        for index in range(window.bucket(fresh), min(window.bucket(ending) + 1, window.count)):
            view.buckets[index] = self._bucket(window.start(index), window.start(index + 1))

    def _bucket(self, start: int, end: int) -> Bucket | None:
        i, j = bisect_left(self.steps, start), bisect_left(self.steps, end)
        if i == j:
            return None
        middle, blocks = (self.steps[i] + self.steps[j - 1]) / 2, self._blocks
        mean = math.fsum(_between(self.means, blocks.sums, i, j)) / (j - i)
        low = min(_between(self.lows, blocks.lows, i, j))
        return Bucket(middle, low, mean, max(_between(self.highs, blocks.highs, i, j)))

    def broken_in(self, window: Window) -> list[int]:
        """The buckets in which a value was no finite number."""
        i, j = bisect_left(self.broken, window.first), bisect_right(self.broken, window.last)
        return sorted({window.bucket(step) for step in self.broken[i:j]})


def smoothed(values: list[float], factor: float) -> list[float]:
    """Return the exponential moving average, without a bias at the start: `factor` 0 changes nothing."""
    kept, weight, out = 0.0, 0.0, []
    for value in values:
        kept = factor * kept + (1 - factor) * value
        weight = factor * weight + (1 - factor)
        out.append(kept / weight)
    return out
