"""The numbers of a tensor, as many as fit: the pane draws what is there, and tells its size."""

from dataclasses import dataclass

from textual import events
from textual.message import Message

from ..bindings import bindings
from ..sessions.tensor_values import ValuesSession
from ..text.lines import Line
from ..views.tensors.values import ABOVE, values_lines
from .base import LinesPane

WHEEL = 3
"""Rows that a turn of the mouse's wheel moves."""


class ValuesPane(LinesPane, can_focus=True):
    """A part of a tensor; one of its numbers is looked at."""

    LEADS = True
    BINDINGS = bindings("values")

    @dataclass
    class Pointed(Message):
        """The mouse pointed at a number in sight, counted from the first that is."""

        row: int
        column: int

    @dataclass
    class Turned(Message):
        """The wheel was turned."""

        rows: int

    def __init__(self, session: ValuesSession, **names: str | None) -> None:
        super().__init__(**names)
        self.session = session

    def make(self, width: int, height: int) -> list[Line]:
        """Draw what is there."""
        self.session.fit(width, height)
        self.border_title = self.session.title
        shown = self.session.shown
        if shown is None:
            return [((" no step is taken: n takes one", "dim"),)]
        return values_lines(shown, self.session.layout, width, self.glyphs)

    def on_click(self, event: events.Click) -> None:
        """Point at the number under the mouse."""
        place, lay = event.get_content_offset(self), self.session.layout
        if place and place.y >= ABOVE and place.x >= lay.label:
            self.post_message(self.Pointed(place.y - ABOVE, (place.x - lay.label) // lay.cell))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down."""
        self.post_message(self.Turned(WHEEL))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up."""
        self.post_message(self.Turned(-WHEEL))
