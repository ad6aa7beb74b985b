"""The pane of the right pass, beside the wrong one's: the same step as it should be, and its ledgers."""

from ...sessions.graph.beside import Beside
from ...sessions.stepping import SteppingSession
from ...text.lines import Line, cut
from ...views.steps.step import step_lines
from ..base import LinesPane


class RightPane(LinesPane):
    """Draws `step_lines` of the right recording, at the position of the other."""

    def __init__(self, session: SteppingSession, beside: Beside, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.beside = beside
        self.border_title = "as it should be"

    def follow(self) -> None:
        """Say in the title whether both are the same up to here, and repaint what changed."""
        title = f"as it should be: {self.beside.where}"
        if title != self.border_title:
            self.border_title = title
        super().follow()

    def make(self, width: int, height: int) -> list[Line]:
        """Explain the right step, each line cut to the width."""
        playback, digits = self.beside.playback, self.session.digits
        node = playback.step.node if playback.step else None
        lines = step_lines(playback, None, node, width, height, self.glyphs, digits, True)
        return [cut(line, width, self.glyphs.ellipsis) for line in lines]
