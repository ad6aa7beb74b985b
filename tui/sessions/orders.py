"""What a watcher orders of the trainer: through the store, and answered there.

Every order leaves a sentence in the session's note; what the trainer makes of it is an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.runs.store.records import has_ended
from ...engine.runs.store.schema import BadRun
from ..text.format import number, plain

if TYPE_CHECKING:
    from .watching import WatchSession

PACES = (1, 3, 10, 30, 100, 300, 1000)
"""Training steps a frame, below full speed."""
ENDED = ("stopped", "finished", "died")


class Orders:
    """One watcher's orders. `pace` is an index of PACES while it has the run go so many steps a frame."""

    def __init__(self, session: WatchSession) -> None:
        self.session = session
        self.pace: int | None = None
        self.frames = 10
        """Frames a second of this watcher's screen."""
        self._wanted = ""
        """The state the last order asks for, until the trainer has taken it."""
        self._order_id = 0

    @property
    def rate(self) -> str:
        """The pace in words; nothing at full speed, or while the run is paused."""
        going = self.pace is not None and self.session.status.state == "running"
        return f"{PACES[self.pace or 0]} a frame," if going else ""

    @property
    def under_way(self) -> str:
        """What the trainer is about to do, from the key press on; nothing once it has."""
        return {"paused": "pausing", "running": "resuming"}.get(self._wanted, "")

    def answered(self) -> bool:
        """Notice whether the trainer has just taken the order that is under way."""
        if not self._wanted:
            return False
        there = self.session.status.state in (self._wanted, *ENDED)
        if there or any(order.answer for order in self.session.store.orders(self._order_id - 1)[:1]):
            self._wanted = ""
        return not self._wanted

    def toggle_pause(self) -> None:
        """Pause the run, or let it go on, at the pace it had."""
        if (self._wanted or self.session.status.state) != "paused":
            self._order("pause", "pause", wanted="paused")
        else:
            self._order("resume", "resume", wanted="running")

    def one_step(self) -> None:
        """Let the run do one training step and wait."""
        self._order("step", "one training step", 1, wanted="paused")

    def set_learning_rate(self, text: str) -> None:
        """Order another learning rate: a finite number."""
        try:
            rate = float(text)
        except ValueError:
            rate = float("nan")
        if rate - rate != 0:
            self.session.note = f"a learning rate is a finite number, not {plain(text)!r}"
            return
        self._order("lr", f"learning rate {number(rate)}", rate)

    def faster(self) -> None:
        """More training steps a frame; above the last pace, full speed."""
        if self.pace is None:
            self.session.note = "the run goes at full speed"
        elif self.pace == len(PACES) - 1:
            self.pace = None
            self._order("pace", "full speed", 0)
        else:
            self._set_pace(self.pace + 1)

    def slower(self) -> None:
        """Fewer training steps a frame."""
        self._set_pace(len(PACES) - 1 if self.pace is None else max(0, self.pace - 1))

    def _set_pace(self, pace: int) -> None:
        # One order for all frames: the trainer keeps the pace, though this watcher should be killed.
        what = f"{PACES[pace]} training step{'s'[: PACES[pace] != 1]} a frame"
        if self._order("pace", what, PACES[pace] * self.frames):
            self.pace = pace
            self.session.note = what

    @property
    def can_stop(self) -> bool:
        """Whether the run can be ordered to stop: a script of the user's may look for that, or not."""
        try:
            return self.session.store.heeds_stop
        except BadRun:
            return False

    def leave(self, stop: bool) -> None:
        """Leave the run: stopped, or going on at full speed if it was kept at a pace here."""
        if stop:
            self._order("stop", "stop")
        elif self.pace is not None:
            self._order("pace", "full speed", 0)
        self.pace = None

    def can_order(self, kind: str) -> bool:
        """Whether there is somebody to take such an order; if not, the note says why."""
        if not self.session.has_model and kind != "stop":
            self.session.note = "this run's own program trains it and takes no orders"
        elif not self.session.live:
            self.session.note = (
                f"the run {has_ended(self.session.shown_state)}: nobody is there to take the order"
            )
        else:
            return True
        return False

    def _order(self, kind: str, what: str, value: float | None = None, wanted: str = "") -> bool:
        if not self.can_order(kind):
            return False
        try:
            order_id = self.session.store.order(kind, value)
        except BadRun as error:
            self.session.note = plain(str(error))
            return False
        if wanted:
            self._order_id = order_id
            self._wanted = wanted if wanted != self.session.status.state else ""
        self.session.note = f"{what}: ordered"
        return True
