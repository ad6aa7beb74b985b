"""A job as one graph: the sample's and the penalty's columns on the same parameters.

Numbering: the parameters, the slots of a row, then every other node. Each node has a class that says
where its number lives: constants are known now, parameters and what derives from them alone exist
once, slots and what derives from them exist once a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ir.dtypes import Flags, Ints
from ..ir.job import Job
from ..ir.trace import CONSTANT, LARGEST, PARAMETER, SLOT, CannotCompile, Trace

PARAM, PLAIN, CONST, INPUT, LANE = range(5)
"""Classes: parameter, derived from parameters alone, constant, slot of a row, derived from slots.

Of a job that runs row by row, slots and what derives from them are there once too: they are PLAIN."""

GATHER = "gather"
"""The op of a node that is selected from a table by a slot: it reads one of many."""

# What may turn the sign of a zero into that of an infinity: the op, and which argument.
_SIGN_MATTERS = {"div": 1, "pow": 0, "log": 0, "sqrt": 0}
_SIGN_LOST = {"exp", "cos", "sigmoid", "abs", "relu", LARGEST.name}
_NEVER_MINUS_ZERO = {"exp", "sigmoid", "abs", "relu", LARGEST.name}


@dataclass(eq=False)
class Columns:
    """One graph in columns; `roots` are the sample's loss and, if there is one, the penalty."""

    op: NDArray[np.int64]
    """Index in `names`, -1 for a leaf and for what derives from constants alone."""
    names: tuple[str, ...]
    a: Ints
    b: Ints
    data: NDArray[np.float64]
    kind: NDArray[np.int64]
    """The class of the node."""
    live: Flags
    """Whether a gradient goes through it: from a parameter, to a root."""
    zero_sign_matters: Flags
    """Whether the sign of a zero here can show in an infinity further up."""
    never_minus: Flags
    """Whether it cannot be -0.0."""
    roots: tuple[int, ...]
    pinned: Ints
    """Nodes a guard looks at; like roots, they keep a number of their own."""
    maps: tuple[Ints, ...]
    """For each trace of the job: its nodes' numbers here."""
    parameters: int
    slots: int
    tables: dict[int, Ints] = field(default_factory=dict)
    """Of every gather: the nodes it may read, by the number in its slot, which stands as its `b`."""
    largest: dict[int, Ints] = field(default_factory=dict)
    """Of every leaf that has the largest number of some nodes: those, the last of which is its `a`."""
    known: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Constants that lie in memory, because one of those two may read them."""

    @property
    def among(self) -> dict[int, Ints]:
        """What gathers may read, and what the largest is looked for among."""
        return self.tables | self.largest

    @property
    def per_row(self) -> Flags:
        """Which nodes have a number for every row."""
        found: Flags = self.kind >= INPUT
        return found

    def add_one(self) -> int:
        """Add a number 1 that is there for every row, as an input nobody gave; return its node."""
        for name, entry in (("kind", INPUT), ("live", False), ("data", 1.0)):
            setattr(self, name, np.append(getattr(self, name), entry))
        return len(self.kind) - 1

    def named(self, name: str) -> Flags:
        """Return which nodes are of the op `name`."""
        found: Flags = self.op == (self.names.index(name) if name in self.names else -2)
        return found


def columns_of(job: Job) -> Columns:
    """Join the traces of a job."""
    traces = job.traces
    gather = [GATHER] if job.sample.tables else []
    names = tuple(dict.fromkeys(["add", "mul", *(op.name for t in traces for op in t.ops), *gather]))
    join = _Join(job, names)
    for trace in traces:
        join.append(trace)
    for trace, numbers in zip(traces, join.maps, strict=True):
        join.append_root(trace, numbers)
    return _classified(join)


class _Join:
    def __init__(self, job: Job, names: tuple[str, ...]) -> None:
        self.names = names
        self.parameters, self.slots = job.sample.parameters, job.sample.slots
        self.row_by_row = job.row_by_row
        self.tables: dict[int, Ints] = {}
        self.largest: dict[int, Ints] = {}
        first = self.parameters + self.slots
        self.count = first
        self.op = [np.full(first, -1)]
        self.a, self.b = [np.full(first, -1)], [np.full(first, -1)]
        self.data = [np.zeros(first)]
        self.maps: list[Ints] = []
        self.roots: list[int] = []
        self.pinned: list[int] = []

    def append(self, trace: Trace) -> None:
        own = (trace.kind != PARAMETER) & (trace.kind != SLOT)
        numbers = np.where(trace.kind == SLOT, self.parameters + trace.index, trace.index).astype(
            np.int64
        )
        numbers[own] = self.count + np.arange(np.count_nonzero(own))
        codes = np.array([self.names.index(op.name) for op in trace.ops] + [-1])
        parents = np.append(numbers, -1)
        op = codes[trace.op]
        for node, table in trace.tables.items():
            op[node] = self.names.index(GATHER)
            self.tables[int(numbers[node])] = numbers[table]
            if trace.kind[trace.b[node]] != SLOT:
                raise CannotCompile("an index is computed from a row's numbers, not one of them")
        self.largest |= {int(numbers[node]): numbers[among] for node, among in trace.largest.items()}
        self._add(op[own], parents[trace.a[own]], parents[trace.b[own]], trace.data[own])
        self.maps.append(numbers)
        for guard in trace.guards:
            self.pinned += [int(numbers[guard.left])]
            self.pinned += [] if guard.plain else [int(numbers[int(guard.right)])]

    def append_root(self, trace: Trace, numbers: Ints) -> None:
        """Let the loss have a node that nobody else reads; a leaf is added to 0 for that."""
        root = int(numbers[trace.root])
        if trace.kind[trace.root] in (PARAMETER, SLOT, CONSTANT) or root in self.pinned:
            self._add(np.array([-1, self.names.index("add")]), *np.array([[-1, root], [-1, self.count]]))
            root = self.count - 1
        self.roots.append(root)

    def _add(self, op: Any, a: Any, b: Any, data: Any = (0.0, 0.0)) -> None:
        for column, more in ((self.op, op), (self.a, a), (self.b, b), (self.data, data)):
            column.append(np.asarray(more))
        self.count += len(op)


def _classified(join: _Join) -> Columns:
    op, a, b = (np.concatenate(column).astype(np.int64) for column in (join.op, join.a, join.b))
    data = np.concatenate(join.data)
    leaf = op < 0
    walk = _Walk(a.tolist(), b.tolist(), np.flatnonzero(~leaf).tolist(), join.tables, join.largest)
    by_parameter, by_slot = walk.derived(join.parameters, join.slots)
    kind = _kinds(join, by_parameter, by_slot)
    leaf |= kind == CONST
    op[leaf], a[leaf], b[leaf] = -1, -1, -1
    walk.inner = np.flatnonzero(~leaf).tolist()
    largest = {node: among for node, among in join.largest.items() if kind[node] != CONST}
    known = _known(kind, [*join.tables.values(), *largest.values()])
    live = walk.reaching(join.roots) & by_parameter
    live[list(largest)] = False
    live &= (kind == PARAM) | (kind == PLAIN) | (kind == LANE)
    plus = (data != 0) | ~np.signbit(data)
    columns = Columns(
        op,
        join.names,
        a,
        b,
        data,
        kind,
        live,
        np.zeros(len(op), bool),
        (kind == CONST) & plus,
        tuple(join.roots),
        np.array(sorted(set(join.pinned)), np.int64),
        tuple(join.maps),
        join.parameters,
        join.slots,
        join.tables,
        largest,
        known,
    )
    _mark_zeros(columns, walk)
    return columns


class _Walk:
    """Walks over all inner nodes, up or down: plain lists, since each step needs the one before."""

    def __init__(
        self,
        a: list[int],
        b: list[int],
        inner: list[int],
        tables: dict[int, Ints],
        largest: dict[int, Ints],
    ) -> None:
        self.a, self.b, self.inner = a, b, inner
        self.tables = {node: table.tolist() for node, table in tables.items()}
        self.largest = {node: among.tolist() for node, among in largest.items()}

    def derived(self, parameters: int, slots: int) -> tuple[Flags, Flags]:
        """Return which nodes are, or derive from, a parameter; and which from a slot, as gathers do."""
        count = len(self.a)
        # Bits: 1 derives from a parameter, 2 from a slot. The entry at the end is that of "no parent".
        bits = [1] * parameters + [2] * slots + [0] * (count - parameters - slots + 1)
        a, b, tables, largest = self.a, self.b, self.tables, self.largest
        for i in self.inner:
            bits[i] = bits[a[i]] | bits[b[i]]
            if i in tables:
                bits[i] = reduce(or_, (bits[each] for each in tables[i]), 2)
            elif i in largest:
                bits[i] = reduce(or_, (bits[each] for each in largest[i]))
        found = np.array(bits[:-1], np.int8)
        return (found & 1).astype(bool), (found & 2).astype(bool)

    def reaching(self, roots: list[int]) -> Flags:
        """Return which nodes a root hands its gradient on to, over any detour."""
        a, b, tables, largest = self.a, self.b, self.tables, self.largest
        reaches = [False] * (len(a) + 1)
        for root in roots:
            reaches[root] = True
        for i in reversed(self.inner):
            if reaches[i] and i not in largest:
                reaches[a[i]] = reaches[b[i]] = True
                if i in tables:
                    for each in tables[i]:
                        reaches[each] = True
        return np.array(reaches[:-1])


def _kinds(join: _Join, by_parameter: Flags, by_slot: Flags) -> NDArray[np.int64]:
    kind = np.where(by_slot, LANE, np.where(by_parameter, PLAIN, CONST))
    for root in join.roots:
        if kind[root] == CONST:
            kind[root] = PLAIN  # a constant loss is still computed
    kind[: join.parameters] = PARAM
    kind[join.parameters : join.parameters + join.slots] = INPUT
    return np.where(kind >= INPUT, PLAIN, kind) if join.row_by_row else kind


def _known(kind: NDArray[np.int64], read: Sequence[Ints]) -> Ints:
    """Give the constants that may be read by place, one of many, a place in memory; return them."""
    found = [nodes[kind[nodes] == CONST] for nodes in read]
    known = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    kind[known] = PLAIN
    for nodes in read:
        per_row = kind[nodes] >= INPUT
        if per_row.any() and not per_row.all():
            raise CannotCompile(
                "what is selected from, or searched for the largest, has numbers of the row beside "
                "numbers that are there once"
            )
    return known


def _mark_zeros(columns: Columns, walk: _Walk) -> None:
    """Fill `zero_sign_matters` and `never_minus`."""
    even = {name for name in columns.names if name[:2] == "**" and float(name[2:]) % 2 == 0}
    for name in _NEVER_MINUS_ZERO | even:
        columns.never_minus |= columns.named(name)
    columns.never_minus |= columns.named("mul") & (columns.a == columns.b)
    powers = {name for name in columns.names if name[:2] == "**"}
    matters = _SIGN_MATTERS | dict.fromkeys(powers, 0)
    if not matters.keys() & set(columns.names):
        return
    columns.zero_sign_matters[:] = _shown(columns, walk, matters, _SIGN_LOST | even)
    for name in _NEVER_MINUS_ZERO - {"relu", LARGEST.name}:  # numpy's maximum may give either zero
        columns.zero_sign_matters[columns.named(name)] = False


def _shown(columns: Columns, walk: _Walk, matters: dict[str, int], lost: set[str]) -> Flags:
    """Return where the sign of a zero shows, from the root down."""
    flags = [False] * (len(columns.op) + 1)
    a, b, tables = walk.a, walk.b, walk.tables
    plus = [*columns.never_minus.tolist(), False]
    square = columns.named("mul") & (columns.a == columns.b)
    lose = [*(name in lost for name in columns.names), False]
    hides = (np.array(lose)[columns.op] | square).tolist()
    adds = columns.named("add").tolist()
    which = np.array([*(matters.get(name, -1) for name in columns.names), -1])[columns.op].tolist()
    for i in reversed(walk.inner):
        x, y = a[i], b[i]
        if flags[i] and not hides[i]:
            # 0.0, or a number that is not 0, added to a zero hides its sign
            if not (adds[i] and plus[y]):
                flags[x] = True
            if not (adds[i] and plus[x]):
                flags[y] = True
            if i in tables:
                for each in tables[i]:
                    flags[each] = True
        if which[i] >= 0:
            flags[x if which[i] == 0 else y] = True
    return np.array(flags[:-1])
