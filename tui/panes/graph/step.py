"""The step pane: the chain rule of the current step, and the contributions to each gradient."""

from textual.widget import Widget

from ...sessions.stepping import SteppingSession
from ...text.lines import Line, cut
from ...views.steps.passed import passed_lines
from ...views.steps.step import step_lines, step_title
from ..base import LinesPane


class StepPane(LinesPane):
    """Draws `step_lines`; a line too long for the pane ends in an ellipsis."""

    def __init__(
        self, session: SteppingSession, beside: Widget | None = None, **kwargs: str | None
    ) -> None:
        """`beside` is a pane that shows the ledger of the selected node, where there is room for it."""
        super().__init__(**kwargs)
        self.session = session
        self.border_title = "step"
        self.beside = beside

    def follow(self) -> None:
        """Say in the title in which order the phase goes, and repaint what changed."""
        title = step_title(self.session.playback)
        if self.session.beside and not self.session.of_break:
            title = title.replace("step", "your step", 1)
        if title != self.border_title:
            self.border_title = title
        super().follow()

    def make(self, width: int, height: int) -> list[Line]:
        """Explain the step, each line cut to the width."""
        session = self.session
        if session.passed:
            shown = passed_lines(session.recording, session.passed, width, height, self.glyphs)
            return [cut(line, width, self.glyphs.ellipsis) for line in shown]
        elsewhere = session.beside or (self.beside is not None and self.beside.display)
        selected = None if elsewhere else session.selected
        lines = step_lines(
            session.playback,
            selected,
            session.current,
            width,
            height,
            self.glyphs,
            session.digits,
            session.beside is not None,
        )
        return [cut(line, width, self.glyphs.ellipsis) for line in lines]
