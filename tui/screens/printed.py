"""What a program printed until its backward pass, over the screen it was opened on."""

from textual.app import ComposeResult
from textual.screen import ModalScreen

from ..live.left import Leavable
from ..panes.printed import PrintedPane


class PrintedScreen(Leavable, ModalScreen[None]):
    """Its lines, the last ones first in sight; any of Esc, q and ! closes it."""

    BINDINGS = [("escape,q,exclamation_mark", "dismiss", "close")]

    def __init__(self, printed: str) -> None:
        super().__init__()
        self._printed = printed

    def compose(self) -> ComposeResult:
        """Lay out the lines."""
        yield PrintedPane(self._printed, id="printed")

    def on_mount(self) -> None:
        """Take the arrow keys."""
        self.query_one(PrintedPane).focus()
