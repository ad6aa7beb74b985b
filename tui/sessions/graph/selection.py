"""Selecting a node: along the edges of the graph, and by searching for its name, op or scope."""

from bisect import bisect_left, bisect_right

from ....engine.recording.log import Recording
from ...text.format import plain
from .cursor import GraphCursor


class Selection:
    """Moves the selection, never the position. Each method returns a sentence about what it found."""

    def __init__(self, cursor: GraphCursor) -> None:
        self._cursor = cursor
        self._searched = ""
        self._matches: tuple[Recording, list[int]] = (cursor.recording, [])

    def select_input(self) -> str:
        """Select the first input of the selected node."""
        inputs = self._cursor.recording.parents(self._cursor.selected)
        if not len(inputs):
            return "a leaf has no inputs"
        self._cursor.select(inputs[0])
        return f"input 1 of {len(inputs)}"

    def select_consumer(self) -> str:
        """Select the first consumer of the selected node."""
        consumers = self.consumers(self._cursor.selected)
        if not consumers:
            return "nothing consumes the root"
        names = [plain(self._cursor.recording.name(c)) for c in consumers[:4]]
        self._cursor.select(consumers[0])
        return f"consumer 1 of {len(consumers)}: {', '.join(names)}"

    def consumers(self, node: int) -> list[int]:
        """The nodes that use `node`, from the writes to its gradient, in the order of arrival."""
        recording = self._cursor.recording
        backward = next((p for p in recording.phases if p.name == "backward"), None)
        writes = recording.cell_history(node, "grad", backward)
        causes = (recording.step_node[recording.step_of_write(write)] for write in writes)
        return list(dict.fromkeys(cause for cause in causes if cause >= 0))

    def search(self, text: str) -> str:
        """Select the next node whose name, op or scope holds `text`."""
        self._searched = text.strip().lower()
        self._find()
        return self.next_match()

    def _find(self) -> None:
        """Gather the matches, in topological order; `,` and `.` only go through them."""
        recording, searched = self._cursor.recording, self._searched
        found = (n for n in range(recording.node_count) if searched in self._text_of(n))
        self._matches = (recording, list(found) if searched else [])

    def next_match(self) -> str:
        """Select the next match of the search, in backward order."""
        return self._match(-1)

    def previous_match(self) -> str:
        """Select the previous match of the search."""
        return self._match(1)

    def _match(self, direction: int) -> str:
        if not self._searched:
            return "nothing is searched for; / starts a search"
        if self._matches[0] is not self._cursor.recording:
            self._find()
        if not (matches := self._matches[1]):
            return f"no node matches {plain(self._searched)!r}"
        selected = self._cursor.selected
        at = bisect_left(matches, selected) - 1 if direction < 0 else bisect_right(matches, selected)
        node = matches[at % len(matches)]
        self._cursor.select(node)
        # In backward order, in which `.` goes on: the root's end is the first.
        place = len(matches) - at % len(matches)
        return f"found {plain(self._cursor.recording.name(node))}, {place:,} of {len(matches):,}"

    def _text_of(self, node: int) -> str:
        recording = self._cursor.recording
        return f"{recording.scopes[node]} {recording.name(node)}".lower()
