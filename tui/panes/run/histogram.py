"""Parameters and gradients by layer, as histograms."""

from ...charts.histogram import histogram_lines
from ...sessions.watching import WatchSession
from ...text.lines import Line
from ...views.run.titles import briefly, fitting
from .base import BESIDE_TITLE, RunPane

WIDE = 50
"""Cells from which there is room for the update-to-weight ratios."""


class HistogramPane(RunPane):
    """A line of bars a layer, for the parameters and for the gradients of the last step worked out."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self.entitle("by layer")

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the bars."""
        model = self.session.model
        known = width >= WIDE and bool(model.ratios)
        of, short = model.all_as_of, briefly(model.all_as_of)
        healthy = [f"; update/weight {word}healthy near 1e-3" * known for word in ("is ", "")]
        titles = (
            f"by layer{of}{healthy[0]}",
            f"by layer{short}{healthy[0]}",
            f"by layer{short}{healthy[1]}",
        )
        self.entitle(fitting(titles, width - BESIDE_TITLE))
        return histogram_lines(self.session.model.layers, width, height, self.glyphs)
