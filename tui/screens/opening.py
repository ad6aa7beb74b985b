"""Shown while something large is built or read."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Middle
from textual.screen import Screen
from textual.widgets import Label, ProgressBar

from ..live.left import Leavable
from ..text.format import plain


class OpeningScreen(Leavable, Screen[None]):
    """A name and a bar."""

    BINDINGS = [Binding("q,escape", "app.quit", "quit", show=False)]

    def __init__(self, what: str) -> None:
        super().__init__()
        self.what = what

    def compose(self) -> ComposeResult:
        """Lay out the bar."""
        with Middle(), Center():
            yield Label(f"opening {plain(self.what)}", markup=False)
            yield ProgressBar(total=1.0, show_eta=False)

    def advance(self, fraction: float) -> None:
        """Show how far it has come."""
        self.query_one(ProgressBar).update(progress=fraction)
