"""The event log: what happened to the run, the newest at the bottom."""

from dataclasses import dataclass

from textual import events
from textual.message import Message

from ....engine.runs.store.records import Event
from ...bindings import bindings
from ...sessions.run.happened import style_of
from ...sessions.watching import WatchSession
from ...text.format import cells, fitted, plain
from ...text.lines import Line
from .base import RunPane


class EventsPane(RunPane, can_focus=True):
    """Follows the newest event until another is chosen; a long text goes over several lines."""

    BINDINGS = bindings("events")

    @dataclass
    class Opened(Message):
        """The training step of an event is to be opened, or with None, the one at the cursor."""

        event: Event | None

    @dataclass
    class Chosen(Message):
        """Another event was chosen."""

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self.entitle("events")
        self.up = 0
        """How many lines the end of the log is below the pane's."""
        self._events: list[Event] = []
        """Of every line, which event it is of."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the last events that fit, or those around the one that is chosen."""
        lines: list[Line] = []
        of: list[Event] = []
        chosen = self.session.happened.chosen
        reached = chosen is None
        for event in reversed(self.session.shown_events()):
            own = _event_lines(event, width)
            if event is chosen:
                look = "selected" if self.has_focus else "blurred"
                own = [tuple((text, look) for text, _ in line) for line in own]
                below, reached = len(lines), True
                self.up = max(min(self.up, below), below + len(own) - height)
            lines[:0], of[:0] = own, [event] * len(own)
            if reached and len(lines) >= height + self.up:
                break
        self.up = 0 if chosen is None else max(0, min(self.up, len(lines) - height))
        end = len(lines) - self.up
        self._events = of[max(0, end - height) : end]
        return lines[max(0, end - height) : end]

    def _move(self, by: int) -> None:
        self.session.happened.move(by)
        self.post_message(self.Chosen())

    def action_older(self, pages: int = 0) -> None:
        """Choose the event before, or one some pages before."""
        self._move(-(pages * self._page or 1))

    def action_newer(self, pages: int = 0) -> None:
        """Choose the event after, or one some pages after."""
        self._move(pages * self._page or 1)

    @property
    def _page(self) -> int:
        return max(2, len({event.id for event in self._events}) - 1)

    def action_oldest(self) -> None:
        """Choose the first event."""
        self._move(-len(self.session.events))

    def action_newest(self) -> None:
        """Choose none and follow the newest."""
        self.session.happened.choose(None)
        self.post_message(self.Chosen())

    def action_open_event(self) -> None:
        """Have the step of the chosen event opened."""
        self.post_message(self.Opened(self.session.happened.chosen))

    def on_click(self, event: events.Click) -> None:
        """Choose the event under the mouse; a second click opens its step."""
        place = event.get_content_offset(self)
        if place is None or place.y >= len(self._events):
            return
        under = self._events[place.y]
        if under is self.session.happened.chosen:
            self.action_open_event()
        else:
            self.session.happened.choose(under.id)
            self.post_message(self.Chosen())

    def on_focus(self) -> None:
        """Show what is chosen as active."""
        self.sync()

    def on_blur(self) -> None:
        """Show what is chosen as resting."""
        self.sync()


def _event_lines(event: Event, width: int) -> list[Line]:
    """An event, its text broken at spaces below itself; a word too long is cut."""
    text, style, head = plain(event.text), style_of(event), f"{event.step:>7,} "
    room, lines = max(8, width - len(head)), [""]
    for word in text.split(" "):
        if lines[-1] and cells(lines[-1]) + 1 + cells(word) > room:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [
        ((head if i == 0 else " " * len(head), "dim"), (fitted(line, room, "~"), style))
        for i, line in enumerate(lines[:8])
    ]
