"""The attention of a graph: head by head, query against key; weights, or their gradients."""

from ...bindings import bindings
from ...charts.attention import Spot, attention_lines, shown_count
from ...sessions.stepping import SteppingSession
from ...text.lines import Line
from ...views.graph.attention import FoundAttention, heads_at, is_backward
from ..base import LinesPane
from ..rows import NodesPane


class AttentionPane(LinesPane, can_focus=True):
    """Follows the playback; to move in it is to select a weight, as in the other panes a node."""

    BINDINGS = bindings("attention")

    def __init__(self, session: SteppingSession, **kwargs: str | None) -> None:
        super().__init__(**kwargs)
        self.session = session
        self.found = session.attention
        self._head, self._spot = 0, Spot(0)

    def make(self, width: int, height: int) -> list[Line]:
        """Draw the head that is looked at and those after it, as many as fit."""
        found, playback = self.found, self.session.playback
        if found is None:
            return []
        self._follow(found)
        signed, heads = is_backward(playback), len(found.heads)
        sized = heads_at(found, playback, self._head, 1)[0]
        count = shown_count(sized, heads, signed, width, height)
        first = min(self._head, max(0, heads - count))
        shown = heads_at(found, playback, first, count)
        what = "gradients of its weights" if signed else "weights, query by key"
        some = f", {count} of {heads} heads" if count < heads else ""
        title = f"attention: {what}{some}".replace("[", "(")
        if title != self.border_title:
            self.border_title = title
        return attention_lines(shown, signed, width, height, self.glyphs, self._spot, self._head - first)

    def _follow(self, found: FoundAttention) -> None:
        """Look at what the selected node is about, if it is about any of it."""
        place = found.place_of(self.session.recording, self.session.selected, self._head)
        if place:
            self._head, self._spot = place

    # Moving

    def _select(self, head: int, query: int, key: int) -> None:
        """Select a weight, or the nearest there is."""
        if self.found is None:
            return
        head = max(0, min(head, len(self.found.heads) - 1))
        rows = self.found.heads[head].rows
        row = rows[max(0, min(query, len(rows) - 1))]
        self.post_message(NodesPane.Selected(row[max(0, min(key, len(row) - 1))]))

    def action_query(self, by: int) -> None:
        """Go to the query above or below."""
        self._select(self._head, self._spot.query + by, self._key)

    def action_key(self, by: int) -> None:
        """Go to the key on the left or right."""
        self._select(self._head, self._spot.query, self._key + by * (self._spot.key is not None))

    def action_head(self, by: int) -> None:
        """Go to the head before or after."""
        self._select(self._head + by, self._spot.query, self._key)

    @property
    def _key(self) -> int:
        return self._spot.query if self._spot.key is None else self._spot.key

    def reveal(self) -> None:
        """Show the selected node; it is in sight already where it is a weight."""
        self.sync()
