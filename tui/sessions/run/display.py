"""How a run is looked at: which number, in which window of steps, on which axis, beside which view."""

from collections.abc import Sequence

from ....engine.learning.config import Config
from ....engine.learning.language.config import GPTConfig
from ....engine.runs.store.looks import KEPT_EVENT
from ...charts.plot import Curve, Mark, View, spans_decades
from ...charts.series import Bucket, Series, Window
from ...text.format import number, plain
from ...views.run.compared import Compared
from .comparison import SIGNS, Comparison, settings_of
from .happened import style_of
from .quantities import Quantity
from .reader import RunReader
from .series import RunSeries

ZOOMS = (0, 1000, 200, 50)
"""The last so many training steps; 0 is the whole history."""
SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)
LOG_FROM, LINEAR_FROM = 100.0, 50.0
"""The factor of its range above which a plot has a logarithmic axis by itself, and below which none."""
PART_SIGNS = (("", "positive"), ("o", "negative"), ("x", "changed"), ("+", "dim"))
"""How training, validation, and what else there is of a quantity are drawn."""
CALLED = {"parameters": "modules", "histogram": "histograms by module", "multiples": "other numbers"}
"""The views of a script's run, in words."""
MOST_MARKS = 200


class Display:
    """One watcher's display. `zoom` and `smoothing` are indices; so is `viewed`, of `views`.

    `viewed` is -1 for the plot itself, where there is room for one pane only.
    """

    def __init__(self, reader: RunReader, comparison: Comparison) -> None:
        self._reader = reader
        self._comparison = comparison
        self.zoom = self.smoothing = 0
        self._chosen = ""
        """The name that was chosen to be plotted; by itself it is the training loss."""
        self.viewed = -1
        self._log: dict[str, bool] = {}
        """The axis that was chosen for a name."""
        self._auto: dict[tuple[str, int], bool] = {}
        """The one that its range asks for, at a zoom."""

    @property
    def quantity(self) -> Quantity:
        """What the plot shows."""
        found = self._reader.series.quantities
        return found[self._at] if found else Quantity("loss", (("loss", ""),))

    @property
    def _at(self) -> int:
        """The place of what is plotted among the quantities: others may come before it any time."""
        found = enumerate(self._reader.series.quantities)
        return next((i for i, each in found if self._chosen in dict(each.members)), 0)

    @property
    def plotted_name(self) -> str:
        """The name under which that was logged, of the training."""
        return self.quantity.lead

    @property
    def log(self) -> bool:
        """Whether the axis is logarithmic: as was chosen, else where the range is of decades."""
        return self._log.get(self.plotted_name, self.by_itself)

    @property
    def by_itself(self) -> bool:
        """Whether the range asks for a logarithmic axis and nobody has chosen another."""
        name = self.plotted_name
        return name not in self._log and self._auto.get((name, self.zoom), False)

    def _suit(self, curves: Sequence[Curve]) -> None:
        """Choose the axis by the range; it changes back only well below, so that it does not flicker."""
        key = self.plotted_name, self.zoom
        factor = LINEAR_FROM if self._auto.get(key) else LOG_FROM
        self._auto[key] = spans_decades(curves, factor) and "acc" not in self.plotted_name

    def window(self, count: int) -> Window:
        """The steps the plot shows; its ends move seldom, so that a live curve stays where it is."""
        size = ZOOMS[self.zoom]
        if not size:
            return self.history(count)
        part = max(1, size // 4)
        middle = self._reader.at + (size // 2 if self._reader.cursor is not None else 0)
        end = max(size, (min(middle, self._reader.last) // part + 1) * part)
        return Window(end - size, end, count)

    def history(self, count: int) -> Window:
        """The whole history in so many buckets."""
        return Window(0, max(1, self._capacity()), max(1, count))

    def _capacity(self) -> int:
        """Where the axis of the whole history ends: at a power of two, at the end of the run at most."""
        if not self._reader.live:
            return max(self._reader.last, self._reader.series.last_step)
        room = 64
        while room <= self._reader.last:
            room *= 2
        steps = self._reader.status.steps
        return min(room, steps - 1) if steps and steps > self._reader.last else room

    def view(self, window: Window, curves: Sequence[Curve] = (), ground: bool = False) -> View:
        """How the plot is looked at: its axis goes by the curves."""
        self._suit(curves)
        smoothing = SMOOTHINGS[self.smoothing]
        cursor = self._reader.cursor
        return View(window.first, window.last, self.log, smoothing, cursor, self._marks(), ground)

    def _marks(self) -> tuple[Mark, ...]:
        """Where something happened, but for the start, of the last so many events; and what was kept."""
        untold = ("start", "finish", KEPT_EVENT)
        told = [event for event in self._reader.events if event.kind not in untold]
        marks = [Mark(event.step, style_of(event)) for event in told[-MOST_MARKS:]]
        kept = [kept.step for kept in self._reader.kept if not kept.dropped]
        return (*(Mark(step, "changed", kept=True) for step in kept[-MOST_MARKS:]), *marks)

    def curves(self, window: Window) -> list[Curve]:
        """The curves of the plot: the run's own, its validation, and those of other runs."""
        curves = self.curves_of(self.quantity, window, means=True)
        name = self.plotted_name
        if name == "loss" and (line := self._guessing(window)):
            curves.append(line)
        for sign, other in zip(SIGNS, self._comparison.others, strict=False):
            if name in other.by_name:
                note = self._mean(other, name, window) or self._number(other, name)
                shown, series = plain(other.store.name), other.by_name[name]
                curves.append(_curve(shown, series, window, sign, "changed", note))
        return curves

    @property
    def unit(self) -> str:
        """What the plotted number is in, where that has a name: a GPT's loss is in nats."""
        of_gpt = isinstance(self._reader.store.config, GPTConfig)
        return " in nats" if of_gpt and self.plotted_name == "loss" else ""

    def _guessing(self, window: Window) -> Curve | None:
        """The loss of guessing by frequency as a line to beat, where the run has noted one."""
        loss = self._reader.store.facts.get("guessing")
        if not isinstance(loss, float):
            return None
        apart = (window.last - window.first) / max(1, window.count - 1)
        columns = range(window.count)  # one in each, however few steps there are
        buckets = [Bucket(window.first + apart * i, loss, loss, loss) for i in columns]
        return Curve("guessing by frequency", buckets, "-", "dim", note=number(loss))

    def compared(self) -> list[Compared]:
        """This run and the others as rows of a table: what is plotted, at the step looked at."""
        reader, name = self._reader, self.plotted_name
        own = _compared("", "positive", reader.series, name, reader.at)
        signed = zip(SIGNS, self._comparison.others, strict=False)
        return [own, *(_compared(sign, "changed", other, name, reader.at) for sign, other in signed)]

    def curves_of(self, quantity: Quantity, window: Window, means: bool = False) -> list[Curve]:
        """The run's own curves of a quantity, with their numbers at the step looked at.

        Where `means` are wanted, the first is told by the mean that its column stands for.
        """
        found = []
        for (name, part), (sign, style) in zip(quantity.members, PART_SIGNS, strict=False):
            own = self._reader.series
            shown = plain(part or name.replace("_", " "))
            mean = "" if sign or not means else self._mean(own, name, window)
            series = own.by_name.get(name, Series())
            found.append(_curve(shown, series, window, sign, style, mean or self._number(own, name)))
        return found

    def _mean(self, run: RunSeries, name: str, window: Window) -> str:
        """What a curve shows at the step looked at, where that is the mean of several."""
        found = run.mean_at(window, self._reader.at, name)
        return f"mean {number(found[0])}" if found and found[1] > 1 else ""

    def _number(self, run: RunSeries, name: str) -> str:
        """The number at the step looked at; that it is the last, or of which other step."""
        at, own = self._reader.at, run is self._reader.series
        value, step = self._reader.value(name) if own else run.value_at(at, name)
        if value is None:
            return run.reading
        if step is not None and run.by_name[name].spans(step):
            return f"mean {number(value)}"
        if step == at:
            return number(value)
        followed = own and self._reader.cursor is None
        return f"last {number(value)}" if followed else f"{number(value)} at {step:,}"

    def toggle_log(self) -> str:
        """Swap the linear and the logarithmic axis."""
        self._log[self.plotted_name] = not self.log
        return "logarithmic axis" if self.log else "linear axis"

    def next_zoom(self) -> str:
        """Look at fewer of the last steps, then at all of them again."""
        self.zoom = (self.zoom + 1) % len(ZOOMS)
        size = ZOOMS[self.zoom]
        return f"{size} training steps" if size else "the whole history"

    def next_smoothing(self) -> str:
        """Smooth the curve more, then not at all again."""
        self.smoothing = (self.smoothing + 1) % len(SMOOTHINGS)
        factor = SMOOTHINGS[self.smoothing]
        return f"smoothed by {factor:g}; the band is what was logged" if factor else "not smoothed"

    def next_number(self) -> str:
        """Plot the next of the numbers that the run logs."""
        return self._plot(1)

    def previous_number(self) -> str:
        """Plot the number before."""
        return self._plot(-1)

    def _plot(self, direction: int) -> str:
        names = self._reader.series.names
        return self.plot(names[(self._at + direction) % len(names)]) if names else "no numbers yet"

    def plot(self, name: str) -> str:
        """Plot the quantity of a name."""
        self._chosen = name
        return f"plotting {plain(name)}, {self._at + 1} of {len(self._reader.series.names)}"

    @property
    def views(self) -> tuple[str, ...]:
        """What there is to see of the model beside its numbers, the most informative first."""
        if not self._reader.has_model:
            return ("parameters", "histogram", "multiples") if self._reader.watched else ()
        config = self._reader.store.config
        if not isinstance(config, Config):
            return ("samples", "attention", "parameters", "histogram")
        first = {(1, False): ("fit",), (2, False): ("boundary",), (2, True): ("boundary", "confusion")}
        otherwise = ("confusion",) if config.classes else ()
        return (
            *first.get((len(config.inputs), bool(config.classes)), otherwise),
            "parameters",
            "histogram",
        )

    @property
    def view_name(self) -> str:
        """The view that shows where the plot has a place of its own."""
        return self.views[max(0, self.viewed)] if self.views else ""

    def next_view(self, with_plot: bool = False) -> str:
        """Show the next view of the data; `with_plot` counts the plot among them."""
        count = len(self.views)
        if not count:
            return "this run has logged numbers only"
        least = -1 if with_plot else 0
        here = max(least, self.viewed)
        self.viewed = here + 1 if here + 1 < count else least
        view = self.views[self.viewed] if self.viewed >= 0 else "plot"
        return f"view: {view if self._reader.has_model else CALLED.get(view, view)}"


def _curve(name: str, series: Series, window: Window, sign: str, style: str, note: str) -> Curve:
    broken = [window.start(index) for index in series.broken_in(window)]
    return Curve(name, series.buckets(window), sign, style, broken, note)


def _compared(sign: str, style: str, run: RunSeries, name: str, at: int) -> Compared:
    quantity = next((q for q in run.quantities if q.lead == name), None)
    held_back = [own for own, part in quantity.members if part == "validation"] if quantity else []
    best = run.by_name[held_back[0]].best("acc" in name)[0] if held_back else None
    now, step = run.value_at(at, name)
    of, called = None if step == at else step, plain(run.store.name)
    return Compared(sign, style, called, now, of, run.reading, best, settings_of(run.store))
