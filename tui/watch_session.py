"""One person's visit to one run: what has been read of it, where the cursor is, how it is looked at.

Free of Textual. The run itself is another process's: this only reads its store and leaves orders there.
Every action leaves a sentence in `note` when there is something to say.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import time
from collections.abc import Callable, Sequence
from functools import cached_property

from ..engine.runs.schema import BadRun
from ..engine.runs.store import Event, RunStatus, Store
from ..engine.training import State
from .columns import VALIDATION, Columns
from .histogram_text import Layer
from .history import Series, Window
from .model_shape import Plane, Unscaled, layers
from .plot_axes import step_label
from .plot_text import Curve, View
from .run_orders import Orders
from .text import number, plain

ZOOMS = (0, 1000, 200, 50)
"""The last so many training steps; 0 is the whole history."""
SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)
COLUMNS = 60  # one press of a bracket moves the cursor by about a column of the plot
MOST_EVENTS = 500
OTHERS_SIGNS = "abcdefgh"


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
        self.log = False
        self.zoom = self.smoothing = self.plotted = 0
        self.viewed = -1
        """An index of `views`; -1 is the plot, where there is room for one pane only."""
        self.note = ""
        self.gone = ""
        """Why the store cannot be read any more, if so."""
        self.state: State | None = None
        """The parameters at the cursor, or of the nearest checkpoint before it."""
        self.gradients: tuple[float, ...] = ()
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
        changed = before != self.status
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
        return bool(self.store.config.inputs)

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

    def shown_events(self) -> list[Event]:
        """The events up to the cursor; with a repeated order only its last."""
        shown: list[Event] = []
        for event in self.events:
            if self.cursor is not None and event.step > self.cursor:
                break
            if shown and event.kind == shown[-1].kind == "order" and event.text == shown[-1].text:
                shown.pop()
            shown.append(event)
        return shown

    # The plot

    @property
    def plotted_name(self) -> str:
        """What the plot shows."""
        names = self.columns.names
        return names[self.plotted % len(names)] if names else "loss"

    def window(self, count: int) -> Window:
        """The steps the plot shows; its ends move seldom, so that a live curve stays where it is."""
        size = ZOOMS[self.zoom]
        if not size:
            return self.history(count)
        part = max(1, size // 4)
        middle = self.at + (size // 2 if self.cursor is not None else 0)
        end = max(size, (min(middle, self.last) // part + 1) * part)
        return Window(end - size, end, count)

    def history(self, count: int) -> Window:
        """The whole history in so many buckets."""
        return Window(0, max(1, self._capacity()), max(1, count))

    def _capacity(self) -> int:
        """Where the axis of the whole history ends: at a power of two, at the end of the run at most."""
        if not self.live:
            return self.last
        room = 64
        while room <= self.last:
            room *= 2
        steps = self.status.steps
        return min(room, steps - 1) if steps and steps > self.last else room

    def view(self, window: Window) -> View:
        """How the plot is looked at."""
        smoothing = SMOOTHINGS[self.smoothing]
        return View(window.first, window.last, self.log, smoothing, self.cursor)

    def curves(self, window: Window) -> list[Curve]:
        """The curves of the plot: the run's own, its validation, and those of other runs."""
        name = self.plotted_name
        series = self.columns.series
        own = "training" if VALIDATION + name in series else name.replace("_", " ")
        curves = [_curve(plain(own), series.get(name, Series()), window)]
        if VALIDATION + name in series:
            curves.append(_curve("validation", series[VALIDATION + name], window, "o", "negative"))
        for sign, other in zip(OTHERS_SIGNS, self.others, strict=False):
            if name in other.series:
                shown = plain(other.store.name)
                curves.append(_curve(shown, other.series[name], window, sign, "changed"))
        return curves

    @property
    def saying(self) -> str:
        """What there is to say: of the last key, else why a run came to an end."""
        ended = self.gone or (plain(self.status.message) if not self.status.live else "")
        return self.note or ended

    # The model

    @cached_property
    def plane(self) -> Plane:
        """The plane of the two inputs."""
        return Plane.of(self.store.config, self.store.rows)

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
        return layers(self.store.config, self.state.parameters, self.gradients)

    # Moving the cursor

    def scrub(self, columns: int) -> None:
        """Move the cursor by some columns of the plot; at the last step it goes on following."""
        window = self.window(COLUMNS)
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
        self.gradients = ()
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
        self.gradients = tuple(gradients)
        return True

    # How it is looked at

    def toggle_log(self) -> None:
        """Swap the linear and the logarithmic axis."""
        self.log = not self.log
        self.note = "logarithmic axis" if self.log else "linear axis"

    def next_zoom(self) -> None:
        """Look at fewer of the last steps, then at all of them again."""
        self.zoom = (self.zoom + 1) % len(ZOOMS)
        size = ZOOMS[self.zoom]
        self.note = f"{size} training steps" if size else "the whole history"

    def next_smoothing(self) -> None:
        """Smooth the curve more, then not at all again."""
        self.smoothing = (self.smoothing + 1) % len(SMOOTHINGS)
        factor = SMOOTHINGS[self.smoothing]
        self.note = f"smoothed by {factor:g}; the band is what was logged" if factor else "not smoothed"

    def next_number(self) -> None:
        """Plot the next of the numbers that the run logs."""
        self._plot(1)

    def previous_number(self) -> None:
        """Plot the number before."""
        self._plot(-1)

    def _plot(self, direction: int) -> None:
        count = max(1, len(self.columns.names))
        self.plotted = (self.plotted + direction) % count
        self.note = f"plotting {plain(self.plotted_name)}, {self.plotted + 1} of {count}"

    @property
    def views(self) -> tuple[str, ...]:
        """What there is to see of the model beside its numbers, the most telling first."""
        if not self.has_model:
            return ()
        config = self.store.config
        first = {(1, False): ("fit",), (2, False): ("boundary",), (2, True): ("boundary", "confusion")}
        otherwise = ("confusion",) if config.classes else ()
        return (*first.get((len(config.inputs), bool(config.classes)), otherwise), "histogram")

    @property
    def view_name(self) -> str:
        """The view that shows where the plot has a place of its own."""
        return self.views[max(0, self.viewed)] if self.views else ""

    @property
    def wants_details(self) -> bool:
        """Whether the exact state or the gradients of the step looked at are still to be worked out."""
        if not self.has_model or self.gone or self.frozen:
            return False
        return self.cursor is None or not self.gradients

    def next_view(self, with_plot: bool = False) -> None:
        """Show the next view of the data; `with_plot` counts the plot among them."""
        count = len(self.views)
        if not count:
            self.note = "this run has logged numbers only"
            return
        least = -1 if with_plot else 0
        here = max(least, self.viewed)
        self.viewed = here + 1 if here + 1 < count else least
        self.note = f"view: {self.views[self.viewed] if self.viewed >= 0 else 'plot'}"

    def toggle_freeze(self) -> None:
        """Freeze the display while the run goes on, or show it again."""
        self.frozen = not self.frozen
        self.note = "the display is frozen, the run goes on; f shows it again" if self.frozen else ""

    def compare(self, text: str) -> None:
        """Lay the curves of another run over this one's, or take them away; nothing typed clears all."""
        from ..engine.runs.directory import find_run

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
        return f"{self.shown_state} {step:,}{steps}{told}"


def _curve(name: str, series: Series, window: Window, sign: str = "", style: str = "positive") -> Curve:
    broken = [window.start(index) for index in series.broken_in(window)]
    return Curve(name, series.buckets(window), sign, style, broken)


def _read_other(other: Columns) -> bool:
    try:
        with other.store.reading():
            return other.read(other.store.status().step)
    except BadRun:
        return False  # it was deleted; what was read of it stays on the screen
