"""What a network of one input makes of every x, through the rows it trains on."""

from ..plot_text import MARGIN, scatter_lines
from ..text import plain
from ..watch_session import WatchSession
from .lines import RunPane
from .painted import Line


class FitPane(RunPane):
    """The rows as points, the network as a curve."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        config = session.store.config
        name = config.inputs[0] if config.inputs else "x"
        self.entitle(f"fit: {plain(config.target)} over {plain(name)}")

    def make(self, width: int, height: int) -> list[Line]:
        """Draw points and curve in the units of the data."""
        session, state = self.session, self.session.state
        rows = session.store.rows
        if not rows or state is None:
            return []
        from ...engine.evaluate import fit

        xs = [x[0] for x, _ in rows]
        low, high = min(xs), max(xs)
        count = max(2, 2 * (width - MARGIN))
        grid = [low + (high - low) * i / (count - 1) for i in range(count)]
        ys = fit(session.store.config, state.parameters, grid)
        own_x, own_y = session.units
        points = [(own_x(x[0]), own_y(y), "o", "dim") for x, y in rows]
        curve = [(own_x(x), own_y(y)) for x, y in zip(grid, ys, strict=True)]
        return scatter_lines(points, curve, width, height, self.glyphs)
