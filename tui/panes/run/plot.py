"""The plot: a number over the training steps, with axes, validation and other runs."""

from dataclasses import replace

from textual import events

from ...charts.axes import step_axis
from ...charts.plot import MARGIN, curve_lines, with_cursor
from ...sessions.watching import WatchSession
from ...text.format import plain
from ...text.lines import Line
from .base import RunPane


class PlotPane(RunPane):
    """Draws the session's curves; a click moves the cursor there."""

    LEADS = True

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._made_of: object = None
        self._plot: list[Line] = []

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the plot anew where the curves have changed, its cursor always."""
        look = self.session.look
        window = look.window(max(1, width - MARGIN))
        self.entitle(self._words())
        curves, view = look.curves(window), look.view(window)
        made_of = curves, replace(view, cursor=None), width, height
        if made_of != self._made_of:
            self._made_of, self._plot = made_of, curve_lines(curves, view, width, height, self.glyphs)
        return with_cursor(self._plot, view, width, self.glyphs)

    def _words(self) -> str:
        session = self.session
        words = [plain(session.look.plotted_name).replace("_", " ")]
        words += ["log"] * session.look.log + ["smoothed"] * bool(session.look.smoothing)
        if session.thinned:
            words.append(f"min, mean and max of buckets before step {session.thinned:,}")
        return ", ".join(words)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the training step under the mouse."""
        place, inside = event.get_content_offset(self), self.inner.width - MARGIN
        if place is None or place.x < MARGIN or inside < 2:
            return
        window = self.session.look.window(inside)
        axis = step_axis(window.first, window.last, inside)
        along = (place.x - MARGIN) / (inside - 1)
        self.session.jump(str(round(axis.low + along * (axis.high - axis.low))))
        self.screen.sync_panes()  # type: ignore[attr-defined]
