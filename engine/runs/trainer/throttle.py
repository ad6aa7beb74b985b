"""A throttle: training slowly enough to be watched, at so many training steps a second, or at first."""

import math
import time
from collections.abc import Callable

MOST_BEHIND = 0.5
"""Seconds of steps to catch up with; what a slow machine has missed beyond that is skipped."""
EASED_STEPS, EASED_RATE = 20.0, 1.6
"""What is due at first: 20*(exp(1.6*t) - 1) steps after t seconds. 500 after two, when the screen is
there, 12,000 after four: whoever watches sees the loss fall, and soon nothing is held back."""
EASED_SECONDS = 6.0
BEHIND = 0.5
"""Seconds of what is due that a slow machine catches up with."""


class Throttle:
    """How many training steps are due by the clock. A rate of 0 is full speed."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = 0.0
        self._clock = clock
        self._since, self._from = 0.0, 0
        self._eased_since: float | None = None

    def begin(self, step: int) -> None:
        """Count from now and from this training step on."""
        self._since, self._from = self._clock(), step

    def ease(self) -> None:
        """Begin slowly, until a rate is set or nothing is held back any more."""
        self._eased_since = self._clock()

    def eased(self, step: int, most: int) -> int:
        """Return how many of `most` training steps may be done by now, having done `step`."""
        if self._eased_since is None or self.rate:
            return most
        now, reached = self._clock(), math.log1p(step / EASED_STEPS) / EASED_RATE
        if now - self._eased_since > reached + BEHIND:  # it compiled, or was held up
            self._eased_since = now - reached
        if reached > EASED_SECONDS:
            self.end_ease()
            return most
        return max(step == 0, min(most, int(_eased(now - self._eased_since)) - step))

    def end_ease(self) -> None:
        """Hold nothing back any more."""
        self._eased_since = None

    def due(self, step: int) -> int:
        """Return how many training steps are due, having done `step`."""
        due = (self._clock() - self._since) * self.rate - (step - self._from)
        if due > max(1.0, MOST_BEHIND * self.rate):
            self.begin(step)
            return 1
        return max(0, int(due))


def _eased(seconds: float) -> float:
    return EASED_STEPS * math.expm1(min(EASED_RATE * seconds, 50.0))
