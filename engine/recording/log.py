"""A Recording: the one thing that crosses from every engine to every pane.

It is the graph's nodes and an append-only log of writes. A *write* changes one cell (the data or the
grad of one node); a *step* is the run of writes with one cause; a *phase* is a run of steps. Plain
numbers in columns, because one object a write would cost 600 bytes a node; what you read from it
(`node`, `step`, `write`) is a small frozen object made on demand.

A closed log can be gone on with, phase by phase (`appending`): what is new gets an index of its own.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ..ops import Op
from .parts import FewWrites, Part, Parts, index_new

Field = Literal["data", "grad"]
FIELDS: tuple[Field, Field] = ("data", "grad")
PHASES = ("forward", "zero_grad", "backward", "clip", "update", "recalculate")

# A write's flags: whether its amount is known, and above that bit its operand slot plus 1, 0 for none.
HAS_AMOUNT, SLOT = 1, 1
MAX_SLOT = (1 << 14) - 2


def cell_of(node: int, field: Field) -> int:
    """Number the cells: 2 * node for its data, one more for its grad."""
    return 2 * node + (field == "grad")


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the panes see it. `parents` are ids in argument order, with multiplicity."""

    id: int
    op: Op | None
    label: str
    parents: tuple[int, ...]
    scope: str
    source: str


