"""The step pane: the chain rule of the current step, and the ledger of +=."""

from ...sessions.stepping import SteppingSession
from ...text.format import cells, shortened
from ...views.step import step_lines
from ..base import Line, Painted


class StepPane(Painted):
    """Draws `step_lines`; a line too long for the pane ends in an ellipsis."""

    def __init__(self, session: SteppingSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.border_title = "step"
        self._lines: list[Line] = []

    def sync(self) -> None:
        """Say the step anew and repaint the lines that differ."""
        size = self.inner
        self._lines = step_lines(self.session, size.width, size.height, self.glyphs)
        super().sync()

    def on_resize(self) -> None:
        """Fit the new size."""
        self.sync()
        self.refresh()

    def line(self, y: int) -> Line:
        """Return line y, cut to the width."""
        if y >= len(self._lines):
            return ()
        left, shown = self.inner.width, []
        for text, style in self._lines[y]:
            text = shortened(text, left, self.glyphs.ellipsis)
            shown.append((text, style))
            left -= cells(text)
        return tuple(shown)
