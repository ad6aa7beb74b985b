"""The question line: an input that appears over the note and goes away with its answer."""

from dataclasses import dataclass
from typing import Any, Unpack

from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from ..bindings import bindings
from ..keys import Ask
from ..text.format import cells
from .base import Names

ROOM = 24  # cells for an answer; where a question leaves fewer, the answer has a line of its own


class Prompt(Horizontal):
    """Asks for one line of text on behalf of an action; the focus then goes back where it was."""

    BINDINGS = bindings("prompt")
    DEFAULT_CSS = """
    Prompt { height: 1; display: none; }
    Prompt Label { width: auto; color: $dim; padding-left: 1; }
    Prompt Input { width: 1fr; background: $background; }
    Prompt.-stacked { height: auto; layout: vertical; }
    Prompt.-stacked Label { width: 1fr; }
    Prompt.-stacked Input { padding-left: 1; }
    """

    @dataclass
    class Answered(Message):
        """The answer to what an action asked; None if there was none."""

        asked: Ask[Any]
        text: str | None

    def __init__(self, **names: Unpack[Names]) -> None:
        super().__init__(**names)
        self.asked: Ask[Any] | None = None
        self.before: Widget | None = None

    @property
    def question(self) -> str:
        """What is asked, or was last."""
        return self.asked.question if self.asked else ""

    async def ask(self, asked: Ask[Any], text: str = "") -> None:
        """Show the question and take the keyboard."""
        from textual.widgets import Input, Label  # not needed for the first frame

        if not self.children:
            await self.mount(Label(markup=False), Input(compact=True, select_on_focus=True))
        self.asked = asked
        self.query_one(Label).update(asked.question)
        line = self.query_one(Input)
        line.value = text
        if not self.display:
            self.before = self.screen.focused
        self.display = True
        self._fit()
        self.screen.set_focus(line)  # at once: the next key may be on its way already

    def _fit(self) -> None:
        self.set_class(cells(self.question) + ROOM > self.app.size.width, "-stacked")

    def on_resize(self) -> None:
        """Fit the new size."""
        self._fit()

    def on_input_submitted(self, event: Message) -> None:
        """Pass the answer on."""
        event.stop()
        self._close(getattr(event, "value", ""))

    def action_close(self) -> None:
        """Leave without an answer."""
        self._close(None)

    def on_descendant_blur(self) -> None:
        """Leave too when another pane is gone to, but not with the whole window."""
        if self.display and self.app.app_focus and not self.has_focus_within:
            self.before = None
            self._close(None)

    def _close(self, text: str | None) -> None:
        self.display = False
        if self.before:
            self.screen.set_focus(self.before)
        if self.asked:
            self.post_message(self.Answered(self.asked, text))