class Write(NamedTuple):
    """One change of one cell. `after` is authoritative: before + amount may differ from it.

    `before` is what the cell held until now, None for data that did not exist yet. `amount` is the
    vjp at the gradient that arrived, `local` the vjp at 1; None where unknown. `slot` is which
    argument of the step's node the target is.
    """

    target: int
    field: Field
    slot: int | None
    local: float | None
    amount: float | None
    before: float | None
    after: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The writes with one cause: visiting `node`, or None for seeding the root's gradient."""

    index: int
    phase: str
    node: int | None
    grad: float | None
    writes: tuple[Write, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """A run of steps: those with start <= index < end."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Update:
    """By which optimizer's rule an update step moved its parameter: its settings, such as `lr`.

    `remembered` is what the optimizer kept of this parameter's past gradients before the step: of
    SGD with momentum the velocity, of Adam the running means of the gradient and of its square.
    """

    optimizer: str
    settings: Mapping[str, float]
    remembered: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Replacement:
    """A node's op was replaced by another: from step `start` on it is `after`."""

    start: int
    node: int
    before: Op
    after: Op


@dataclass(eq=False, slots=True)
class Recording:
    """Nodes 0..n-1 in creation order and the log; append with `begin`, `step`, `write`, `close`."""

    root: int = 0
    ops: list[Op | None] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    initial: dict[int, float] = field(default_factory=dict)
    """What cells hold before any write, by `cell_of`; by default no data and a grad of 0."""
    phases: list[Phase] = field(default_factory=list)
    write_sources: dict[int, str] = field(default_factory=dict)
    write_locals: dict[int, float | None] = field(default_factory=dict)
    """Local derivatives that a file gave; those of our own ops follow from the table."""
    updates: dict[int, Update] = field(default_factory=dict)
    """The rule of an update's step, by the index of the step, where it is known."""
    replacements: list[Replacement] = field(default_factory=list)
    """Ops that were replaced on the way, in order; `ops` are those of the position being looked at."""
    applied: int = 0
    """How many of these have been made at that position: names and formulas follow from it."""

    expected: Sequence[float] = ()
    """The gradient that each node should have in the end, where the recorded pass is a broken one."""

    parent_start: array[int] = field(default_factory=lambda: array("I", [0]))
    parent_ids: array[int] = field(default_factory=lambda: array("I"))
    step_node: array[int] = field(default_factory=lambda: array("i"))
    step_start: array[int] = field(default_factory=lambda: array("I"))
    write_cell: array[int] = field(default_factory=lambda: array("I"))
    write_flags: array[int] = field(default_factory=lambda: array("H"))
    write_amount: array[float] = field(default_factory=lambda: array("d"))
    write_after: array[float] = field(default_factory=lambda: array("d"))
    _parts: Parts = field(default_factory=list)
    """Empty until a closed log is read."""

    # Appending

    def add_node(self, op: Op | None, parents: Sequence[int], scope: str = "") -> int:
        """Append a node and return its id."""
        self.ops.append(op)
        self.scopes.append(scope)
        self.parent_ids.extend(parents)
        self.parent_start.append(len(self.parent_ids))
        return len(self.ops) - 1

    def begin(self, phase: str) -> None:
        """Open a phase; it ends where the next begins, or at the close."""
        self._end_phase()
        self.phases.append(Phase(phase, len(self.step_node), len(self.step_node)))

    def step(self, node: int | None) -> None:
        """Open a step; the writes that follow belong to it."""
        self.step_node.append(-1 if node is None else node)
        self.step_start.append(len(self.write_cell))

    def write(
        self,
        target: int,
        field: Field,
        after: float,
        amount: float | None = None,
        slot: int | None = None,
    ) -> None:
        """Append a write to the open step."""
        known = (amount is not None) * HAS_AMOUNT
        self.write_cell.append(cell_of(target, field))
        self.write_flags.append(known | (0 if slot is None else slot + 1) << SLOT)
        self.write_amount.append(0.0 if amount is None else amount)
        self.write_after.append(after)

    def forward(self, data: Sequence[float]) -> None:
        """Append a whole forward phase at once: node after node, each computed in a step."""
        self.begin("forward")
        ids, first, zeros = range(len(data)), len(self.write_cell), bytes(8 * len(data))
        self.step_node.extend(ids)
        self.step_start.extend(range(first, first + len(data)))
        self.write_cell.extend(range(0, 2 * len(data), 2))
        self.write_flags.frombytes(zeros[: 2 * len(data)])
        self.write_amount.frombytes(zeros)
        self.write_after.extend(data)

    def forward_again(self, ids: Sequence[int], data: Sequence[float]) -> None:
        """Append a later forward phase at once: each node is made again, its gradient is 0."""
        self.begin("forward")
        count, first = len(ids), len(self.write_cell)
        cells, after = array("I", bytes(8 * count)), array("d", bytes(16 * count))
        cells[::2], cells[1::2] = array("I", [2 * i for i in ids]), array("I", [2 * i + 1 for i in ids])
        after[::2] = array("d", data)
        self.step_node.extend(ids)
        self.step_start.extend(range(first, first + 2 * count, 2))
        self.write_cell.extend(cells)
        self.write_flags.frombytes(bytes(4 * count))
        self.write_amount.frombytes(bytes(16 * count))
        self.write_after.extend(after)

    def close(self) -> Recording:
        """End the log: its values can be read from now on."""
        self._end_phase()
        self.step_start.append(len(self.write_cell))
        if self._parts:  # it was closed before, read, and gone on with
            index_new(self._parts, self.write_cell, 2 * len(self.ops))
        for name in ("step_node", "step_start", "parent_ids", "parent_start"):
            column = getattr(self, name)
            setattr(self, name, array(column.typecode, column))  # drop the room kept for growth
        return self

    @contextmanager
    def appending(self) -> Iterator[None]:
        """Go on with a closed log; what fails on the way leaves it as it was."""
        steps, writes, phases = len(self.step_node), len(self.write_cell), list(self.phases)
        _ = self.parts  # of what was closed, before anything comes behind it
        end = self.step_start.pop()
        try:
            yield
        except BaseException:
            self._cut(steps, writes)
            self.phases[:] = phases
            self.step_start.append(end)
            raise
        self._end_phase()
        self.step_start.append(len(self.write_cell))
        index_new(self.parts, self.write_cell, 2 * len(self.ops))

    def _cut(self, steps: int, writes: int) -> None:
        for column in (self.step_node, self.step_start):
            del column[steps:]
        for written in (self.write_cell, self.write_flags, self.write_after, self.write_amount):
            del written[writes:]
        self.updates = {step: update for step, update in self.updates.items() if step < steps}

    @property
    def parts(self) -> Parts:
        """The writes of a closed log by cell, so that a cell's history can be bisected.

        They are sorted when first asked for: a log that only goes on to another process needs none.
        """
        if not self._parts:
            made: Parts = []
            index_new(made, self.write_cell, 2 * len(self.ops))
            self._parts = made  # at last: another thread may ask meanwhile
        return self._parts

    def _end_phase(self) -> None:
        if self.phases:
            last = self.phases[-1]
            self.phases[-1] = Phase(last.name, last.start, len(self.step_node))

    # Reading nodes

    def __len__(self) -> int:
        """The number of steps."""
        return len(self.step_node)

    @property
    def node_count(self) -> int:
        """The number of nodes."""
        return len(self.ops)

    def parents(self, node: int) -> Sequence[int]:
        """The ids of a node's inputs in argument order."""
        return self.parent_ids[self.parent_start[node] : self.parent_start[node + 1]]

    def node(self, node: int) -> Node:
        """The node with this id."""
        return Node(
            node,
            self.ops[node],
            self.labels.get(node, ""),
            tuple(self.parents(node)),
            self.scopes[node],
            self.sources.get(node, ""),
        )

    def as_at(self, position: int) -> None:
        """Let `ops` be those that hold at a position; where none was replaced, there is nothing to do."""
        for change in self.replacements:
            if change.start <= position:
                self.ops[change.node] = change.after
        for change in reversed(self.replacements):
            if change.start > position:
                self.ops[change.node] = change.before
        self.applied = sum(change.start <= position for change in self.replacements)

    def op_at(self, node: int, step: int) -> Op | None:
        """The op that a node had in a step."""
        for change in reversed(self.replacements):
            if change.node == node and change.start <= step:
                return change.after
        first = next((change for change in self.replacements if change.node == node), None)
        return first.before if first else self.ops[node]

    def name(self, node: int) -> str:
        """What to call a node on screen: its label, or its op and id, as `mul#7`."""
        if label := self.labels.get(node):
            return label
        op = self.ops[node]
        word = "leaf" if op is None else "pow" if op.name.startswith("**") else op.name
        return f"{word}#{node}"

    # Reading the log

    def phase_of(self, step: int) -> Phase:
        """The phase a step belongs to."""
        if step >= (last := self.phases[-1]).start:
            return last
        return self.phases[bisect_right(self.phases, step, key=lambda phase: phase.start) - 1]

    def step_at(self, index: int) -> Step:
        """The step with this index and all its writes."""
        node, phase = self.step_node[index], self.phase_of(index).name
        grad = self.value(node, "grad", index) if phase == "backward" and node >= 0 else None
        numbers, writes = self._numbers(index), range(self.step_start[index], self.step_start[index + 1])
        read = tuple([self._write(write, node, numbers) for write in writes])
        return Step(index, phase, node if node >= 0 else None, grad, read)

    def write_at(self, index: int) -> Write:
        """The write with this index."""
        step = self.step_of_write(index)
        return self._write(index, self.step_node[step], self._numbers(step))

    def _write(self, index: int, node: int, numbers: Sequence[float]) -> Write:
        """A write of a step about a node, with the numbers that local derivatives follow from."""
        cell, flags = self.write_cell[index], self.write_flags[index]
        return Write(
            cell >> 1,
            FIELDS[cell & 1],
            (flags >> SLOT) - 1 if flags >> SLOT else None,
            self._local(index, (flags >> SLOT) - 1, node, numbers),
            self.write_amount[index] if flags & HAS_AMOUNT else None,
            self._cell_value(cell, index),
            self.write_after[index],
            self.write_sources.get(index, ""),
        )

    def _local(self, write: int, slot: int, node: int, numbers: Sequence[float]) -> float | None:
        """The vjp at 1, by the op's row from the numbers of that moment."""
        if write in self.write_locals:
            return self.write_locals[write]
        op = self.ops[node] if node >= 0 else None
        if op and self.replacements:
            op = self.op_at(node, self.step_of_write(write))
        if slot < 0 or not numbers or op is None or op.vjps is None:
            return None
        return op.vjps[slot](1.0, *numbers)

    def _numbers(self, step: int) -> Sequence[float]:
        """What a visit's local derivatives are made of: its node's number and those of the inputs."""
        node = self.step_node[step]
        if node < 0 or self.ops[node] is None or self.phase_of(step).name != "backward":
            return ()
        start, cells = self.step_start[step], (2 * n for n in (node, *self.parents(node)))
        numbers = [x for cell in cells if (x := self._cell_value(cell, start)) is not None]
        return numbers if len(numbers) == 1 + len(self.parents(node)) else ()

    def step_of_write(self, write: int) -> int:
        """The index of the step a write belongs to."""
        # Steps without writes share their start with the next; the last of equals holds the write.
        return bisect_right(self.step_start, write) - 1

    def cell_history(self, node: int, field: Field, phase: Phase | None = None) -> Sequence[int]:
        """The indices of all writes to one cell, in order; or of those within a phase."""
        cell = cell_of(node, field)
        if phase is None:
            return array("I", [write for part in self.parts for write in part.history(cell)])
        start, end = self.step_start[phase.start], self.step_start[phase.end]
        return self._part_of(start).history(cell, start, end)

    def last_write(self, cell: int, phase: Phase) -> int:
        """The index of the last write to a cell within a phase; -1 for none."""
        start = self.step_start[phase.start]
        last = self._part_of(start).last_before(cell, self.step_start[phase.end])
        return last if last >= start else -1

    def _part_of(self, write: int) -> Part | FewWrites:
        """The part that holds a write; the last one where the log ends."""
        last = (self._parts or self.parts)[-1]
        if write >= last.first:
            return last
        return self.parts[bisect_right(self.parts, write, key=lambda part: part.first) - 1]

    def value(self, node: int, field: Field, position: int) -> float | None:
        """What a cell holds after the first `position` steps; None for data not computed yet."""
        return self._cell_value(cell_of(node, field), self.step_start[position])

    def _cell_value(self, cell: int, write: int) -> float | None:
        """What a cell holds just before a write of the log: bisect the cell's own writes."""
        last = self._part_of(write).last_before(cell, write)
        if last >= 0:
            return self.write_after[last]
        return self.initial.get(cell, 0.0 if cell & 1 else None)
