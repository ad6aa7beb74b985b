"""Breakpoints on nodes, and conditions under which a run through the recording stops."""

from ....engine.recording.conditions import Condition, on_node
from ...text.format import plain
from .cursor import GraphCursor
from .places import Places

LISTED = 8
"""How many are listed where one is to be cleared by its number."""


class Breakpoints:
    """Where to stop. What sets or clears one returns a sentence about it."""

    def __init__(self, cursor: GraphCursor, places: Places) -> None:
        self._cursor = cursor
        self._places = places
        self.stops: list[Condition] = []

    def toggle_breakpoint(self) -> str:
        """Set or clear a breakpoint on the selected node."""
        return self._toggle(on_node(self._cursor.recording, self._cursor.selected))

    def toggle_condition(self, text: str) -> str:
        """Set or clear a condition, or clear one by its number; an empty text clears all."""
        if not text.strip():
            self.stops.clear()
            return "no breakpoints, no conditions"
        if text.strip().isdecimal():
            return self._clear(int(text.strip()[:9]))
        try:
            return self._toggle(self._places.condition(text))
        except ValueError as error:
            return plain(str(error))

    @property
    def listing(self) -> list[str]:
        """The breakpoints and conditions with their numbers."""
        shown = [f"{i} {plain(stop.text)}" for i, stop in enumerate(self.stops[:LISTED], 1)]
        more = len(self.stops) - LISTED
        return [*shown, f"and {more} more"] if more > 0 else shown

    def _clear(self, number: int) -> str:
        if not 0 < number <= len(self.stops):
            return f"there is no breakpoint {number}; there are {len(self.stops)}"
        return self._toggle(self.stops[number - 1])

    def _toggle(self, condition: Condition) -> str:
        if condition in self.stops:
            self.stops.remove(condition)
            return f"cleared: {plain(condition.text)}"
        self.stops.append(condition)
        return f"stops at: {', '.join(plain(stop.text) for stop in self.stops)}"

    def on(self, node: int) -> bool:
        """Whether a breakpoint stands on the node itself."""
        return bool(self.stops) and on_node(self._cursor.recording, node) in self.stops

    @property
    def reached(self) -> Condition | None:
        """The condition that the last step met, if any."""
        step = self._cursor.playback.position - 1
        met = (s for s in self.stops if step >= 0 and s.test(self._cursor.recording, step))
        return next(met, None)
