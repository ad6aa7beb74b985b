"""Editing cells of an opened graph as in a spreadsheet: numbers, formulas, ops; undo and redo."""

from collections.abc import Callable, Sequence

from ....engine.experiments.edit import Change, Recalculated, differentiate, edit, inverse
from ....engine.ops import foreign
from ....engine.recording.sheet import NoFormula, Sheet
from ....engine.value import Value
from ...text.format import ALL_DIGITS, number, plain
from ..experiment import cannot_be, cell_number, fitting_op
from ..target import BadTarget
from .cursor import GraphCursor

AT_ONCE = 5_000
"""Nodes up to which the backward pass is appended with the edit; above, when it is stepped to."""

Edits = list[tuple[Change, int]]
"""Changes, and the cell that was selected for each."""


class Editing:
    """Changes cells and appends what follows to the timeline. Each method returns a sentence."""

    def __init__(self, cursor: GraphCursor) -> None:
        self._cursor = cursor
        self._sheet: Sheet | None = None
        self._length = -1
        self._undone: Edits = []
        self._done: Edits = []
        self._owed = False
        self.on_edit: Callable[[], object] = lambda: None
        """Called when the cells have changed."""
        self.refusal = ""
        """Why nothing can be edited, if so."""

    @property
    def sheet(self) -> Sheet:
        """The cells as they are at the end of the timeline; made when the first one is edited."""
        recording = self._cursor.recording
        if self._sheet is None or self._sheet.recording is not recording:
            self._sheet = Sheet(recording)
        elif self._length != len(recording):  # an update was appended
            self._sheet.reread()
        self._length = len(recording)
        return self._sheet

    def prepare(self) -> None:
        """Have the cells ready: of a large graph that takes twice as long as the edit itself."""
        _ = self.sheet

    @property
    def overrides(self) -> set[int]:
        """The inner nodes whose number was typed."""
        return self._sheet.overrides if self._sheet else set()

    @property
    def can_undo(self) -> bool:
        """Whether an edit can be taken back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether an edit that was taken back can be made again."""
        return bool(self._undone)

    # What is asked

    @property
    def now(self) -> str:
        """What the selected cell holds, in all digits."""
        recording, node = self._cursor.recording, self._cursor.selected
        held = recording.value(node, "data", len(recording))
        return number(held, digits=ALL_DIGITS) if held is not None else ""

    @property
    def choices(self) -> list[str]:
        """What can be typed for the selected cell."""
        recording, node = self._cursor.recording, self._cursor.selected
        called, op = plain(recording.name(node)), recording.ops[node]
        if op is None:
            return [f"{called}, a leaf:", "a number", "a formula of other names, as 2*b"]
        taken = "nothing: its formula again" if node in self.overrides else f"another op for {op.symbol}"
        return [f"{called}, computed:", "a number to stand for its formula", "a formula", taken]

    # Changing

    def set(self, text: str) -> str:
        """Give the selected cell what was typed: a number, a formula, another op, or nothing."""
        node, text = self._cursor.selected, text.strip()
        if self.refusal:
            return self.refusal
        try:
            change = self._change(node, text)
        except BadTarget as error:
            return str(error).split("\n")[0]
        if isinstance(change, str):
            return change
        back = inverse(self.sheet, change)
        try:
            said = self._make(change, node)
        except NoFormula as error:
            return cannot_be(self.sheet, [node], error.node, "edited")
        self._done.append((back, node))
        self._undone.clear()
        return said

    def _change(self, node: int, text: str) -> Change | str:
        sheet, called = self.sheet, plain(self._cursor.recording.name(node))
        if not text:
            if node in sheet.overrides:
                return Change(released=frozenset({node}))
            return "nothing was typed, nothing changed"
        if (op := fitting_op(sheet, node, text)) is not None:
            same = op is sheet.ops[node]
            return f"{called} is {op.symbol} already" if same else Change(ops={node: op})
        return Change({node: cell_number(sheet, node, text)})

    def undo(self) -> str:
        """Take the last edit back, as one more edit on the timeline."""
        return self._again(self._done, self._undone, "nothing was edited yet: = edits the selected cell")

    def redo(self) -> str:
        """Make an edit again that was taken back."""
        return self._again(self._undone, self._done, "nothing was taken back")

    def _again(self, source: Edits, target: Edits, none: str) -> str:
        if not source:
            return none
        change, node = source[-1]
        back = inverse(self.sheet, change)
        try:
            said = self._make(change, node)
        except NoFormula as error:  # an update has moved what that cell is computed from
            return cannot_be(self.sheet, [node], error.node, "edited")
        source.pop()
        target.append((back, node))
        return said

    def _make(self, change: Change, node: int) -> str:
        sheet, recording = self.sheet, self._cursor.recording
        start, called = len(recording), plain(recording.name(node))
        done = f"{called} is {change.ops[node].symbol} now" if node in change.ops else f"{called} is set"
        came_to = edit(sheet, change)
        self.on_edit()
        self._owed = True
        if recording.node_count <= AT_ONCE:
            self.append_backward()
        self._length = len(recording)
        self._cursor.playback.jump(start + 1)
        self._cursor.select(node)
        return _said(done, came_to)

    @property
    def owes(self) -> bool:
        """Whether an edit still owes its backward pass, at the end of the timeline."""
        return self._owed and self._cursor.playback.position == len(self._cursor.recording)

    def append_backward(self) -> bool:
        """Append zero_grad and backward where an edit still owes them; say whether it did."""
        if not self._owed:
            return False
        self._owed = False
        differentiate(self.sheet)
        self._length = len(self._cursor.recording)
        return True

    def synchronise(self, order: Sequence[Value]) -> frozenset[Value]:
        """Give live nodes what their cells hold; return those that an override stands for."""
        if self._sheet is None:
            return frozenset()
        sheet = self.sheet
        for node, value in enumerate(order):
            value.data = sheet.data[node]
            if (op := sheet.ops[node]) is not None:
                value.op = foreign(op.name) if node in sheet.overrides else op
        return frozenset(order[node] for node in sheet.overrides)


def _said(done: str, came_to: Recalculated) -> str:
    of = came_to.descendants
    if not of:
        return f"{done}; nothing is computed from it"
    stop = f", the same came out at {len(came_to.stopped)}" if came_to.stopped else ""
    return f"{done}: {came_to.below:,} of {of:,} cells below it follow{stop}; n steps, f all"
