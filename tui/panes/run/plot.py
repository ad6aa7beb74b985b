"""The plot: a number over the training steps, with axes, validation and other runs."""

from dataclasses import dataclass, replace

from textual import events
from textual.message import Message

from ...charts.axes import step_axis
from ...charts.plot import MARGIN, curve_lines, with_cursor
from ...charts.series import Window
from ...sessions.watching import WatchSession
from ...text.format import plain
from ...text.lines import Line
from .base import RunPane

LEAST_MEAN, FEW = 1.5, 10
"""Steps a column from which the title says how many a column is the mean of; a few, with a decimal."""


class PlotPane(RunPane):
    """Draws the session's curves; a click moves the cursor there."""

    LEADS = True

    @dataclass
    class Pointed(Message):
        """The mouse pointed at a training step."""

        step: int

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._made_of: object = None
        self._plot: list[Line] = []

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the plot anew where the curves have changed, its cursor always."""
        display = self.session.display
        window = display.window(max(1, width - MARGIN))
        curves = display.curves(window)
        view = display.view(window, curves, self.has_ground)
        self.entitle(self._words(window))
        made_of = curves, replace(view, cursor=None), width, height
        if made_of != self._made_of:
            self._made_of, self._plot = made_of, curve_lines(curves, view, width, height, self.glyphs)
        return with_cursor(self._plot, view, width, self.glyphs)

    def _words(self, window: Window) -> str:
        session = self.session
        display = session.display
        words = [plain(display.quantity.name).replace("_", " ") + display.unit]
        words += ["log axis" + " (y: linear)" * display.by_itself] * display.log
        words += ["smoothed"] * bool(display.smoothing) + [session.reading] * bool(session.reading)
        if session.thinned:
            words.append(f"min, mean and max of buckets before step {session.thinned:,}")
        if (steps := (window.last + 1 - window.first) / window.count) >= LEAST_MEAN:
            words.append(f"{steps:,.{int(steps < FEW and steps % 1 > 0)}f} steps a column")
        return ", ".join(words)

    def on_click(self, event: events.Click) -> None:
        """Point at the training step under the mouse."""
        place, inside = event.get_content_offset(self), self.inner.width - MARGIN
        if place is None or place.x < MARGIN or inside < 2:
            return
        window = self.session.display.window(inside)
        axis = step_axis(window.first, window.last, inside)
        along = (place.x - MARGIN) / (inside - 1)
        self.post_message(self.Pointed(round(axis.low + along * (axis.high - axis.low))))
