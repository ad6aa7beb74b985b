"""The source pane: the program's line that the step ran, lit, and the lines around it."""

from ...sessions.stepping import SteppingSession
from ...text.lines import Line, cut
from ...views.steps.source import code_lines, lit_lines, source_title
from ..base import LinesPane, page_start


class SourcePane(LinesPane):
    """Draws `code_lines`; shown where a recording knows lines of the program it is of."""

    def __init__(self, session: SteppingSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.border_title = "source"

    def follow(self) -> None:
        """Say in the title which file it is, and repaint what changed."""
        title = source_title(self.session.playback).replace("[", "(")  # a bracket begins markup
        if title != self.border_title:
            self.border_title = title
        super().follow()

    def make(self, width: int, height: int) -> list[Line]:
        """Show the lines around those of the step: by pages, so that a step back shows the same again."""
        file, lit = lit_lines(self.session.playback)
        at = lit[0] if lit else 1
        first = max(1, page_start(at, min(height, lit[-1] - at + 1) if lit else 1, height))
        lines = code_lines(file, lit, first, width, height, self.glyphs)
        return [cut(line, width, self.glyphs.ellipsis) for line in lines]
