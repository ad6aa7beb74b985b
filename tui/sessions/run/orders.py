"""What a watcher orders of the trainer: through the store, and answered there.

Every order returns a sentence about it; what the trainer makes of it is an event.
"""

from ....engine.runs.store.records import has_ended
from ....engine.runs.store.schema import BadRun
from ...text.format import number, plain
from ..graph.descent import learning_rate
from .reader import RunReader

PACES = (1, 3, 10, 30, 100, 300, 1000)
"""Training steps a frame, below full speed."""
ENDED = ("stopped", "finished", "died")


class Orders:
    """One watcher's orders. `pace` is an index of PACES while it has the run go so many steps a frame."""

    def __init__(self, reader: RunReader) -> None:
        self._reader = reader
        self.pace: int | None = None
        self.frames = 10
        """Frames a second of this watcher's screen."""
        self._wanted = ""
        """The state the last order asks for, until the trainer has taken it."""
        self._unanswered = 0
        """The order that was sent last, until the trainer has answered it."""
        self.sent = ""
        """The sentence that says that order was sent: once it is answered, the state says more."""

    @property
    def rate(self) -> str:
        """The pace in words; nothing at full speed, or while the run is paused."""
        going = self.pace is not None and self._reader.status.state == "running"
        return f"{PACES[self.pace or 0]} a frame," if going else ""

    @property
    def under_way(self) -> str:
        """What the trainer is about to do, from the key press on; nothing once it has."""
        return {"paused": "pausing", "running": "resuming"}.get(self._wanted, "")

    def answered(self) -> bool:
        """Notice whether the trainer has just answered the order that was sent last."""
        state, sent = self._reader.status.state, self._unanswered
        if state in (self._wanted, *ENDED):
            self._wanted = ""
        if sent and (state in ENDED or any(o.answer for o in self._reader.store.orders(sent - 1)[:1])):
            self._wanted, self._unanswered = "", 0
        return sent > self._unanswered

    def toggle_pause(self) -> str:
        """Pause the run, or let it go on, at the pace it had."""
        if (self._wanted or self._reader.status.state) != "paused":
            return self._order("pause", "pause", wanted="paused")
        return self._order("resume", "resume", wanted="running")

    def one_step(self) -> str:
        """Let the run do one training step and wait."""
        return self._order("step", "one training step", 1, wanted="paused")

    def set_learning_rate(self, text: str) -> str:
        """Order another learning rate: a finite number."""
        rate = learning_rate(text)
        return rate if isinstance(rate, str) else self._order("lr", f"learning rate {number(rate)}", rate)

    def faster(self) -> str:
        """More training steps a frame; above the last pace, full speed."""
        if self.pace is None:
            return "the run goes at full speed"
        if self.pace == len(PACES) - 1:
            self.pace = None
            return self._order("pace", "full speed", 0)
        return self._set_pace(self.pace + 1)

    def slower(self) -> str:
        """Fewer training steps a frame."""
        return self._set_pace(len(PACES) - 1 if self.pace is None else max(0, self.pace - 1))

    def _set_pace(self, pace: int) -> str:
        # One order for all frames: the trainer keeps the pace, though this watcher should be killed.
        refused = self.refusal("pace") or self._send("pace", PACES[pace] * self.frames)
        if refused:
            return refused
        self.pace = pace
        return f"{PACES[pace]} training step{'s'[: PACES[pace] != 1]} a frame"

    @property
    def can_stop(self) -> bool:
        """Whether the run can be ordered to stop: a script of the user's may look for that, or not."""
        try:
            return self._reader.store.heeds_stop
        except BadRun:
            return False

    def leave(self, stop: bool) -> str:
        """Leave the run: stopped, or going on at full speed if it was kept at a pace here."""
        kept, self.pace = self.pace is not None, None
        if stop:
            return self._order("stop", "stop")
        return self._order("pace", "full speed", 0) if kept else ""

    @property
    def possible(self) -> bool:
        """Whether a trainer is there that takes orders."""
        return self._reader.has_model and self._reader.live

    def refusal(self, kind: str) -> str:
        """Why nobody is there to take such an order; "" where somebody is."""
        if not self._reader.has_model and kind != "stop":
            return "this run's own program trains it: it cannot be controlled from here"
        if not self._reader.live:
            return f"the run {has_ended(self._reader.shown_state)}: there is no trainer to take the order"
        return ""

    def _order(self, kind: str, what: str, value: float | None = None, wanted: str = "") -> str:
        refused = self.refusal(kind) or self._send(kind, value, wanted)
        if not refused:
            self.sent = f"{what}: sent to the trainer"
        return refused or f"{what}: sent to the trainer"

    def _send(self, kind: str, value: float | None, wanted: str = "") -> str:
        """Leave the order in the store; return why that could not be, or ""."""
        try:
            self._unanswered = self._reader.store.order(kind, value)
        except BadRun as error:
            return plain(str(error))
        if wanted:
            self._wanted = wanted if wanted != self._reader.status.state else ""
        return ""
