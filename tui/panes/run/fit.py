"""A regression curve: what a network of one input predicts for every x, and the rows it trains on."""

from ....engine.learning.predict_batch import fit
from ....engine.learning.state import State
from ...charts.plot import MARGIN, scatter_lines
from ...text.format import plain
from ...text.lines import Line
from .base import ModelPane

BEYOND = 0.2  # of the width of the data, on either side


class FitPane(ModelPane):
    """The rows as points, the network as a curve."""

    @property
    def titled(self) -> str:
        """What is predicted from what."""
        config = self.session.store.network_config
        return f"fit: {plain(config.target)} over {plain(config.inputs[0])}"

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Draw points and curve in the units of the data; the curve goes on beyond the points."""
        session = self.session
        rows = session.store.rows
        xs = [x[0] for x, _ in rows] or [0.0]
        low, span = min(xs), max(xs) - min(xs)
        count = max(2, 2 * (width - MARGIN))
        grid = [low + span * ((1 + 2 * BEYOND) * i / (count - 1) - BEYOND) for i in range(count)]
        ys = fit(session.store.network_config, state.parameters, grid)
        own_x, own_y = session.model.units
        points = [(own_x(x[0]), own_y(y), "o", "dim") for x, y in rows]
        curve = [(own_x(x), own_y(y)) for x, y in zip(grid, ys, strict=True)]
        return scatter_lines(points, curve, width, height, self.glyphs)
