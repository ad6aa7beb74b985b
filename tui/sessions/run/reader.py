"""The reader of one run: what its store holds of status, numbers and events, and the step looked at.

The run itself is another process's: this only reads.
"""

from collections.abc import Sequence
from functools import cached_property

from ....engine.learning.schedule import Schedule
from ....engine.runs.store.looks import Kept, has_looks, kept_count, kept_of
from ....engine.runs.store.schema import BadRun
from ....engine.runs.store.store import Event, RunStatus, Store
from ...text.format import plain
from .best import BestEpoch
from .quantities import split
from .series import OPENING, RunSeries

MOST_EVENTS = 500
NEWEST = 2**62
"""A training step after every other."""


class RunReader:
    """What all parts of a session on a run read, and all panes show."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.series = RunSeries(store, first=OPENING)
        self.status: RunStatus = store.status()
        self.events: list[Event] = []
        self.cursor: int | None = None
        """The training step looked at; None follows the run."""
        self.gone = ""
        """Why the store cannot be read any more, if so."""
        self.thinned = 0
        """The training step before which only buckets are kept."""
        self.watched = False
        """Whether a script has looked at models."""
        self.kept: list[Kept] = []
        """The recordings that a script has kept, in the order of their steps."""
        self._kept_count = (0, 0)
        self._best_stored: list[tuple[float, int] | None] = []
        """What the store says of the best loss, asked once, while an ended run is being read."""
        self._bests: dict[str, BestEpoch] = {}

    def read(self) -> bool:
        """Read what is new, a piece of it where it is much; say whether anything to see has changed.

        Raise BadRun where the store cannot be read.
        """
        before, self.status = self.status, self.store.status()
        changed = before != self.status
        if self.status.step < self.series.last_step:  # the run was sent back to an earlier step
            self.series, self._best_stored, self._bests = RunSeries(self.store), [], {}
        new = self.store.events(self.events[-1].id if self.events else 0)
        if self.series.broke_at is None:
            self.series.broke_at = next((event.step for event in new if event.kind == "nonfinite"), None)
        if changed or self.series.behind:
            changed |= self.series.read(self.status.step)
            self._read_best()
        self.events = [*self.events, *new][-MOST_EVENTS:]
        self.thinned = self.store.thinned_before if changed else self.thinned
        if not self.has_model and (changed or new):
            self.watched = self.watched or has_looks(self.store)
            if (count := kept_count(self.store)) != self._kept_count:
                self._kept_count, self.kept = count, kept_of(self.store)
        return changed or bool(new)

    def _read_best(self) -> None:
        """Of a run that has ended, have the best now, in a third of a second for a million steps."""
        if self.store.by_name or not self.series.behind or self.live:
            return  # the best of what a script logs is found in what has been read
        if not self._best_stored:
            self._best_stored = [self.store.best_epoch(self._epoch("loss"))]

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
        """The last training step that is known, though its numbers may still have to be read.

        What is measured after the last one, such as the validation loss, bears the number of the next:
        that is no step to go to.
        """
        if self.has_model:
            return max(self.series.by_name["loss"].last_step, self.status.step - 1, 0)
        return max(self.series.last_step, self.status.step - 1, 0)

    @property
    def at(self) -> int:
        """The training step that is looked at: the one that is named, and that opens as a moment."""
        return self.last if self.cursor is None else self.cursor

    @property
    def reading(self) -> str:
        """How much of the history has been read, where it is not all of it."""
        return self.series.reading

    def value(self, name: str) -> tuple[float | None, int | None]:
        """A number at the cursor, or the last one where the run is followed, and the step it is of."""
        return self.series.value_at(NEWEST if self.cursor is None else self.cursor, name)

    def best(self, name: str, greatest: bool = False) -> tuple[float, int] | None:
        """The best value so far and its step: of the mean of an epoch, where mini-batches are logged."""
        series = self.series.by_name[name]
        if not self.series.has_all(name):
            return self._best_stored[0] if name == "loss" and self._best_stored else None
        found = self._bests.get(name)
        if found is None or found.series is not series or found.size != self._epoch(name):
            found = self._bests[name] = BestEpoch(series, self._epoch(name), greatest)
        return found.find()

    def mean_of(self, name: str) -> str:
        """What the best of a number is, where it is a mean, in words."""
        size = self._epoch(name)
        return "" if size == 1 else "epoch mean" if self.store.has_model else f"{size:,}-step mean"

    def _epoch(self, name: str) -> int:
        """The training steps whose mean counts for the best loss: an epoch, or between validations."""
        if self.store.has_model:
            if name != "loss":
                return 1
            return self._steps_per_epoch
        quantity, part = split(name)
        if part not in ("", "training"):
            return 1
        others = self.series.validations(quantity)
        spaced = [other.steps[1] - other.steps[0] for other in others if len(other) > 1]
        return spaced[0] if spaced else 1

    @cached_property
    def _steps_per_epoch(self) -> int:
        return self.schedule.steps_per_epoch

    @cached_property
    def schedule(self) -> Schedule:
        """Which rows each training step uses."""
        return Schedule(self.store.training_config, self.store.rows)

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
