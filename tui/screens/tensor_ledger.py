"""The ledger of nan and inf over a graph of tensors: where they are born, passed on, healed."""

from textual.app import ComposeResult
from textual.screen import ModalScreen

from ..keys import Do
from ..live.left import Leavable
from ..panes.tensor_ledger import LedgerPane
from ..sessions.tensors import TensorSession
from ..views.tensors.ledger import ledger_of, ledger_said
from .base import BaseScreen


class LedgerScreen(Leavable, ModalScreen[int | None]):
    """Its entries; Enter goes to a node's step, any of Esc, q and L closes it."""

    BINDINGS = [("enter", "go", "go to its step"), ("escape,q,L", "dismiss", "close")]

    def __init__(self, session: TensorSession) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        """Lay out the entries."""
        yield LedgerPane(self._session, id="ledger")

    def on_mount(self) -> None:
        """Take the arrow keys."""
        self.query_one(LedgerPane).focus()

    def action_go(self) -> None:
        """Go to the step of the entry's node."""
        self.dismiss(self.query_one(LedgerPane).step)


def show_ledger(screen: BaseScreen[TensorSession]) -> None:
    """Show the ledger over the screen, or say that there is nothing in it."""
    said = ledger_said(screen.session.recording)

    def went(taken: int | None) -> None:
        if taken is not None:
            screen.do(Do(lambda session: session.go(taken)))

    if ledger_of(screen.session.recording).entries:
        screen.app.push_screen(LedgerScreen(screen.session), went)
    screen.show_note(f"nan and inf: {said}")
