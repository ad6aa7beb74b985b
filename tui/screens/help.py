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
    """Every key; Esc and q close it, ? goes on to the glossary."""

    BINDINGS = [("escape,q,f1", "dismiss", "close"), ("question_mark", "more", "words")]

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
        self.query_one("#help").border_title = "keys (? the words, Esc closes)"
        self.query_one("#help").focus()

    def action_more(self) -> None:
        """Show the words in place of the keys."""
        from .glossary import GlossaryScreen

        app = self.app
        self.dismiss()
        app.push_screen(GlossaryScreen())


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
