"""Breakpoints on nodes, and conditions under which a run through the recording stops."""

from ....engine.recording.conditions import Condition, on_node
from ..stops import Stops
from .cursor import GraphCursor
from .places import Places


class Breakpoints(Stops):
    """Where to stop in a graph of single numbers."""

    def __init__(self, cursor: GraphCursor, places: Places) -> None:
        super().__init__(places.condition)
        self._cursor = cursor

    def toggle_breakpoint(self) -> str:
        """Set or clear a breakpoint on the selected node."""
        return self.toggle(on_node(self._cursor.recording, self._cursor.selected))

    def on(self, node: int) -> bool:
        """Whether a breakpoint stands on the node itself."""
        return bool(self.stops) and on_node(self._cursor.recording, node) in self.stops

    @property
    def reached(self) -> Condition | None:
        """The condition that the last step met, if any."""
        return self.met(self._cursor.recording, self._cursor.playback.position - 1)
