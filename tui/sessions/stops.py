"""The list of breakpoints and conditions at which a run through a recording stops."""

from collections.abc import Callable

from ...engine.recording.conditions import Condition
from ..text.format import plain

LISTED = 8
"""How many are listed where one is to be cleared by its number."""


class Stops:
    """Where to stop. What sets or clears one returns a sentence about it."""

    def __init__(self, read: Callable[[str], Condition]) -> None:
        """`read` makes a condition of what was typed, or raises ValueError with a sentence."""
        self._read = read
        self.stops: list[Condition] = []

    def toggle_condition(self, text: str) -> str:
        """Set or clear a condition, or clear one by its number; an empty text clears all."""
        if not text.strip():
            self.stops.clear()
            return "no breakpoints, no conditions"
        if text.strip().isdecimal():
            return self._clear(int(text.strip()[:9]))
        try:
            return self.toggle(self._read(text))
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
        return self.toggle(self.stops[number - 1])

    def toggle(self, condition: Condition) -> str:
        """Set or clear one."""
        if condition in self.stops:
            self.stops.remove(condition)
            return f"cleared: {plain(condition.text)}"
        self.stops.append(condition)
        return f"stops at: {', '.join(plain(stop.text) for stop in self.stops)}"

    def met(self, recording: object, step: int) -> Condition | None:
        """The first of them that holds at a step."""
        return next((stop for stop in self.stops if step >= 0 and stop.test(recording, step)), None)
