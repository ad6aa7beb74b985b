"""The best of a loss that is logged for mini-batches: the mean of an epoch, not a lucky mini-batch."""

import math
from bisect import bisect_left
from itertools import pairwise

from ...charts.series import Series


class BestEpoch:
    """The least mean over an epoch of a series that grows, or the greatest; each is looked at once."""

    def __init__(self, series: Series, size: int, greatest: bool = False) -> None:
        self.series = series
        self.size = max(1, size)
        """Training steps an epoch."""
        self._seen = 0
        self._sign = -1 if greatest else 1
        self._best = (math.inf, -1)

    def find(self) -> tuple[float, int] | None:
        """Return it and its last training step; None before the first epoch is over."""
        if self.size == 1:
            return self.series.best(self._sign < 0) if len(self.series) else None
        while self._seen < len(self.series.steps) and self._take():
            pass
        mean, step = self._best
        return (self._sign * mean, step) if step >= 0 else None

    def _take(self) -> bool:
        """Look at the next epoch, if all of it is there."""
        steps, means, size, at = self.series.steps, self.series.means, self.size, self._seen
        if self.series.lows[at] != self.series.highs[at]:  # a row that stands for many steps
            return self._seen_until(at + 1, self._sign * means[at])
        after = steps[at] - steps[at] % size + size
        end = bisect_left(steps, after, at)
        apart = steps[end - 1] - steps[end - 2] if end - at > 1 else 1
        if end == len(steps) and steps[end - 1] + apart < after:
            return False
        mean = self._sign * math.fsum(means[at:end]) / (end - at)
        return self._seen_until(end, mean if self._counts(at, end) else math.inf)

    def _counts(self, start: int, end: int) -> bool:
        """Whether the rows are a whole epoch: one a step, where most steps have one; else any."""
        gaps = [b - a for a, b in pairwise(self.series.steps[max(0, start - 1) : end + 1])]
        return 2 * gaps.count(1) < len(gaps) or end - start == self.size

    def _seen_until(self, end: int, mean: float) -> bool:
        self._seen = end
        if mean < self._best[0]:
            self._best = mean, self.series.steps[end - 1]
        return True
