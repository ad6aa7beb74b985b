"""The cursor in a graph: the position in its recording, and the node that is selected."""

from ....engine.recording.log import FIELDS, Recording
from ....engine.recording.playback import Playback
from ...views.steps.passed import Passed

MARKED = 1_000
"""Steps of a recalculation up to which all the cells that changed are marked, and not the last alone."""


class GraphCursor:
    """What all parts of a session move, and all panes show."""

    def __init__(self, recording: Recording) -> None:
        self.playback = Playback(recording)
        self.selected = recording.root
        self._passed: Passed | None = None
        self._changed: tuple[object, int, frozenset[tuple[int, str]]] = (None, -1, frozenset())

    @property
    def recording(self) -> Recording:
        """What is being played."""
        return self.playback.recording

    @property
    def current(self) -> int | None:
        """The node the last step was about; the root for its seed; None at the very start."""
        if not self.playback.position:
            return None
        node = self.recording.step_node[self.playback.position - 1]
        return node if node >= 0 else self.recording.root

    @property
    def passed(self) -> Passed | None:
        """The steps that were taken as one to come here, if they were."""
        here = self._passed is not None and self._passed.end == self.playback.position
        return self._passed if here else None

    @passed.setter
    def passed(self, passed: Passed | None) -> None:
        self._passed = passed
        self._changed = (None, -1, frozenset())

    @property
    def changed(self) -> frozenset[tuple[int, str]]:
        """The cells (node, field) written by the step, or the steps taken as one, that led here.

        In a recalculation all that have changed since the edit: what is below it, and nothing else.
        """
        if self._changed[0] is not self.recording or self._changed[1] != self.playback.position:
            position = self.playback.position
            start = self.passed.start if self.passed else max(0, position - 1)
            starts = self.recording.step_start
            written = self.recording.write_cell[starts[start] : starts[position]]
            cells = frozenset((cell >> 1, FIELDS[cell & 1]) for cell in written) | self._recalculated()
            self._changed = (self.recording, position, cells)
        return self._changed[2]

    def _recalculated(self) -> frozenset[tuple[int, str]]:
        log, position = self.recording, self.playback.position
        phase = log.phase_of(max(0, position - 1))
        if phase.name != "recalculate" or not phase.start < position <= phase.start + MARKED:
            return frozenset()
        cells = log.write_cell[log.step_start[phase.start] : log.step_start[position]]
        moved = (cell >> 1 for cell in cells if self._has_moved(cell >> 1, phase.start))
        return frozenset((node, "data") for node in moved)

    def _has_moved(self, node: int, since: int) -> bool:
        before = self.recording.value(node, "data", since)
        return before != self.playback.value(node, "data")

    def select(self, node: int) -> None:
        """Select a node; the ledger shown is the selected node's."""
        self.selected = node
