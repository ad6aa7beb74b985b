"""What the panes on a run share: the session, a title, and lines made together for each frame."""

from ....engine.learning import predict_batch as evaluate
from ....engine.learning.state import State
from ...sessions.watching import WatchSession
from ...text.lines import Line
from ...views.run.titles import of_step
from ..base import LinesPane

BESIDE_TITLE = 2
"""Cells of the border on either side of a title."""


class RunPane(LinesPane):
    """A pane on a run; subclasses make its lines."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self._entitled = ""

    @property
    def has_ground(self) -> bool:
        """Whether the band of a plot can have a colour of its own."""
        few = self.app.current_theme.ansi or self.app.no_color
        return self.glyphs.name == "unicode" and not few

    def entitle(self, title: str) -> None:
        """Name the pane; to set the same name again would repaint all of it."""
        if title != self._entitled:
            # A bracket begins markup in a title.
            self._entitled, self.border_title = title, title.replace("[", "(")


class ModelPane(RunPane):
    """Draws what the network says of many points; empty until there are parameters, and numpy."""

    TITLE = ""

    def make(self, width: int, height: int) -> list[Line]:
        """Ask the network, if it can be asked."""
        state = self.session.model.state
        self.entitle(of_step(self.titled, self.session.model.as_of, width - BESIDE_TITLE))
        return [] if state is None or not evaluate.ready() else self.draw(state, width, height)

    @property
    def titled(self) -> str:
        """What is drawn; of which step, the base adds."""
        return self.TITLE

    def draw(self, state: State, width: int, height: int) -> list[Line]:
        """Return the lines of the pane, for these parameters."""
        raise NotImplementedError
