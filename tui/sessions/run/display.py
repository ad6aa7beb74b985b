"""How a run is looked at: which number, in which window of steps, on which axis, beside which view."""

from ...charts.plot import Curve, View
from ...charts.series import Series, Window
from ...text.format import plain
from .comparison import SIGNS, Comparison
from .reader import RunReader
from .series import VALIDATION

ZOOMS = (0, 1000, 200, 50)
"""The last so many training steps; 0 is the whole history."""
SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)


class Display:
    """One watcher's display. `zoom`, `smoothing` and `plotted` are indices; so is `viewed`, of `views`.

    `viewed` is -1 for the plot itself, where there is room for one pane only.
    """

    def __init__(self, reader: RunReader, comparison: Comparison) -> None:
        self._reader = reader
        self._comparison = comparison
        self.log = False
        self.zoom = self.smoothing = self.plotted = 0
        self.viewed = -1

    @property
    def plotted_name(self) -> str:
        """What the plot shows."""
        names = self._reader.series.names
        return names[self.plotted % len(names)] if names else "loss"

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
            return self._reader.last
        room = 64
        while room <= self._reader.last:
            room *= 2
        steps = self._reader.status.steps
        return min(room, steps - 1) if steps and steps > self._reader.last else room

    def view(self, window: Window) -> View:
        """How the plot is looked at."""
        smoothing = SMOOTHINGS[self.smoothing]
        return View(window.first, window.last, self.log, smoothing, self._reader.cursor)

    def curves(self, window: Window) -> list[Curve]:
        """The curves of the plot: the run's own, its validation, and those of other runs."""
        name = self.plotted_name
        series = self._reader.series.by_name
        own = "training" if VALIDATION + name in series else name.replace("_", " ")
        curves = [_curve(plain(own), series.get(name, Series()), window)]
        if VALIDATION + name in series:
            curves.append(_curve("validation", series[VALIDATION + name], window, "o", "negative"))
        for sign, other in zip(SIGNS, self._comparison.others, strict=False):
            if name in other.by_name:
                shown = plain(other.store.name)
                curves.append(_curve(shown, other.by_name[name], window, sign, "changed"))
        return curves

    def toggle_log(self) -> str:
        """Swap the linear and the logarithmic axis."""
        self.log = not self.log
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
        count = max(1, len(self._reader.series.names))
        self.plotted = (self.plotted + direction) % count
        return f"plotting {plain(self.plotted_name)}, {self.plotted + 1} of {count}"

    @property
    def views(self) -> tuple[str, ...]:
        """What there is to see of the model beside its numbers, the most informative first."""
        if not self._reader.has_model:
            return ()
        config = self._reader.store.training_config
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
        return f"view: {self.views[self.viewed] if self.viewed >= 0 else 'plot'}"


def _curve(name: str, series: Series, window: Window, sign: str = "", style: str = "positive") -> Curve:
    broken = [window.start(index) for index in series.broken_in(window)]
    return Curve(name, series.buckets(window), sign, style, broken)
