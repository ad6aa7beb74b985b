"""The question line: an input that appears over the note and goes away with its answer."""

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from ..bindings import bindings


class Prompt(Horizontal):
    """Asks for one line of text on behalf of an action."""

    BINDINGS = bindings("prompt")

    @dataclass
    class Answered(Message):
        """The answer to what an action asked; None if there was none."""

        action: str
        text: str | None

    def __init__(self, **kwargs: str | None) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.asking = ""

    def compose(self) -> ComposeResult:
        """Lay out the question and the line to answer on."""
        yield Label("", markup=False)
        yield Input(compact=True, select_on_focus=False)

    def ask(self, action: str, question: str, text: str = "") -> None:
        """Show the question and take the keyboard."""
        self.asking = action
        self.query_one(Label).update(question)
        self.query_one(Input).value = text
        self.display = True
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Pass the answer on."""
        event.stop()
        self._close(event.value)

    def action_close(self) -> None:
        """Leave without an answer."""
        self._close(None)

    def _close(self, text: str | None) -> None:
        self.display = False
        self.post_message(self.Answered(self.asking, text))
