"""The reader of one run: what its store holds of status, numbers and events, and the step looked at.

The run itself is another process's: this only reads.
"""

from collections.abc import Sequence
from functools import cached_property

from ....engine.learning.schedule import Schedule
from ....engine.runs.store.schema import BadRun
from ....engine.runs.store.store import METRICS, Event, RunStatus, Store
from ...text.format import plain
from .best import BestEpoch
from .quantities import split
from .series import RunSeries
from .stored import Stored

MOST_EVENTS = 500
NEWEST = 2**62
"""A training step after every other."""


class RunReader:
    """What all parts of a session on a run read, and all panes show."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.series = RunSeries(store)
        self.status: RunStatus = store.status()
        self.events: list[Event] = []
        self.cursor: int | None = None
        """The training step looked at; None follows the run."""
        self.gone = ""
        """Why the store cannot be read any more, if so."""
        self.thinned = 0
        """The training step before which only buckets are kept."""
        self.stored = Stored()
        """What the store said of the last and the best numbers when it was looked at last."""
        self._bests: dict[str, BestEpoch] = {}

    def read(self) -> bool:
        """Read what is new, a piece of it where it is much; say whether anything to see has changed.

        Raise BadRun where the store cannot be read.
        """
        before, self.status = self.status, self.store.status()
        changed = before != self.status
        if self.status.step < self.series.last_step:  # the run was sent back to an earlier step
            self.series, self.stored, self._bests = RunSeries(self.store), Stored(), {}
        new = self.store.events(self.events[-1].id if self.events else 0)
        if self.series.broke_at is None:
            self.series.broke_at = next((event.step for event in new if event.kind == "nonfinite"), None)
        if changed or self.series.behind:
            changed |= self.series.read(self.status.step)
            self._read_stored()
        self.events = [*self.events, *new][-MOST_EVENTS:]
        self.thinned = self.store.thinned_before if changed else self.thinned
        return changed or bool(new)

    def _read_stored(self) -> None:
        """While there is a history to be read, have what it will end with."""
        if not self.series.behind:
            return
        if self.live:
            self.stored = Stored.newest(self.store)
        elif self.stored.step < 0:
            self.stored = Stored.of(self.store, self._epoch("loss"))

    def read_or_gone(self) -> bool:
        """Read what is new; where the store cannot be read, keep the reason in `gone`."""
        before = self.gone
        try:
            with self.store.reading():
                changed = self.read()
            self.gone = ""
        except BadRun as error:
            changed, self.gone = False, plain(str(error))
        return changed or self.gone != before

    @property
    def has_model(self) -> bool:
        """Whether the run is one of ours: with rows, a network and states to go back to."""
        return self.store.has_model

    @property
    def live(self) -> bool:
        """Whether a trainer holds the run, as far as is known."""
        return self.status.live and not self.gone

    @property
    def shown_state(self) -> str:
        """The state of the run in a word."""
        return "gone" if self.gone else self.status.state

    @property
    def trains(self) -> bool:
        """Whether it is followed while it trains, so that what is looked at changes all the time."""
        return self.cursor is None and self.shown_state == "running"

    @property
    def last(self) -> int:
        """The last training step that is known, though its numbers may still have to be read."""
        return max(self.series.last_step, self.status.step - 1, 0)

    @property
    def at(self) -> int:
        """The training step that is looked at."""
        return self.last if self.cursor is None else self.cursor

    @property
    def reading(self) -> str:
        """How much of the history has been read, where it is not all of it."""
        return f"reading {self.series.fraction:.0%}" if self.series.behind else ""

    @property
    def loss_step(self) -> int:
        """The training step whose loss is shown: once a run is done, none is under way at its end."""
        return self.value_at(self.at, "loss")[1] or 0

    def value_at(self, step: int, name: str) -> tuple[float | None, int | None]:
        """A number at a step, or the nearest before it, and the step it is of.

        While the history is being read, the last one is known from the store; others are not known yet.
        """
        series = self.series.by_name.get(name)
        if self.series.behind and series is not None and step > series.last_step:
            last, value = self.stored.last.get(name, (-1, None))
            if step >= last >= 0:
                return value, last
            if name in METRICS:
                return None, None
        return (None, None) if series is None else (series.at(step), series.step_at(step))

    def best(self, name: str, greatest: bool = False) -> tuple[float, int] | None:
        """The best value so far and its step: of the mean of an epoch, where mini-batches are logged."""
        series = self.series.by_name[name]
        if self.series.behind and (name in METRICS or self.store.by_name):
            return self.stored.best if name == "loss" and not self.live else None
        found = self._bests.get(name)
        if found is None or found.series is not series or found.size != self._epoch(name):
            found = self._bests[name] = BestEpoch(series, self._epoch(name), greatest)
        return found.find()

    def mean_of(self, name: str) -> str:
        """What the best of a number is the mean of, where it is one, in words."""
        size = self._epoch(name)
        return "" if size == 1 else "epoch mean" if self.store.has_model else f"mean of {size:,}"

    def _epoch(self, name: str) -> int:
        """The training steps whose mean counts for the best loss: an epoch, or between validations."""
        if self.store.has_model:
            if name != "loss":
                return 1
            return self._steps_per_epoch
        quantity, part = split(name)
        if part not in ("", "training"):
            return 1
        held_back = (quantity, "validation")
        others = (series for other, series in self.series.by_name.items() if split(other) == held_back)
        spaced = [other.steps[1] - other.steps[0] for other in others if len(other) > 1]
        return spaced[0] if spaced else 1

    @cached_property
    def _steps_per_epoch(self) -> int:
        return Schedule(self.store.training_config, self.store.rows).steps_per_epoch

    def shown_events(self) -> Sequence[Event]:
        """The events up to the cursor; of a repeated order only the last, of a repeated text only one."""
        shown: list[Event] = []
        for event in self.events:
            if self.cursor is not None and event.step > self.cursor:
                break
            if shown and event.text == shown[-1].text:
                if event.step == shown[-1].step:
                    continue
                if event.kind == "order":
                    shown.pop()
            shown.append(event)
        return shown
