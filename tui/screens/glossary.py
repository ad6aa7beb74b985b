"""The glossary screen: what comes after the keys, at a second `?`."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from ..live.left import Leavable
from ..panes.palette import palette
from ..text.glyphs import chosen
from ..views.glossary import glossary_lines


class GlossaryScreen(Leavable, ModalScreen[None]):
    """Twelve words and their signs; any of Esc, q and ? closes it."""

    BINDINGS = [("escape,q,question_mark,f1", "dismiss", "close")]

    def compose(self) -> ComposeResult:
        """Lay out the words."""
        with VerticalScroll(id="glossary"):
            yield Static(id="glossary-text")

    def on_mount(self) -> None:
        """Take the arrow keys."""
        box = self.query_one("#glossary")
        box.border_title = "words (Esc closes)"
        box.focus()

    def on_resize(self) -> None:
        """Fit the size, once the box has its own."""
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        width = self.query_one("#glossary").scrollable_content_region.width
        text = palette(self.app).text(glossary_lines(width, chosen()))
        self.query_one("#glossary-text", Static).update(text)
