"""What an event of a run means: good news or bad, and the colour of each kind."""

import re

from ....engine.runs.store.store import Event
from .reader import RunReader

STYLES = {
    "health": "negative",
    "nonfinite": "warning",
    "error": "warning",
    "order": "",
    "finish": "positive",
    "converged": "positive",
    "recovered": "positive",
    "kept": "changed",
}
_GOOD = re.compile(r"no longer|moves again|stands still at (0|[\d.]+e-\d+|0\.000\d*)[:,]")
"""How runs of earlier versions, which had one kind for both, tell good news."""


def style_of(event: Event) -> str:
    """The style of an event."""
    if event.kind == "health" and _GOOD.search(event.text):
        return STYLES["recovered"]
    return STYLES.get(event.kind, "")


class Happened:
    """The events of a run as a list to choose from. Nothing is chosen while the newest are followed."""

    def __init__(self, reader: RunReader) -> None:
        self._reader = reader
        self._chosen: int | None = None

    @property
    def chosen(self) -> Event | None:
        """The event that is chosen, if it is still shown."""
        if self._chosen is None:
            return None
        return next((event for event in self._reader.shown_events() if event.id == self._chosen), None)

    def move(self, by: int) -> None:
        """Choose the event so many after the one that is chosen; beyond the newest, none."""
        shown = [event.id for event in self._reader.shown_events()]
        at = shown.index(self._chosen) if self._chosen in shown else len(shown)
        at = max(0, at + by)
        self._chosen = shown[at] if at < len(shown) else None

    def choose(self, event_id: int | None) -> None:
        """Choose an event, or none."""
        self._chosen = event_id

    @property
    def troubles(self) -> dict[str, str]:
        """The places at which something is wrong at the step looked at, each with its style."""
        found: dict[str, str] = {}
        for event in self._reader.shown_events():
            style = style_of(event)
            if event.place and style == STYLES["recovered"]:
                found.pop(event.place, None)
            elif event.place and event.kind in ("health", "nonfinite"):
                found[event.place] = style
        return found
