"""The reader of one run: what its store holds of status, numbers and events, and the step looked at.

The run itself is another process's: this only reads.
"""

from collections.abc import Sequence

from ....engine.runs.store.schema import BadRun
from ....engine.runs.store.store import Event, RunStatus, Store
from ...text.format import plain
from .series import RunSeries

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

    def read(self) -> bool:
        """Read what is new, a piece of it where it is much; say whether anything to see has changed.

        Raise BadRun where the store cannot be read.
        """
        before, self.status = self.status, self.store.status()
        changed = before != self.status
        if self.status.step < self.series.last_step:  # the run was sent back to an earlier step
            self.series = RunSeries(self.store)
        if changed or self.series.behind:
            changed |= self.series.read(self.status.step)
        new = self.store.events(self.events[-1].id if self.events else 0)
        self.events = [*self.events, *new][-MOST_EVENTS:]
        self.thinned = self.store.thinned_before if changed else self.thinned
        return changed or bool(new)

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
        """The last training step that is known."""
        return max(self.series.last_step, 0)

    @property
    def at(self) -> int:
        """The training step that is looked at."""
        return self.last if self.cursor is None else self.cursor

    @property
    def loss_step(self) -> int:
        """The training step whose loss is shown: once a run is done, none is under way at its end."""
        return min(self.at, max(self.series.by_name["loss"].last_step, 0))

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
