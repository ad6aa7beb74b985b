"""The check of every gradient over the stepping screen, in the background; Esc ends it."""

from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Static

from ...live.app import scheduler_of
from ...live.left import Leavable
from ...panes.palette import palette
from ...sessions.graph.checking import Checked, check_all
from ...sessions.stepping import SteppingSession
from ...text.glyphs import chosen
from ...views.gradient_check import Progress, check_lines

LOOK = 0.2
"""Seconds between two looks at how far it has come."""


class CheckScreen(Leavable, ModalScreen[None]):
    """Esc, q and D close it; a check that is not done then is cancelled."""

    BINDINGS = [("escape,q,D", "dismiss", "close")]

    def __init__(self, session: SteppingSession) -> None:
        super().__init__()
        self.session = session
        self.checked = Checked(session.recording.node_count)
        self._looks: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        with Container(id="nudge"):
            yield Static(id="nudge-text")

    def on_mount(self) -> None:
        """Begin."""
        self.query_one("#nudge").border_title = "every gradient nudged (Esc closes)"
        self._looks = self.set_interval(LOOK, self.show)
        nudging, checked = self.session.nudging, self.checked
        background = scheduler_of(self.app).background
        background.run(lambda task: check_all(nudging, checked, task.checkpoint), self._take)

    def on_unmount(self) -> None:
        """Cancel what is under way."""
        scheduler_of(self.app).background.cancel()

    def on_resize(self) -> None:
        """Fit the size."""
        self.call_after_refresh(self.show)

    def _take(self, checked: Checked | None, seconds: float) -> None:
        if self._looks:
            self._looks.stop()
        if checked and self.open:
            self.show()

    def show(self) -> None:
        """Draw how far it has come, or what came of it."""
        size, recording = self.query_one("#nudge").content_size, self.session.recording
        at = Progress(self.checked.done, self.checked.total, self.checked.right, self.checked.skipped)
        lines = check_lines(recording, at, self.checked.worst, size.width, size.height, chosen())
        self.query_one("#nudge-text", Static).update(palette(self.app).text(lines))
