"""A session on one run: what is read of it, the cursor, how it is displayed, orders to its trainer.

Free of Textual. The run itself is another process's: this only reads its store and leaves orders there.
Every action is a method of one of the parts and returns a sentence when there is something to say; `do`
keeps it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Self

from ...engine.runs.store.store import Store
from ..charts.axes import step_label
from ..text.format import number, plain
from .run.comparison import Comparison
from .run.display import Display
from .run.model import ModelAtCursor
from .run.orders import Orders
from .run.reader import RunReader
from .run.scrubbing import Scrubbing


class WatchSession(RunReader):
    """The state behind the watching screen."""

    def __init__(
        self, store: Store, others: Sequence[Store] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(store)
        self.frozen = False
        self.note = ""
        """The sentence about the last action."""
        self.model = ModelAtCursor(self, clock)
        self.comparison = Comparison(self, others)
        self.display = Display(self, self.comparison)
        self.scrubbing = Scrubbing(self, self.display, self.model)
        self.orders = Orders(self)
        self.poll()

    def do(self, act: Callable[[Self], str]) -> None:
        """Act, and keep the sentence that came of it."""
        self.note = act(self)

    def poll(self) -> bool:
        """Read what is new; say whether anything to see has changed."""
        if self.frozen:
            return False
        changed = self.read_or_gone()
        return self.comparison.read() or changed

    def read(self) -> bool:
        """Read what is new of the run, its checkpoints and its orders."""
        changed = super().read()
        changed |= self.orders.answered()
        return self.model.follow() or changed

    def toggle_freeze(self) -> str:
        """Freeze the display while the run goes on, or show it again."""
        self.frozen = not self.frozen
        return "the display is frozen, the run goes on; f shows it again" if self.frozen else ""

    @property
    def learning_rate(self) -> str:
        """The learning rate at the cursor, as it is written; "" where none is known."""
        rate = self.series.by_name["lr"].at(self.at)
        return "" if rate is None else number(rate)

    @property
    def sentence(self) -> str:
        """What there is to say: of the last key, else why a run came to an end."""
        ended = self.gone or (plain(self.status.message) if not self.status.live else "")
        return self.note or ended

    @property
    def headline(self) -> str:
        """State, training step and loss: what the smallest terminal keeps."""
        by_name, names = self.series.by_name, self.series.names
        steps = f"/{step_label(self.status.steps)}" if self.status.steps else ""
        name = names[0] if names and by_name["loss"].at(self.at) is None else "loss"
        value = by_name[name].at(self.at) if name in by_name else None
        shown = f" {plain(name)} {number(value)}" if value is not None else ""
        going = (self.orders.rate or self.orders.under_way) if self.live else ""
        return f"{going or self.shown_state} {self.at:,}{steps}{shown}"
