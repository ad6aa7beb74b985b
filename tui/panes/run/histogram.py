"""Parameters and gradients by layer, as histograms."""

from ...charts.histogram import histogram_lines, window
from ...sessions.run.watched import WatchedModels
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
        model, layers = self.session.model, self.session.model.layers
        if isinstance(model, WatchedModels):
            return self._of_modules(model, width, height)
        known = width >= WIDE and bool(model.ratios)
        of, short = model.all_as_of, briefly(model.all_as_of)
        healthy = [f"; update/weight {word}healthy near 1e-3" * known for word in ("is ", "")]
        titles = (
            f"by layer{of}{healthy[0]}",
            f"by layer{short}{healthy[0]}",
            f"by layer{short}{healthy[1]}",
        )
        self.entitle(fitting(titles, width - BESIDE_TITLE))
        return histogram_lines(layers, width, height, self.glyphs)

    def _of_modules(self, model: WatchedModels, width: int, height: int) -> list[Line]:
        """Draw those around the module that is chosen: a model may have hundreds."""
        layers = model.layers
        shown = window(len(layers), height, model.chosen)
        some = f", {shown.start + 1}-{shown.stop} of {len(layers)}" * (len(shown) < len(layers))
        titles = (f"by module{some}{model.all_as_of}", f"by module{some}", "by module")
        self.entitle(fitting(titles, width - BESIDE_TITLE))
        return histogram_lines([layers[i] for i in shown], width, height, self.glyphs)
