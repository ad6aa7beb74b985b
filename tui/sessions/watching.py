"""One person's visit to one run: what has been read of it, where the cursor is, how it is looked at.

Free of Textual. The run itself is another process's: this only reads its store and leaves orders there.
Every action leaves a sentence in `note` when there is something to say.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import time
from collections.abc import Callable, Sequence
from functools import cached_property

from ...engine.learning.state import State
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Event, RunStatus, Store
from ..charts.axes import step_label
from ..charts.histogram import Layer
from ..text.format import number, plain
from ..views.model import Plane, Unscaled, layers
from .display import OTHERS_SIGNS, Look
from .orders import Orders
from .run_series import Columns

COLUMNS = 60  # one press of a bracket moves the cursor by about a column of the plot
MOST_EVENTS = 500


class WatchSession:
    """The state behind the watching screen."""

    def __init__(
        self, store: Store, others: Sequence[Store] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.store = store
        self.columns = Columns(store)
        self.others = [Columns(other) for other in others]
        self.status: RunStatus = store.status()
        self.events: list[Event] = []
        self.cursor: int | None = None
        """The training step looked at; None follows the run."""
        self.frozen = False
        self.look = Look(self)
        self.note = ""
        self.gone = ""
        """Why the store cannot be read any more, if so."""
        self.state: State | None = None
        """The parameters at the cursor, or of the nearest checkpoint before it."""
        self.gradients: tuple[float, ...] = ()
        self._gradients_of: int | None = None
        self.orders = Orders(self)
        self.patience = 0.4
        """Seconds from one look at the parameters to the next: boundaries are many cells to send."""
        self.thinned = 0
        """The training step before which only buckets are kept."""
        self._clock = clock
        self._state_read = float("-inf")
        self.poll()

    # Following the run

    def poll(self) -> bool:
        """Read what is new; say whether anything to see has changed."""
        if self.frozen:
            return False
        try:
            with self.store.reading():
                changed = self._read()
            self.gone, was_gone = "", self.gone
            changed |= bool(was_gone)
        except BadRun as error:
            changed = self.gone != plain(str(error))
            self.gone = plain(str(error))
        for other in self.others:
            changed |= _read_other(other)
        return changed

    def _read(self) -> bool:
        before, self.status = self.status, self.store.status()
        changed = self.orders.answered() or before != self.status
        if self.status.step < self.columns.last_step:  # the run was sent back to an earlier step
            self.columns = Columns(self.store)
        if changed or self.columns.behind:
            changed |= self.columns.read(self.status.step)
        new = self.store.events(self.events[-1].id if self.events else 0)
        self.events = [*self.events, *new][-MOST_EVENTS:]
        self.thinned = self.store.thinned_before if changed else self.thinned
        if self.cursor is None and self._clock() - self._state_read >= self.patience:
            changed |= self._read_state(2**62)
        return changed or bool(new)

    def _read_state(self, step: int) -> bool:
        self._state_read = self._clock()
        before, self.state = self.state, self.store.checkpoint_at_or_before(step)
        return (before.step if before else -1) != (self.state.step if self.state else -1)

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
    def last(self) -> int:
        """The last training step that is known."""
        return max(self.columns.last_step, 0)

    @property
    def at(self) -> int:
        """The training step that is looked at."""
        return self.last if self.cursor is None else self.cursor

    @property
    def loss_step(self) -> int:
        """The training step whose loss is shown: once a run is done, none is under way at its end."""
        return min(self.at, max(self.columns.series["loss"].last_step, 0))

    def shown_events(self) -> list[Event]:
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

    @property
    def saying(self) -> str:
        """What there is to say: of the last key, else why a run came to an end."""
        ended = self.gone or (plain(self.status.message) if not self.status.live else "")
        return self.note or ended

    # The model

    @cached_property
    def plane(self) -> Plane:
        """The plane of the two inputs."""
        return Plane.of(self.store.training_config, self.store.rows)

    @cached_property
    def units(self) -> tuple[Unscaled, Unscaled]:
        """How to turn an input and a target back into the units of the data."""
        facts = self.store.facts
        scales, means = facts.get("scales") or [1.0], facts.get("means") or [0.0]
        return (
            Unscaled(float(means[0]), float(scales[0])),
            Unscaled(float(facts.get("target_mean", 0.0)), float(facts.get("target_scale", 1.0))),
        )

    @property
    def layers(self) -> list[Layer]:
        """Parameters and gradients at the cursor, by layer."""
        if self.state is None:
            return []
        return layers(self.store.training_config, self.state.parameters, self.gradients)

    # Moving the cursor

    def scrub(self, columns: int) -> None:
        """Move the cursor by some columns of the plot; at the last step it goes on following."""
        window = self.look.window(COLUMNS)
        self._move(self.at + columns * max(1, (window.last - window.first) // COLUMNS))

    def scrub_steps(self, steps: int) -> None:
        """Move the cursor by single training steps."""
        self._move(self.at + steps)

    def go_start(self) -> None:
        """Go to the first training step."""
        self._move(0)

    def go_end(self) -> None:
        """Follow the run again."""
        self.cursor, self.gradients = None, ()
        self.note = "following the run" if self.live else "the last training step"
        self._fetch_state(2**62)

    def jump(self, text: str) -> None:
        """Go to the training step that is typed in."""
        try:
            self._move(int(text.replace(",", "").replace("_", "")))
        except ValueError:
            self.note = f"a training step is a whole number, not {plain(text)!r}"

    def _move(self, step: int) -> None:
        self.cursor = max(0, min(step, self.last))
        self.gradients, self._gradients_of = (), None
        self.note = f"training step {self.cursor:,}: Enter opens it as a graph, End follows the run"
        self._fetch_state(self.cursor)

    def _fetch_state(self, step: int) -> None:
        if self.has_model:
            try:
                self._read_state(step)
            except BadRun as error:
                self.note = plain(str(error))

    def take(self, state: State, gradients: Sequence[float]) -> bool:
        """Take the exact parameters and gradients of a step, if it is still the one looked at."""
        if self.cursor is not None and state.step != self.cursor:
            return False
        if self.cursor is not None:
            self.state = state
        self.gradients, self._gradients_of = tuple(gradients), state.step
        return True

    @property
    def wanted_details(self) -> int | None:
        """The step, if any, whose exact state and gradients are still to be worked out."""
        if not self.has_model or self.gone or self.frozen:
            return None
        step = self.cursor if self.cursor is not None else self.state.step if self.state else None
        return None if step == self._gradients_of else step

    def toggle_freeze(self) -> None:
        """Freeze the display while the run goes on, or show it again."""
        self.frozen = not self.frozen
        self.note = "the display is frozen, the run goes on; f shows it again" if self.frozen else ""

    def compare(self, text: str) -> None:
        """Lay the curves of another run over this one's, or take them away; nothing typed clears all."""
        from ...engine.runs.store.directory import find_run

        name = text.strip()
        kept = [other for other in self.others if other.store.name != name]
        if not name or len(kept) < len(self.others):
            self.others = kept if name else []
            self.note = f"without {plain(name)}" if name else "no other runs"
            return
        try:
            other = Columns(find_run(self.store.path.parent, name))
        except BadRun as error:
            self.note = plain(str(error))
            return
        self.others = [*kept, other][-len(OTHERS_SIGNS) :]
        _read_other(other)
        self.note = f"{plain(name)} is drawn in {OTHERS_SIGNS[len(self.others) - 1]}"

    # In words

    @property
    def headline(self) -> str:
        """State, training step and loss: what the smallest terminal keeps."""
        step, loss = self.at, self.columns.series["loss"].at(self.at)
        steps = f"/{step_label(self.status.steps)}" if self.status.steps else ""
        name = self.columns.names[0] if self.columns.names and loss is None else "loss"
        value = self.columns.series[name].at(step) if name in self.columns.series else None
        told = f" {plain(name)} {number(value)}" if value is not None else ""
        going = (self.orders.rate or self.orders.under_way) if self.live else ""
        state = going or self.shown_state
        return f"{state} {step:,}{steps}{told}"


def _read_other(other: Columns) -> bool:
    try:
        with other.store.reading():
            return other.read(other.store.status().step)
    except BadRun:
        return False  # it was deleted; what was read of it stays on the screen
