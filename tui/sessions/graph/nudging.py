"""Nudging the selected cell: by how much, what the gradient predicts, what was measured."""

from collections.abc import Callable
from dataclasses import dataclass

from ....engine.experiments.broken import gradients
from ....engine.experiments.nudge import Nudge, curve, default_step, nudge, slopes
from ....engine.forward import forward_of
from ....engine.recording.sheet import Sheet
from ..experiment import cannot_follow
from .cursor import GraphCursor
from .editing import Editing

POINTS, LEAST = 161, 9
"""Points of the curve; where too many cells would be computed and nothing is compiled, fewer."""
COMPUTED = 100_000
"""Cells that may be computed one by one for the curve."""
COMPUTING = ("forward", "recalculate")
CHANGING = (*COMPUTING, "update")


@dataclass(frozen=True)
class Nudged:
    """A nudge and the root around it: by the cell's own number, and beside it on both sides."""

    nudge: Nudge
    root: float
    curve: list[tuple[float, float]]
    left: float
    right: float

    @property
    def kink(self) -> bool:
        """Whether the slopes of the two sides differ: no single gradient is right here."""
        return abs(self.left - self.right) > 1e-3 * max(1.0, abs(self.left), abs(self.right))


class Nudging:
    """Nudges the cell that is selected, on the numbers of the position; nothing is changed by it."""

    def __init__(self, cursor: GraphCursor, editing: Editing) -> None:
        self._cursor = cursor
        self._editing = editing
        self._by: dict[int, float] = {}
        self._grads: tuple[Sheet | None, int, list[float]] = (None, -1, [])

    @property
    def node(self) -> int:
        """The cell that is nudged."""
        return self._cursor.selected

    @property
    def sheet(self) -> Sheet:
        """The numbers at the position: of the end of the timeline where they are the same."""
        recording, position = self._cursor.recording, self._cursor.playback.position
        ends = [p.end for p in recording.phases if p.name in COMPUTING and p.start < position]
        at = max(ends, default=position)
        sheet = self._editing.sheet
        if not sheet.unsettled and all(p.end <= at for p in recording.phases if p.name in CHANGING):
            return sheet
        # Before an edit, or at a training step whose update is still to come.
        earlier = Sheet(recording)
        earlier.overrides = set(sheet.overrides)
        numbers = (recording.value(node, "data", at) for node in range(recording.node_count))
        earlier.data = [held if x is None else x for x, held in zip(numbers, earlier.data, strict=True)]
        return earlier

    def step(self, value: float) -> float:
        """How far the cell is nudged."""
        return self._by.get(self.node, default_step(value))

    def widen(self, factor: float) -> None:
        """Nudge it further, or less far."""
        value = self.sheet.data[self.node]
        wanted = self.step(value) * factor
        if 1e-12 <= abs(wanted) <= 1e12 and value + wanted != value:
            self._by[self.node] = wanted

    @property
    def refusal(self) -> str:
        """Why the cell cannot be nudged, if so."""
        return cannot_follow(self.sheet, [self.node], "nudged")

    def by(self, step: float | None) -> Nudge:
        """Nudge it by a step, which is kept, or by the one there is."""
        if step is not None:
            self._by[self.node] = step
        sheet = self.sheet
        by = self.step(sheet.data[self.node])
        return nudge(sheet, self.node, by, self._gradient(sheet, self.node))

    def result(self, reach: float = 2.0, between: Callable[[], object] = lambda: None) -> Nudged:
        """Nudge it; the curve reaches as far as its size, at least `reach` nudges, to both sides.

        `between` is called now and then, and may raise to end it.
        """
        sheet, node = self.sheet, self.node
        value = sheet.data[node]
        by = self.step(value)
        found = nudge(sheet, node, by, self._gradient(sheet, node))
        points = COMPUTED // (1 + len(sheet.descendants([node])))
        forward = sheet if points >= POINTS else forward_of(sheet)
        points = max(LEAST, min(POINTS, points)) if forward is sheet else POINTS
        far = max(abs(by) * reach, abs(value), 1.0)
        around = curve(sheet, node, far, points, between, forward)
        return Nudged(found, sheet.data[sheet.recording.root], around, *slopes(sheet, node))

    def gradients(self, sheet: Sheet) -> list[float]:
        """Of a fresh backward pass on these numbers; of a broken one, those that it came to."""
        log = self._cursor.recording
        if not log.expected:
            return gradients(sheet)
        return [log.value(node, "grad", len(log)) or 0.0 for node in range(log.node_count)]

    def _gradient(self, sheet: Sheet, node: int) -> float:
        """The gradient of a cell, kept while the same numbers are looked at."""
        kept, length, grads = self._grads
        if kept is not sheet or length != len(sheet.recording):
            grads = self.gradients(sheet)
            self._grads = (sheet, len(sheet.recording), grads)
        return grads[node]
