"""A computation graph as a spreadsheet: the numbers it holds now, and the cells computed from each.

It stands on a recording alone, so that a file can be edited as a live graph can. A change spreads as a
wave: only descendants are computed again, parents before children, and a cell whose number stays the
same stops the wave there.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from heapq import heappop, heappush
from itertools import accumulate

from ..ops import Op
from .log import Recording, Step


class NoFormula(ValueError):
    """A cell would have to be computed again whose op no table knows."""

    def __init__(self, node: int) -> None:
        super().__init__(node)
        self.node = node


class Sheet:
    """The cells of a recording as they are at its end; nothing is written to the recording here."""

    width = 64
    """Edits that are looked at together."""

    def __init__(self, recording: Recording, recorded: Recording | None = None) -> None:
        """`recorded` has the backward pass that the slopes of unknown ops are read from."""
        self.recording = recording
        self._recorded = recorded or recording
        self.ops: list[Op | None] = list(recording.ops)
        self.data: list[float] = []
        self.grads: list[float] = []
        self.overrides: set[int] = set()
        """Inner nodes whose number was typed: they are not computed, and hand no gradient on."""
        self.unsettled: set[int] = set()
        """Cells that an update has left behind: they are computed from parameters that have moved."""
        self._held: dict[int, tuple[list[float], float]] = {}
        """Of ops that no table knows: arguments and number, as they were recorded."""
        self._first, self._consumers = _consumers(recording)
        self.reread()

    def reread(self) -> None:
        """Take the numbers from the end of the recording again, after something was appended to it."""
        held = self.recording
        cells = [math.nan, 0.0] * held.node_count
        for cell, number in held.initial.items():
            cells[cell] = number
        for cell, number in zip(held.write_cell, held.write_after, strict=True):
            cells[cell] = number
        self.data, self.grads = cells[::2], cells[1::2]
        for node in self._fixed():
            self._held[node] = [self.data[parent] for parent in self.parents(node)], self.data[node]
        moved = _moved(held)
        self.unsettled = {c for node in moved for c in self.consumers(node) if self.computed(c)}

    def on(self, log: Recording, grads: Sequence[float]) -> Sheet:
        """The same cells on another recording of the same nodes, with other gradients."""
        other = copy(self)
        other.recording, other.grads = log, list(grads)
        return other

    def parents(self, node: int) -> Sequence[int]:
        """The ids of a node's inputs in argument order."""
        return self.recording.parents(node)

    def consumers(self, node: int) -> Sequence[int]:
        """The nodes that are computed from a node, with multiplicity."""
        return self._consumers[self._first[node] : self._first[node + 1]]

    def follows(self, node: int) -> bool:
        """Whether a number follows from its parents': not a leaf's, nor an override's."""
        return self.ops[node] is not None and node not in self.overrides

    def computed(self, node: int) -> bool:
        """Whether it follows by a formula that is known."""
        op = self.ops[node]
        return op is not None and op.forward is not None and node not in self.overrides

    def fixed_below(self, nodes: Iterable[int]) -> int | None:
        """A cell that follows from some nodes by an op whose formula nobody knows; None for none."""
        fixed = self._fixed()
        return min(self._following(nodes) & fixed, default=None) if fixed else None

    def before_fixed(self) -> set[int]:
        """All cells that such a cell follows from."""
        found, stack = set[int](), list(self._fixed())
        while stack:
            for parent in self.parents(stack.pop()):
                if parent not in found:
                    found.add(parent)
                    if self.follows(parent):
                        stack.append(parent)
        return found

    def _following(self, nodes: Iterable[int]) -> set[int]:
        """What would be computed anew from some nodes: overrides stand in the way."""
        found, stack = set[int](), list(nodes)
        while stack:
            for consumer in self.consumers(stack.pop()):
                if consumer not in found and self.follows(consumer):
                    found.add(consumer)
                    stack.append(consumer)
        return found

    def _fixed(self) -> set[int]:
        still = (n for n in self._foreign if (op := self.ops[n]) is not None and op.forward is None)
        return set(still) - self.overrides

    @cached_property
    def _foreign(self) -> list[int]:
        return [n for n, op in enumerate(self.ops) if op is not None and op.forward is None]

    def compute(self, node: int, changed: Mapping[int, float]) -> float:
        """A cell's number by its formula, where some cells have changed."""
        op = self.ops[node]
        assert op is not None
        numbers = [changed.get(parent, self.data[parent]) for parent in self.parents(node)]
        return op.forward(*numbers) if op.forward else self._as_recorded(node, numbers)

    def _as_recorded(self, node: int, numbers: Sequence[float]) -> float:
        """The number of an op that no table knows: known for the arguments that it was recorded with."""
        arguments, number = self._held[node]
        if all(map(same, arguments, numbers)):
            return number
        raise NoFormula(node)

    def recorded_slope(self, node: int, slot: int) -> float:
        """The local derivative of an op that no table knows, as the recorded backward pass had it.

        It is what came out over what came in; 0 where nothing was handed on, or nothing came.
        """
        return self._slopes.get((node, slot), 0.0)

    @cached_property
    def _slopes(self) -> dict[tuple[int, int], float]:
        log, found = self._recorded, dict[tuple[int, int], float]()
        for phase in (phase for phase in log.phases if phase.name == "backward"):
            for step in range(phase.start, phase.end):
                op = log.ops[log.step_node[step]] if log.step_node[step] >= 0 else None
                if op is not None and op.vjps is None:
                    found.update(_slopes(log.step_at(step)))
        return found

    def wave(
        self, edits: Mapping[int, float], again: Iterable[int] = ()
    ) -> Iterator[tuple[int, float, float]]:
        """Yield what is computed after edits, and `again`: node, old and new number, parents first.

        Raise NoFormula where the wave comes to a cell that nobody can compute.
        """
        changed: dict[int, float] = {}
        waiting = sorted({*edits, *again})
        seen = set(waiting)
        while waiting:
            node = heappop(waiting)
            number = edits[node] if node in edits else self.compute(node, changed)
            yield node, self.data[node], number
            if not same(number, self.data[node]):
                changed[node] = number
                for consumer in self.consumers(node):
                    if consumer not in seen and self.follows(consumer):
                        seen.add(consumer)
                        heappush(waiting, consumer)

    def root_after(self, edits: Mapping[int, float]) -> float:
        """The root's number if cells held others; nothing is changed."""
        root = self.recording.root
        return next((new for node, _, new in self.wave(edits) if node == root), self.data[root])

    def roots(
        self, edits: Iterable[tuple[int, float]], between: Callable[[], object] = lambda: None
    ) -> list[float]:
        """The root's number for each edit alone; `between` is called before each, and may raise."""
        return [(between(), self.root_after({node: number}))[1] for node, number in edits]

    def descendants(self, nodes: Iterator[int] | Sequence[int]) -> set[int]:
        """Everything that is computed from some nodes, at first or second hand."""
        found: set[int] = set()
        stack = list(nodes)
        while stack:
            for consumer in self.consumers(stack.pop()):
                if consumer not in found:
                    found.add(consumer)
                    stack.append(consumer)
        return found


