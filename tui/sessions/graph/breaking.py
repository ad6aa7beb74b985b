"""Switches that break the backward pass: which are on, what they take, the pass that comes of them."""

from collections.abc import Sequence

from ....engine.experiments.breaks import BREAKS, BadBreak, Break, rules_of
from ....engine.experiments.broken import Broken, TooManyVisits, break_cells, break_pass
from ...text.format import plain
from .cursor import GraphCursor
from .nudging import Nudging


class Breaking:
    """The switches of one graph. What turns one returns a sentence where it cannot be."""

    rows: Sequence[Break] = tuple(BREAKS.values())

    def __init__(self, cursor: GraphCursor, nudging: Nudging) -> None:
        self._cursor = cursor
        self._nudging = nudging
        self.taken: dict[str, str] = {}
        """What the switches that are on take, by their names; "" for nothing."""

    @property
    def texts(self) -> list[str]:
        """The breaks as they are typed on a command line."""
        return [f"{name} {taken}".strip() for name, taken in self.taken.items()]

    @property
    def said(self) -> str:
        """The breaks in a line."""
        return ", ".join(map(plain, self.texts))

    def turn(self, row: Break, taken: str = "") -> str:
        """Turn a switch on, with what it takes, or off; of the orders one alone is on."""
        if row.name in self.taken:
            del self.taken[row.name]
            return ""
        taken = taken.strip()
        try:
            rules_of([f"{row.name} {taken}"], self._cursor.recording)
        except BadBreak as error:
            return plain(str(error))
        if row.of_order:
            self.taken = {name: text for name, text in self.taken.items() if not BREAKS[name].of_order}
        self.taken[row.name] = taken
        return ""

    def set(self, texts: Sequence[str]) -> str:
        """Turn on these alone, `NAME` or `NAME ARGUMENT`; say which is wrong, and change nothing then."""
        try:
            rules_of(texts, self._cursor.recording)
        except BadBreak as error:
            return plain(str(error))
        pairs = [text.strip().partition(" ") for text in texts]
        self.taken = {name: taken.strip() for name, _, taken in pairs}
        return ""

    def run(self) -> Broken | str:
        """Run the broken pass and the right one on the numbers of the position; or say why not."""
        recording = self._cursor.recording
        try:
            rules = rules_of(self.texts, recording)
            if any(phase.name in ("recalculate", "update") for phase in recording.phases):
                return break_cells(self._nudging.sheet, [0.0] * recording.node_count, rules)
            return break_pass(recording, rules)
        except (BadBreak, TooManyVisits) as error:
            return plain(str(error))
