"""The plot: a number over the training steps, with axes, validation and other runs."""

from textual import events

from ..plot_axes import step_axis
from ..plot_text import MARGIN, plot_lines
from ..text import plain
from .lines import RunPane
from .painted import Line


class PlotPane(RunPane):
    """Draws the session's curves; a click moves the cursor there."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the plot."""
        session = self.session
        window = session.look.window(max(1, width - MARGIN))
        self.entitle(self._words())
        return plot_lines(
            session.look.curves(window), session.look.view(window), width, height, self.glyphs
        )

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
