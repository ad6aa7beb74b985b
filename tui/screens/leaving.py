"""Asked when a live run is left: leave it running, stop it, or stay."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from ..bindings import bindings
from ..keys import keys_of


class LeavingScreen(ModalScreen[str]):
    """Answers "leave", "stop" or "stay"."""

    BINDINGS = bindings("leaving")

    def __init__(self, state: str) -> None:
        super().__init__()
        self.state = state

    def compose(self) -> ComposeResult:
        """Ask."""
        with Vertical(id="leaving"):
            lines = [f"  {key.shown:9} {key.help}" for key in keys_of("leaving")]
            yield Static("\n".join(lines), markup=False)

    def on_mount(self) -> None:
        """Name the box."""
        self.query_one("#leaving").border_title = f"the run is {self.state}"

    def action_answer(self, what: str) -> None:
        """Close with the answer."""
        self.dismiss(what)
