"""A throttle: training slowly enough to be watched, at so many training steps a second."""

import time
from collections.abc import Callable

MOST_BEHIND = 0.5
"""Seconds of steps to catch up with; what a slow machine has missed beyond that is skipped."""


class Throttle:
    """How many training steps are due by the clock. A rate of 0 is full speed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = 0.0
        self._clock = clock
        self._since, self._from = 0.0, 0

    def begin(self, step: int) -> None:
        """Count from now and from this training step on."""
        self._since, self._from = self._clock(), step

    def due(self, step: int) -> int:
        """Return how many training steps are due, having done `step`."""
        due = (self._clock() - self._since) * self.rate - (step - self._from)
        if due > max(1.0, MOST_BEHIND * self.rate):
            self.begin(step)
            return 1
        return max(0, int(due))
