"""The event log: what happened to the run, the newest at the bottom."""

from ...bindings import bindings
from ...sessions.watching import WatchSession
from ...text.format import cells, fitted, plain
from ...text.lines import Line
from .base import RunPane

STYLES = {
    "health": "negative",
    "nonfinite": "warning",
    "error": "warning",
    "order": "",
    "finish": "positive",
}


class EventsPane(RunPane, can_focus=True):
    """Follows the newest event until it is scrolled away from it; a long text goes over several lines."""

    BINDINGS = bindings("events")

    def __init__(self, session: WatchSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs, session=session)
        self.entitle("events")
        self.up = 0
        """How many lines the end of the log is below the pane's."""

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the last events that fit."""
        lines: list[Line] = []
        for event in reversed(self.session.shown_events()):
            style = STYLES.get(event.kind, "")
            lines[:0] = _event_lines(event.step, plain(event.text), style, width)
            if len(lines) >= height + self.up:
                break
        self.up = max(0, min(self.up, len(lines) - height))
        end = len(lines) - self.up
        return lines[max(0, end - height) : end]

    def scroll_lines(self, lines: int) -> None:
        """Go so many lines towards the older events."""
        self.up = max(0, self.up + lines)
        self.sync()

    def action_older(self, pages: int = 0) -> None:
        """Go a line, or some pages, towards the older events."""
        self.scroll_lines(pages * self.inner.height or 1)

    def action_newer(self, pages: int = 0) -> None:
        """Go a line, or some pages, towards the newest event."""
        self.scroll_lines(-pages * self.inner.height or -1)

    def action_oldest(self) -> None:
        """Go to the first event."""
        self.scroll_lines(1 << 20)

    def action_newest(self) -> None:
        """Go to the newest event and follow."""
        self.up = 0
        self.sync()


def _event_lines(step: int, text: str, style: str, width: int) -> list[Line]:
    """An event, its text broken at spaces below itself; a word too long is cut."""
    head = f"{step:>7,} "
    room, lines = max(8, width - len(head)), [""]
    for word in text.split(" "):
        if lines[-1] and cells(lines[-1]) + 1 + cells(word) > room:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return [
        ((head if i == 0 else " " * len(head), "dim"), (fitted(line, room, "~"), style))
        for i, line in enumerate(lines[:6])
    ]
