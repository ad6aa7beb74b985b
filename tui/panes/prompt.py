"""The question line: an input that appears over the note and goes away with its answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Unpack

from textual.actions import SkipAction
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget

from ..bindings import bindings
from ..keys import Ask
from ..text.format import cells, plain, shortened
from ..text.glyphs import chosen
from .base import Names

ROOM = 24  # cells for an answer; where a question leaves fewer, the answer has a line of its own


GAP = "   "


class Completer:
    """What Tab makes of a text: what all candidates have in common, then one after the other."""

    def __init__(self, candidates: Callable[[str], Sequence[str]]) -> None:
        self._candidates = candidates
        self._going_through: Sequence[str] = ()
        self._at = -1

    def next(self, text: str) -> str | None:
        """The text completed as far as is clear, else the next candidate; None where there is none."""
        if not self._is_ours(text):
            self._going_through, self._at = self._candidates(text), -1
            common = _common_start(self._going_through)
            if len(common) > len(text):
                return common
        if not self._going_through:
            return None
        self._at = (self._at + 1) % len(self._going_through)
        return self._going_through[self._at]

    def _is_ours(self, text: str) -> bool:
        """Whether a text is the candidate that was given last."""
        several = len(self._going_through) > 1 and self._at >= 0
        return several and self._going_through[self._at] == text

    @property
    def hint(self) -> str:
        """How many there are, and the next of them."""
        names = self._going_through
        if len(names) < 2:
            return ""
        shown = " ".join(plain(name) for name in names[max(0, self._at) :][:12])
        return f"{max(0, self._at) + 1} of {len(names):,}: {shown}"


def _common_start(names: Sequence[str]) -> str:
    """What all names begin with: what the first and the last of them in order share."""
    if not names:
        return ""
    pairs = zip(min(names), max(names), strict=False)
    return "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def packed(choices: Sequence[str], width: int, ellipsis: str) -> list[str]:
    """The choices in as few lines as hold them; none is broken over two lines."""
    lines: list[str] = []
    for choice in choices:
        if lines and cells(lines[-1]) + len(GAP) + cells(choice) <= width:
            lines[-1] += GAP + choice
        else:
            lines.append(choice)
    return [shortened(line, width, ellipsis) for line in lines]


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
        self._choices: Sequence[str] = ()
        self._completer = Completer(lambda text: ())
        self._lines: list[str] = [""]
        self._at = 0

    @property
    def question(self) -> str:
        """What is asked, or was last."""
        return self.asked.question if self.asked else ""

    async def ask(
        self,
        asked: Ask[Any],
        text: str = "",
        choices: Sequence[str] = (),
        completions: Callable[[str], Sequence[str]] = lambda text: (),
        history: Sequence[str] = (),
    ) -> None:
        """Show the question, with what there is to choose from above it, and take the keyboard."""
        from textual.widgets import Input, Label  # not needed for the first frame

        if not self.children:
            await self.mount(Label(markup=False), Input(compact=True, select_on_focus=True))
        self.asked, self._choices, self._completer = asked, choices, Completer(completions)
        self._lines, self._at = [*history, text], len(history)
        line = self.query_one(Input)
        line.value = text
        if not self.display:
            self.before = self.screen.focused
        self.display = True
        self._fit()
        self.screen.set_focus(line)  # at once: the next key may be on its way already

    def _fit(self) -> None:
        from textual.widgets import Label

        width = self.app.size.width
        above = packed(self._choices, width - 1, chosen().ellipsis)
        self.set_class(bool(above) or cells(self.question) + ROOM > width, "-stacked")
        if self.children:
            self.query_one(Label).update("\n".join([*above, self.question]))

    def on_resize(self) -> None:
        """Fit the new size."""
        self._fit()

    def on_input_submitted(self, event: Message) -> None:
        """Pass the answer on."""
        event.stop()
        self._close(getattr(event, "value", ""))

    def action_complete(self) -> None:
        """Complete what is typed; where there is nothing to complete, the key is not ours."""
        from textual.widgets import Input

        line = self.query_one(Input)
        text = self._completer.next(line.value)
        if text is None:
            raise SkipAction
        line.value = text
        line.cursor_position = len(text)
        self._choices = [self._completer.hint] if self._completer.hint else []
        self._fit()

    def action_recall(self, by: int) -> None:
        """Show what was typed before, or after that; what stands there now is kept at the end."""
        from textual.widgets import Input

        line = self.query_one(Input)
        if 0 <= self._at + by < len(self._lines):
            self._lines[self._at] = line.value
            self._at += by
            line.value = self._lines[self._at]
            line.cursor_position = len(line.value)

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
        if self.has_focus_within:  # to no pane where none had it: a line out of sight takes no keys
            self.screen.set_focus(self.before)
        if self.asked:
            self.post_message(self.Answered(self.asked, text))
