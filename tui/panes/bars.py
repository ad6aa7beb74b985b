"""The one-line panes: where we are, the losses, the timeline, the note, the keys."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol, Unpack

from textual import events
from textual.message import Message

from ..bindings import bindings
from ..charts.sparkline import sparkline
from ..keys import Key, footer_keys
from ..sessions.stepping import SteppingSession
from ..text.format import fitted, number, shortened
from ..text.lines import Line
from ..views.steps.chain_rule import name
from .base import Names, Painted


class StatusLine(Painted):
    """A line about a session."""

    def __init__(self, session: SteppingSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session


class TitleBar(StatusLine):
    """The position, then what is open: the position is what a narrow terminal keeps."""

    def line(self, y: int) -> Line:
        """Draw the line."""
        status = f" {self.session.playback.status} "
        count = self.session.recording.node_count
        title = f"  {self.session.opened.title}  {count:,} nodes"
        training_step, steps = self.session.playback.training_step
        if steps > 1:
            title += f"  training step {training_step} of {steps}"
        rest = max(0, self.inner.width - len(status))
        return ((status, "strong selected"), (fitted(title, rest, self.glyphs.ellipsis), ""))


class Noted(Protocol):
    """What every session is to its screen: it keeps the sentence about the last action."""

    note: str


class NoteBar(Painted):
    """What there is to say about the last key."""

    def __init__(self, session: Noted, **names: Unpack[Names]) -> None:
        super().__init__(**names)
        self.session = session

    def line(self, y: int) -> Line:
        """Draw the line."""
        return ((fitted(f" {self.session.note}", self.inner.width, self.glyphs.ellipsis), ""),)


class KeyBar(Painted):
    """The keys of some contexts that do something now, as many as fit, `?` and `q` always.

    A click on one presses it.
    """

    @dataclass
    class Pressed(Message):
        """A key was clicked."""

        key: Key[Any]

    def __init__(self, *contexts: str, session: Any = None, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.contexts = contexts
        self.session = session

    def line(self, y: int) -> Line:
        """Draw the line."""
        pieces = []
        for key in self._shown():
            pieces += [(f" {key.shown.split()[0]}", "strong lit"), (f" {key.label} ", "dim")]
        return tuple(pieces)

    def _shown(self) -> list[Key[Any]]:
        """The keys that fit: those of the table from its top on, before the last two."""
        *keys, last, but_one = footer_keys(self.contexts, self.session)
        room = self.inner.width - _size(last) - _size(but_one)
        ends = accumulate(map(_size, keys))
        return [*(key for key, end in zip(keys, ends, strict=True) if end <= room), last, but_one]

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        shown = self._shown()
        ends = accumulate(map(_size, shown))
        clicked = next((key for key, end in zip(shown, ends, strict=True) if event.x < end), None)
        if clicked:
            self.post_message(self.Pressed(clicked))


def _size(key: Key[Any]) -> int:
    """The cells of a key and its label, with the blanks around them."""
    return len(key.shown.split()[0]) + len(key.label) + 3


class LossPane(StatusLine):
    """The loss after each update as a sparkline, and the learning rate."""

    def line(self, y: int) -> Line:
        """Draw the line."""
        session, width = self.session, self.inner.width
        losses, possible = session.descent.losses, session.descent.possible
        text = f" {self._called()} {number(losses[-1])}"
        after = f"  lr {number(session.descent.learning_rate)}" if possible else ""
        after += session.descent.hint
        curve = sparkline(losses, width - len(text) - len(after) - 3, self.glyphs.bars)
        return ((text, "strong"), (f"  {curve}", "positive"), (after, "dim"))

    def _called(self) -> str:
        """The loss, or the root's name where nothing is trained."""
        recording = self.session.recording
        root = name(recording, recording.root)
        return "loss" if self.session.descent.possible else shortened(root, 20, self.glyphs.ellipsis)


class Timeline(StatusLine, can_focus=True):
    """All positions from left to right, the phases marked; a click jumps."""

    BINDINGS = bindings("timeline")

    @dataclass
    class Pointed(Message):
        """The mouse pointed at a position of the recording."""

        position: int

    def line(self, y: int) -> Line:
        """Draw the line."""
        signs, playback, width = self.glyphs, self.session.playback, self.inner.width
        total = max(1, len(playback.recording))
        cells = [signs.unplayed] * width
        here = self._cell(playback.position, total)
        cells[:here] = [signs.played] * here
        for mark in self._marks():
            cells[self._cell(mark, total)] = signs.mark
        if self.session.beside and self.session.beside.parts_at >= 0:
            cells[self._cell(self.session.beside.parts_at, total)] = signs.differs
        before, after = "".join(cells[:here]), "".join(cells[here + 1 :])
        style = "selected" if self.has_focus else "changed"
        return ((before, "positive"), (signs.current, style), (after, "dim"))

    def _marks(self) -> list[int]:
        """Where phases begin; where that leaves no room between them, where training steps do."""
        playback, most = self.session.playback, self.inner.width // 2
        marks = list(playback.marks[1:-1])
        if len(marks) > most:
            marks = [p.start for p in playback.recording.phases if p.name == "update"]
        return marks if len(marks) <= most else []

    def _cell(self, position: int, total: int) -> int:
        return min(self.inner.width - 1, position * (self.inner.width - 1) // total)

    def on_click(self, event: events.Click) -> None:
        """Point at the position under the mouse."""
        total = len(self.session.recording)
        self.post_message(self.Pointed(round(event.x * total / max(1, self.inner.width - 1))))

    def on_focus(self) -> None:
        """Show the focus."""
        self.sync()

    def on_blur(self) -> None:
        """Hide the focus."""
        self.sync()
