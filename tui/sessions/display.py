"""How a run is looked at: which number, in which window of steps, on which axis, beside which view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..charts.plot import Curve, View
from ..charts.series import Series, Window
from ..text.format import plain
from .run_series import VALIDATION

if TYPE_CHECKING:
    from .watching import WatchSession

ZOOMS = (0, 1000, 200, 50)
"""The last so many training steps; 0 is the whole history."""
SMOOTHINGS = (0.0, 0.6, 0.9, 0.97)
OTHERS_SIGNS = "abcdefgh"


class Look:
    """One watcher's look. `zoom`, `smoothing` and `plotted` are indices; so is `viewed`, of `views`.

    `viewed` is -1 for the plot itself, where there is room for one pane only.
    """

    def __init__(self, session: WatchSession) -> None:
        self.session = session
        self.log = False
        self.zoom = self.smoothing = self.plotted = 0
        self.viewed = -1

    @property
    def plotted_name(self) -> str:
        """What the plot shows."""
        names = self.session.columns.names
        return names[self.plotted % len(names)] if names else "loss"

    def window(self, count: int) -> Window:
        """The steps the plot shows; its ends move seldom, so that a live curve stays where it is."""
        size = ZOOMS[self.zoom]
        if not size:
            return self.history(count)
        part = max(1, size // 4)
        middle = self.session.at + (size // 2 if self.session.cursor is not None else 0)
        end = max(size, (min(middle, self.session.last) // part + 1) * part)
        return Window(end - size, end, count)

    def history(self, count: int) -> Window:
        """The whole history in so many buckets."""
        return Window(0, max(1, self._capacity()), max(1, count))

    def _capacity(self) -> int:
        """Where the axis of the whole history ends: at a power of two, at the end of the run at most."""
        if not self.session.live:
            return self.session.last
        room = 64
        while room <= self.session.last:
            room *= 2
        steps = self.session.status.steps
        return min(room, steps - 1) if steps and steps > self.session.last else room

    def view(self, window: Window) -> View:
        """How the plot is looked at."""
        smoothing = SMOOTHINGS[self.smoothing]
        return View(window.first, window.last, self.log, smoothing, self.session.cursor)

    def curves(self, window: Window) -> list[Curve]:
        """The curves of the plot: the run's own, its validation, and those of other runs."""
        name = self.plotted_name
        series = self.session.columns.series
        own = "training" if VALIDATION + name in series else name.replace("_", " ")
        curves = [_curve(plain(own), series.get(name, Series()), window)]
        if VALIDATION + name in series:
            curves.append(_curve("validation", series[VALIDATION + name], window, "o", "negative"))
        for sign, other in zip(OTHERS_SIGNS, self.session.others, strict=False):
            if name in other.series:
                shown = plain(other.store.name)
                curves.append(_curve(shown, other.series[name], window, sign, "changed"))
        return curves

    def toggle_log(self) -> None:
        """Swap the linear and the logarithmic axis."""
        self.log = not self.log
        self.session.note = "logarithmic axis" if self.log else "linear axis"

    def next_zoom(self) -> None:
        """Look at fewer of the last steps, then at all of them again."""
        self.zoom = (self.zoom + 1) % len(ZOOMS)
        size = ZOOMS[self.zoom]
        self.session.note = f"{size} training steps" if size else "the whole history"

    def next_smoothing(self) -> None:
        """Smooth the curve more, then not at all again."""
        self.smoothing = (self.smoothing + 1) % len(SMOOTHINGS)
        factor = SMOOTHINGS[self.smoothing]
        told = f"smoothed by {factor:g}; the band is what was logged"
        self.session.note = told if factor else "not smoothed"

    def next_number(self) -> None:
        """Plot the next of the numbers that the run logs."""
        self._plot(1)

    def previous_number(self) -> None:
        """Plot the number before."""
        self._plot(-1)

    def _plot(self, direction: int) -> None:
        count = max(1, len(self.session.columns.names))
        self.plotted = (self.plotted + direction) % count
        self.session.note = f"plotting {plain(self.plotted_name)}, {self.plotted + 1} of {count}"

    @property
    def views(self) -> tuple[str, ...]:
        """What there is to see of the model beside its numbers, the most telling first."""
        if not self.session.has_model:
            return ()
        config = self.session.store.training_config
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

    def next_view(self, with_plot: bool = False) -> None:
        """Show the next view of the data; `with_plot` counts the plot among them."""
        count = len(self.views)
        if not count:
            self.session.note = "this run has logged numbers only"
            return
        least = -1 if with_plot else 0
        here = max(least, self.viewed)
        self.viewed = here + 1 if here + 1 < count else least
        self.session.note = f"view: {self.views[self.viewed] if self.viewed >= 0 else 'plot'}"


def _curve(name: str, series: Series, window: Window, sign: str = "", style: str = "positive") -> Curve:
    broken = [window.start(index) for index in series.broken_in(window)]
    return Curve(name, series.buckets(window), sign, style, broken)
