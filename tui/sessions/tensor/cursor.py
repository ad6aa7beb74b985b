"""The cursor in a backward pass of tensors: how many steps are taken, and which row is selected."""

from bisect import bisect_left

from ....engine.recording.tensor import TensorNode, TensorRecording
from ...views.tensors.modules import ModuleTree, Row
from ...views.tensors.passed import Passed


class TensorCursor:
    """What all parts of a session move, and all panes show."""

    def __init__(self, recording: TensorRecording) -> None:
        self.recording = recording
        # What walks the whole graph is done while it is opened, and not at the first key.
        _ = recording.arrivals, recording.consumers, recording.first_keepers, recording.saved_bytes
        self.tree = ModuleTree(recording)
        self.taken = 0
        """How many steps are taken."""
        self._selected: Row = self.tree.row_of(recording.root[0])
        self._passed: Passed | None = None

    @property
    def total(self) -> int:
        """The number of steps."""
        return len(self.recording.steps)

    @property
    def node(self) -> TensorNode:
        """The node of the step taken last; at the start the first root."""
        here = self.recording.steps[self.taken - 1].node if self.taken else self.recording.root[0]
        return self.recording.nodes[here]

    @property
    def can_go_on(self) -> bool:
        """Whether a step is left."""
        return self.taken < self.total

    @property
    def can_go_back(self) -> bool:
        """Whether a step is taken."""
        return self.taken > 0

    @property
    def passed(self) -> Passed | None:
        """The steps that were taken as one to come here, if they were."""
        return self._passed if self._passed and self._passed.end == self.taken else None

    def move(self, taken: int, passed: Passed | None = None) -> bool:
        """Go to where so many steps are taken, select its node; say whether that is another place."""
        before, self.taken = self.taken, max(0, min(taken, self.total))
        self._passed = passed
        self._selected = self.tree.row_of(self.node.id)
        return self.taken != before

    @property
    def selected(self) -> Row:
        """The row of the tree that is selected; of a hidden one the folded module that hides it."""
        return self.tree.rows[self.tree.place_of_row(self._selected)]

    def select(self, row: Row) -> None:
        """Select a row of the tree."""
        self._selected = row

    def scope_at(self, step: int) -> str:
        """The module of a step's node."""
        return self.recording.nodes[self.recording.steps[step].node].scope

    def run_from(self, step: int, scope: str, ahead: bool = True) -> int:
        """Where the steps of a module end that follow one another from a step on; or where they begin."""
        steps = self.tree.steps[scope]
        place = bisect_left(steps, step)
        if not place < len(steps) or steps[place] != step:
            return step
        move = 1 if ahead else -1
        while 0 <= place + move < len(steps) and steps[place + move] == steps[place] + move:
            place += move
        return steps[place] + (1 if ahead else 0)
