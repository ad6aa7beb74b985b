"""Small multiples of what a script logs beside the number plotted: one small plot a quantity."""

from dataclasses import replace

from ...charts.multiples import grid, side_by_side
from ...charts.plot import MARGIN, View, curve_lines, spans_decades
from ...sessions.run.display import LOG_FROM
from ...sessions.run.quantities import Quantity
from ...sessions.watching import WatchSession
from ...text.format import plain
from ...text.lines import Line
from .base import RunPane


class MultiplesPane(RunPane):
    """As many as fit; which one the large plot shows, the keys choose."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._made: dict[str, tuple[object, list[Line]]] = {}

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the plots, anew those that have changed."""
        plotted = self.session.display.quantity
        shown = [each for each in self.session.series.quantities if each != plotted]
        across, down = grid(len(shown), width, height)
        left = len(shown) - across * down
        more = "chooses" if self.session.numbers.many else "plots the next"
        self.entitle("other numbers" + (f", {left} more: n {more}" if left > 0 else ""))
        wide, high = (width - (across - 1)) // across, height // max(1, down)
        plots = [self._plot(each, wide, high) for each in shown[: across * down]]
        return side_by_side(plots, across, wide)

    def _plot(self, quantity: Quantity, width: int, height: int) -> list[Line]:
        display = self.session.display
        window = display.window(max(1, width - MARGIN))
        curves = display.curves_of(quantity, window)
        log = spans_decades(curves, LOG_FROM) and "acc" not in quantity.name
        name = plain(quantity.name.replace("_", " ")) + ", log" * log
        curves[0] = replace(curves[0], name=name)
        view = View(window.first, window.last, log, ground=self.has_ground, bare=True)
        made_of = curves, view, width, height
        before, lines = self._made.get(quantity.lead, (None, []))
        if made_of != before:
            lines = curve_lines(curves, view, width, height, self.glyphs)
            self._made[quantity.lead] = made_of, lines
        return lines
