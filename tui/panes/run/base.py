"""Panes whose lines are made together, by one pure function, when the session has news."""

from ....engine.learning import predict_batch as evaluate
from ....engine.learning.state import State
from ...sessions.watching import WatchSession
from ..base import Line, Painted


class RunPane(Painted):
    """Draws what `make` returns for its size; subclasses say what that is."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self._lines: list[Line] = []
        self._entitled = ""

    def make(self, width: int, height: int) -> list[Line]:
        """Return the lines of the pane."""
        raise NotImplementedError

    def entitle(self, title: str) -> None:
        """Name the pane; to set the same name again would repaint all of it."""
        if title != self._entitled:
            # A bracket begins markup in a title.
            self._entitled, self.border_title = title, title.replace("[", "(")

    def stale(self) -> list[int]:
        """Make the lines anew and return those that differ."""
        size = self.inner
        self._lines = self.make(size.width, size.height) if size.width and size.height else []
        return super().stale()

    def on_resize(self) -> None:
        """Fit the new size."""
        self.sync()
        self.refresh()

    def line(self, y: int) -> Line:
        """Return line y."""
        return self._lines[y] if y < len(self._lines) else ()


class ModelPane(RunPane):
    """Draws what the network says of many points; empty until there are parameters, and numpy."""

    def make(self, width: int, height: int) -> list[Line]:
        """Ask the network, if it can be asked."""
        state = self.session.state
        return [] if state is None or not evaluate.ready() else self.draw(state, width, height)

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Return the lines of the pane, for these parameters."""
        raise NotImplementedError
