"""The source pane of a graph of tensors: the line of the forward pass that made the node, lit."""

from ..sessions.tensors import TensorSession
from ..text.lines import Line, cut
from ..views.steps.source import code_lines
from ..views.steps.source_line import place_of, shown_source
from .base import LinesPane, page_start


class TensorSourcePane(LinesPane):
    """Shown where a recording knows lines of the program it is of."""

    def __init__(self, session: TensorSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.border_title = "source"

    def follow(self) -> None:
        """Say in the title which file it is, and repaint what changed."""
        source = self.session.source
        title = f"source: {shown_source(source)}" if source else "source"
        if title != self.border_title:
            self.border_title = title.replace("[", "(")  # a bracket begins markup
        super().follow()

    def make(self, width: int, height: int) -> list[Line]:
        """Show the lines around that of the node: by pages, so that a step back shows the same again."""
        file, at = place_of(self.session.source)
        first = max(1, page_start(at or 1, 1, height))
        lines = code_lines(file, [at], first, width, height, self.glyphs)
        return [cut(line, width, self.glyphs.ellipsis) for line in lines]
