"""When the exact state of the step looked at, and its gradients, are worked out beside the screen."""

import time
from collections.abc import Callable
from typing import Any

from ...engine.runs.store.schema import BadRun
from ..sessions.replay import Moments
from ..sessions.watching import WatchSession
from .type_ahead import TypeAhead

REST = 0.3  # seconds without a key before a state is worked out
TYPING = 1.0  # seconds after a key in which the next one is likely
TURN = 0.001  # seconds, about, that a piece of it takes
OFTEN = 40  # a run that trains is looked at no more often than this times what a look takes

InThread = Callable[[Callable[[], Any], Callable[[Any, float], object]], None]


class Details:
    """One session's. `drawing` tells whether a live frame is on its way; `show` is called with news."""

    def __init__(
        self,
        session: WatchSession,
        keys: TypeAhead,
        drawing: Callable[[], bool],
        show: Callable[[], object],
    ) -> None:
        self.session = session
        self.moments = Moments(session.store)
        self._keys = keys
        self._drawing = drawing
        self._show = show
        self._busy = self._prepared = self._given_up = False
        self._step = -1
        self._rests = self._live_due = 0.0
        """When they may be worked out, and when those of a run that trains."""

    def work_out(self, in_thread: InThread) -> None:
        """Have them worked out if it is time: while it trains, seldom enough."""
        session, now = self.session, time.monotonic()
        trains = session.cursor is None and session.shown_state == "running"
        step = session.wanted_details
        if self._busy or step is None or now < (self._live_due if trains else self._rests):
            return
        self._busy, self._given_up, self._step = True, False, step
        in_thread(lambda: self.moments.details(step, self._make_way), self._take)

    def put_off(self) -> None:
        """A key, and a cursor on its way, are not to wait for what is worked out beside them."""
        if self.session.wanted_details != self._step:
            self.give_up()
        self._rests = time.monotonic() + REST
        self._live_due = max(self._live_due, self._rests)

    def _make_way(self) -> None:
        """Wait, in the thread that works them out, while a key is answered or a live frame made.

        Reading a store, row by row, gives the interpreter away a thousand times: who wants it back from
        a thread that computes would wait as often. And while somebody types, take every third turn only.
        """
        if self._keys.quiet < TYPING:
            time.sleep(3 * TURN)
        while (self._keys.fresh or self._drawing()) and not self._given_up:
            time.sleep(TURN)
        if self._given_up:
            raise BadRun("nobody looks at it any more")

    def give_up(self) -> None:
        """Have what is being worked out abandoned: a moment is to be opened, or nobody looks any more."""
        self._given_up = True

    def _take(self, found: Any, seconds: float) -> None:
        self._busy = False
        taken = bool(found) and not self.session.frozen and self.session.take(*found)
        # The first time is long: it includes what all later ones use.
        cost, self._prepared = (seconds if self._prepared else 0.0), True
        self._live_due = time.monotonic() + max(self.session.patience, OFTEN * cost)
        if not found:
            self._rests = self._live_due
        if taken:
            self._show()
