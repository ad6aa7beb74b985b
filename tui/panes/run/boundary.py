"""The decision boundary of a network of two inputs, with the rows it trains on."""

from ....engine.learning.predict_batch import field
from ....engine.learning.state import State
from ...charts.boundary import class_sign, coloured_lines, shaded_lines
from ...sessions.watching import WatchSession
from ...text.format import fitted, plain
from ...text.lines import Line
from .base import ModelPane

Points = dict[tuple[int, int], int]


class BoundaryPane(ModelPane):
    """Half blocks in the classes' colours, or shades where colours are few. The last line names them."""

    TITLE = "decision boundary"

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self._made_of: object = None
        self._points: Points = {}
        self._points_at: tuple[int, int] = (0, 0)

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Ask the network all over the plane, if it or the size is new."""
        rows = height - 1
        if rows < 1:
            return []
        made_of = (state.step, id(state), width, height, self._coloured)
        if made_of != self._made_of:
            self._made_of = made_of
            return [*self._ground(state, width, rows), self._legend(width)]
        return self._lines

    @property
    def _coloured(self) -> bool:
        few = self.app.current_theme.ansi or self.app.no_color
        return self.glyphs.name == "unicode" and not few

    def _ground(self, state: State, width: int, rows: int) -> list[Line]:
        plane, lines = self.session.model.plane, rows * (2 if self._coloured else 1)
        ground = field(
            self.session.store.network_config,
            state.parameters,
            plane.box,
            width,
            lines,
            plane.middle,
            plane.reach,
        )
        points = self._placed(width, rows)
        draw = coloured_lines if self._coloured else shaded_lines
        return draw(ground, points, self.glyphs)

    def _placed(self, width: int, rows: int) -> Points:
        """Which cell holds a row of which class; the first one to come has it."""
        if self._points_at != (width, rows):
            self._points_at, self._points = (width, rows), {}
            plane = self.session.model.plane
            for x, kind in plane.points:
                self._points.setdefault(plane.cell(x, width, rows), kind)
        return self._points

    def _legend(self, width: int) -> Line:
        names = self.session.model.plane.names
        text = "  ".join(f"{class_sign(i)} {plain(name)}" for i, name in enumerate(names))
        return ((fitted(text, width, self.glyphs.ellipsis), "dim"),)
