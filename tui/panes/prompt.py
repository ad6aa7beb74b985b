"""The question line: an input that appears over the note and goes away with its answer."""

from dataclasses import dataclass

from textual.containers import Horizontal
from textual.message import Message

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

    async def ask(self, action: str, question: str, text: str = "") -> None:
        """Show the question and take the keyboard."""
        from textual.widgets import Input, Label  # not needed for the first frame

        self.asking = action
        self.display = True
        await self.remove_children()
        line = Input(text, compact=True, select_on_focus=True)
        await self.mount(Label(question, markup=False), line)
        line.focus()

    def on_input_submitted(self, event: Message) -> None:
        """Pass the answer on."""
        event.stop()
        self._close(getattr(event, "value", ""))

    def action_close(self) -> None:
        """Leave without an answer."""
        self._close(None)

    def _close(self, text: str | None) -> None:
        self.display = False
        self.post_message(self.Answered(self.asking, text))
