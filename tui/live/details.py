"""The details of the training step looked at, its exact state and gradients: when they are computed."""

import time
from collections.abc import Callable, Sequence

from ...engine.learning.state import State
from ..sessions.replay import Moments
from ..sessions.watching import WatchSession
from .durations import COMPUTE_SHARE, REST
from .scheduler import Scheduler

Detailed = tuple[State, Sequence[float]]


class Details:
    """Those of one session. `show` is called once there is something new to see."""

    def __init__(self, session: WatchSession, scheduler: Scheduler, show: Callable[[], object]) -> None:
        self.session = session
        self.moments = Moments(session.store)
        self._scheduler = scheduler
        self._show = show
        self._computing: int | None = None
        """The step whose details are being computed."""
        self._warm = False
        self._rests = self._live_due = 0.0
        """When they may be computed, and when those of a run that trains."""

    def compute_if_due(self) -> None:
        """Have them computed if it is time: while the run trains, seldom enough."""
        session, now = self.session, time.monotonic()
        step = None if session.frozen else session.model.wanted
        due = now >= (self._live_due if session.trains else self._rests)
        if self._computing is None and step is not None and due:
            self._computing = step
            self._scheduler.background.run(
                lambda task: self.moments.details(step, task.checkpoint), self._take
            )

    def debounce(self) -> None:
        """A key came: wait until no key has come for a while; cancel what is no longer looked at."""
        if self._computing is not None and self.session.model.wanted != self._computing:
            self._scheduler.background.cancel()
        self._rests = time.monotonic() + REST
        self._live_due = max(self._live_due, self._rests)

    def _take(self, found: Detailed | None, seconds: float) -> None:
        self._computing = None
        taken = found is not None and not self.session.frozen and self.session.model.take(*found)
        # The first time is long: it includes what all later ones use.
        cost, self._warm = (seconds if self._warm else 0.0), True
        self._live_due = time.monotonic() + max(self.session.model.every, COMPUTE_SHARE * cost)
        if not found:
            self._rests = self._live_due
        if taken:
            self._show()
