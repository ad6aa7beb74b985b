"""What a program printed until its backward pass, over the screen it was opened on."""

from typing import Any

from textual.app import ComposeResult
from textual.screen import ModalScreen

from ..live.left import Leavable
from ..panes.printed import PrintedPane
from .base import BaseScreen


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


def show_printed(screen: BaseScreen[Any], printed: str | None) -> None:
    """Show what a program printed over the screen of its graph, or say that there is nothing."""
    if printed:
        screen.app.push_screen(PrintedScreen(printed))
    else:
        screen.show_note("the program printed nothing" if printed == "" else "no program was run")
