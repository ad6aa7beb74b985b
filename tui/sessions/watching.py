"""A session on one run: what is read of it, the cursor, how it is displayed, orders to its trainer.

Free of Textual. The run itself is another process's: this only reads its store and leaves orders there.
Every action is a method of one of the parts and returns a sentence when there is something to say; `do`
keeps it.
"""

import socket
import time
from collections.abc import Callable, Sequence
from typing import Self

from ...engine.runs.store.store import Store
from ..charts.axes import step_label
from ..text.format import number, plain
from .run.comparison import Comparison
from .run.display import Display
from .run.happened import Happened
from .run.model import ModelAtCursor
from .run.number_list import NumberList
from .run.orders import Orders
from .run.reader import RunReader
from .run.scrubbing import Scrubbing
from .run.watched import WatchedModels

LATE = 1.0
"""Seconds since a trainer's last word, one of seven a second, from which the screen says so."""


class WatchSession(RunReader):
    """The state behind the watching screen."""

    def __init__(
        self,
        store: Store,
        others: Sequence[Store] = (),
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(store)
        self._wall = wall
        self.frozen = False
        self.late = 0
        """Whole seconds since the trainer wrote last, where that is long ago: what is shown is old."""
        self.note = ""
        """The sentence about the last action."""
        self.model = (ModelAtCursor if self.has_model else WatchedModels)(self, clock)
        self.comparison = Comparison(self, others)
        self.display = Display(self, self.comparison)
        self.numbers = NumberList(self, self.display)
        self.scrubbing = Scrubbing(self, self.display, self.model)
        self.orders = Orders(self)
        self.happened = Happened(self)
        self.poll()

    def do(self, act: Callable[[Self], str]) -> None:
        """Act, and keep the sentence that came of it."""
        self.note = act(self)

    def poll(self) -> bool:
        """Read what is new; say whether anything to see has changed."""
        if self.frozen:
            return False
        changed = self.read_or_gone()
        changed |= self._is_late()
        return self.comparison.read() or changed

    @property
    def behind(self) -> bool:
        """Whether there is more of a history to read, its own or another run's, than one look takes."""
        return self.series.behind or any(other.behind for other in self.comparison.others)

    def _is_late(self) -> bool:
        """Notice how old the last word of a trainer on this machine is; say whether that has changed."""
        before, status = self.late, self.status
        going = self.live and status.state == "running" and status.host == socket.gethostname()
        going = going and not self.orders.under_way  # which says already that it has not answered
        age = self._wall() - status.updated if going else 0.0
        self.late = int(age) if age > LATE else 0
        return self.late != before

    def read(self) -> bool:
        """Read what is new of the run, its checkpoints and its orders."""
        changed = super().read()
        if self.orders.answered():
            changed = True
            self.note = "" if self.note == self.orders.sent else self.note
        return self.model.follow() or changed

    def toggle_freeze(self) -> str:
        """Freeze the display while the run goes on, or show it again."""
        self.frozen = not self.frozen
        return "the display is frozen, the run goes on; f shows it again" if self.frozen else ""

    @property
    def learning_rate(self) -> str:
        """The learning rate at the cursor, as it is written; "" where none is known."""
        rate, _ = self.value("lr")
        return "" if rate is None else number(rate)

    @property
    def sentence(self) -> str:
        """What there is to say: of the last key, else why a run came to an end, or how it goes."""
        return self.note or self.gone or plain(self.status.message)

    @property
    def headline(self) -> str:
        """State, training step and loss: what the smallest terminal keeps."""
        steps = f"/{step_label(self.status.steps)}" if self.status.steps else ""
        going = (self.orders.rate or self.orders.under_way) if self.live else ""
        whole = self.has_model and self.cursor is None and self.shown_state == "finished"
        at = self.status.step if whole else self.at  # what has been done, all of it
        place = f"{at:,}{steps}" if steps else f"at step {at:,}"
        return f"{going or self.shown_state} {place}{self._shown}{self._not_yet}"

    @property
    def headed(self) -> str:
        """The name of the number in the title: the loss, or the first of what a script logs instead."""
        names = self.series.names
        return "loss" if self.value("loss")[0] is not None or not names else names[0]

    @property
    def called(self) -> str:
        """What that number is: the last one, of the step looked at, or of many where few are kept."""
        value, step = self.value(self.headed)
        if value is not None and self.series.by_name[self.headed].spans(self.at):
            return f"mean {self.headed}"
        if value is None or step != self.at:
            return self.headed
        return f"{'last' if self.cursor is None else 'step'} {self.headed}"

    @property
    def _shown(self) -> str:
        """That number, with its step if it is not the one looked at."""
        value, step = self.value(self.headed)
        if value is None:
            return ""
        return f" {plain(self.called)} {number(value)}" + (f" at {step:,}" if step != self.at else "")

    @property
    def _not_yet(self) -> str:
        """What keeps the screen from being of now."""
        late = f", {self.late} s ago" if self.late and self.cursor is None else ""
        return late + (f", {self.reading}" if self.reading else "")
