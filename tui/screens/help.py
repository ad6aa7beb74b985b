"""The help screen: the key table, as it is."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..keys import CONTEXTS, KEYS


class HelpScreen(ModalScreen[None]):
    """Every key; any of Esc, q and ? closes it."""

    BINDINGS = [("escape,q,question_mark,f1", "dismiss", "close")]

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        with VerticalScroll(id="help"):
            yield Static(help_text(), markup=False)

    def on_mount(self) -> None:
        """Take the arrow keys."""
        self.query_one("#help").border_title = "keys (Esc closes)"
        self.query_one("#help").focus()


def help_text() -> str:
    """Return the key table as text."""
    lines = []
    for context, where in CONTEXTS.items():
        lines.append(where.upper())
        for key in KEYS:
            if key.context == context:
                shown = "1-9" if len(key.keys) == 9 else key.shown
                lines.append(f"  {shown:11} {key.help}")
        lines.append("")
    return "\n".join(lines)
