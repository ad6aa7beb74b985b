"""Asked when a live run is left: leave it running, stop it, or stay."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ..bindings import bindings
from ..keys import keys_of
from ..live.left import Leavable

STOP = "answer('stop')"


class LeavingScreen(Leavable, ModalScreen[str]):
    """Answers "leave", "stop" or "stay"; of a program that takes no such order, not "stop"."""

    BINDINGS = bindings("leaving")

    def __init__(self, state: str, can_stop: bool = True) -> None:
        super().__init__()
        self.state = state
        self.can_stop = can_stop

    def compose(self) -> ComposeResult:
        """Ask."""
        with Vertical(id="leaving"):
            keys = [key for key in keys_of("leaving") if self.can_stop or key.action != STOP]
            lines = [f"  {key.shown:9} {key.help}" for key in keys]
            if not self.can_stop:
                lines.append("  (to stop: its program\n  takes no such order)")
            yield Static("\n".join(lines), markup=False)

    def on_mount(self) -> None:
        """Name the box."""
        self.query_one("#leaving").border_title = f"the run is {self.state}"

    def action_answer(self, what: str) -> None:
        """Close with the answer."""
        if self.can_stop or what != "stop":
            self.dismiss(what)
