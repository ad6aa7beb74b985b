"""The ledger of nan and inf as a list: Enter goes to the step of a node."""

from ..sessions.tensors import TensorSession
from ..text.lines import Line
from ..views.tensors.ledger import ledger_header, ledger_of, ledger_row
from .rows import RowsPane


class LedgerPane(RowsPane):
    """One row an entry, in the order of the pass; begins at the first that nobody meant."""

    HEADER = True

    def __init__(self, session: TensorSession, **names: str | None) -> None:
        super().__init__(**names)
        self._recording = session.recording
        self.border_title = "nan and inf (Enter goes to the step, Esc closes)"
        self.entries = ledger_of(self._recording).entries
        unmeant = (place for place, each in enumerate(self.entries) if not each.meant)
        self.cursor = next(unmeant, 0)

    @property
    def step(self) -> int | None:
        """How many steps are taken where the node under the cursor has been visited."""
        index = self._recording.step_of.get(self.entries[self.cursor].node)
        return None if index is None else index + 1

    def count(self) -> int:
        """The number of entries."""
        return len(self.entries)

    def header(self, width: int) -> Line:
        """Draw the line above the entries."""
        return ledger_header(width)

    def row(self, index: int, width: int) -> Line:
        """Draw one entry."""
        return ledger_row(self._recording, index, width, self.glyphs)
