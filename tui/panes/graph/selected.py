"""The pane of the selected node: its numbers, its ledger, where it comes from, apart from the step's."""

from ...sessions.stepping import SteppingSession
from ...text.lines import Line, cut
from ...views.steps.selected import selected_lines
from ..base import LinesPane


class SelectedPane(LinesPane):
    """Draws `selected_lines`; shown where there is room for it."""

    def __init__(self, session: SteppingSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.border_title = "selected node"

    def make(self, width: int, height: int) -> list[Line]:
        """Tell of the selected node, each line cut to the width."""
        session = self.session
        lines = selected_lines(session.playback, session.selected, height, self.glyphs)
        return [cut(line, width, self.glyphs.ellipsis) for line in lines]