def same(a: float, b: float) -> bool:
    """Whether two numbers are the same to everything computed from them: nan is nan, -0 is not 0."""
    return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (a != a and b != b)


def _moved(log: Recording) -> set[int]:
    """The parameters that an update moved, where nothing was computed from them since."""
    for phase in reversed(log.phases):
        if phase.name in ("forward", "recalculate"):
            break
        if phase.name == "update":
            return {log.step_node[step] for step in range(phase.start, phase.end)}
    return set()


def _slopes(step: Step) -> dict[tuple[int, int], float]:
    found: dict[tuple[int, int], float] = {}
    for write in step.writes:
        if step.node is not None and step.grad and write.slot is not None and write.amount is not None:
            cell = step.node, write.slot
            found[cell] = found.get(cell, 0.0) + write.amount / step.grad
    return found


def _consumers(recording: Recording) -> tuple[array[int], array[int]]:
    """The consumers of all nodes in one row, and where each node's begin."""
    uses = [0] * (recording.node_count + 1)
    for parent in recording.parent_ids:
        uses[parent + 1] += 1
    first = array("I", accumulate(uses))
    filled, row = list(first), array("I", bytes(4 * len(recording.parent_ids)))
    for node in range(recording.node_count):
        for parent in recording.parents(node):
            row[filled[parent]] = node
            filled[parent] += 1
    return first, row
