"""The help screen: the key table, as it is."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..keys import CONTEXTS, keys_of


class HelpScreen(ModalScreen[None]):
    """Every key; any of Esc, q and ? closes it."""

    BINDINGS = [("escape,q,question_mark,f1", "dismiss", "close")]

    def __init__(self, first: str = "graph") -> None:
        super().__init__()
        self.first = first
        """The context whose keys are wanted first."""

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        with VerticalScroll(id="help"):
            yield Static(key_table(self.first))

    def on_mount(self) -> None:
        """Take the arrow keys."""
        self.query_one("#help").border_title = "keys (Esc closes)"
        self.query_one("#help").focus()


def key_table(first: str = "graph") -> Group:
    """Return the key table from a context on; a long help is wrapped beside its keys."""
    parts: list[RenderableType] = []
    names = list(CONTEXTS)
    at = names.index(first)
    for context in (*names[at:], *names[:at]):
        where = CONTEXTS[context]
        rows = Table.grid(padding=(0, 1))
        rows.add_column(width=13)
        for key in keys_of(context):
            rows.add_row(Text(f"  {'1-9' if len(key.keys) == 9 else key.shown}"), Text(key.help))
        parts += [Text(where.upper()), rows, Text()]
    return Group(*parts)
