"""A job as one graph: the sample's and the penalty's columns on the same parameters.

Numbering: the parameters, the slots of a row, then every other node. Each node has a class that says
where its number lives: constants are known now, parameters and what derives from them alone exist
once, slots and what derives from them exist once a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ir.dtypes import Flags, Ints
from ..ir.job import Job
from ..ir.trace import CONSTANT, PARAMETER, SLOT, CannotCompile, Trace

PARAM, PLAIN, CONST, INPUT, LANE = range(5)
"""Classes: parameter, derived from parameters alone, constant, slot of a row, derived from slots.

Of a job that runs row by row, slots and what derives from them are there once too: they are PLAIN."""

GATHER = "gather"
"""The op of a node that is selected from a table by a slot: it reads one of many."""

# What may turn the sign of a zero into that of an infinity: the op, and which argument.
_SIGN_MATTERS = {"div": 1, "pow": 0, "log": 0, "sqrt": 0}
_SIGN_LOST = {"exp", "cos", "sigmoid", "abs", "relu"}
_NEVER_MINUS_ZERO = {"exp", "sigmoid", "abs", "relu"}


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
    known: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Constants that lie in memory, because a gather may read them."""

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
    edges = _Edges(a, b, np.flatnonzero(~leaf), join.tables)
    kind = _kinds(join, edges)
    leaf |= kind == CONST
    op[leaf], a[leaf], b[leaf] = -1, -1, -1
    known = _known(kind, join.tables)
    edges = _Edges(a, b, np.flatnonzero(~leaf), join.tables)
    live = edges.reaching(join.roots)
    live &= (kind == PARAM) | (kind == PLAIN) | (kind == LANE)
    live &= edges.derived(np.arange(len(op)) < join.parameters)
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
        known,
    )
    _mark_zeros(columns, np.flatnonzero(~leaf))
    return columns


class _Edges:
    """Who reads whom, for walks over all inner nodes."""

    def __init__(self, a: Ints, b: Ints, inner: Ints, tables: dict[int, Ints]) -> None:
        self.count = len(a)
        self._a, self._b, self._inner = a.tolist(), b.tolist(), inner.tolist()
        self._tables = {node: table.tolist() for node, table in tables.items()}

    def derived(self, start: Flags, gathers: bool = False) -> Flags:
        """Return which nodes are among those, or read one that is; or are gathers, if those count."""
        found = [*start.tolist(), False]  # the entry at the end is that of "no parent"
        a, b, tables = self._a, self._b, self._tables
        for i in self._inner:
            found[i] = found[a[i]] or found[b[i]]
            if i in tables:
                found[i] = gathers or any(found[each] for each in tables[i])
        return np.array(found[:-1])

    def reaching(self, roots: list[int]) -> Flags:
        """Return which nodes are read by one of the roots, over any detour."""
        reaches = [False] * (self.count + 1)
        for root in roots:
            reaches[root] = True
        for i in reversed(self._inner):
            if reaches[i]:
                reaches[self._a[i]] = reaches[self._b[i]] = True
                for each in self._tables.get(i, ()):
                    reaches[each] = True
        return np.array(reaches[:-1])


def _kinds(join: _Join, edges: _Edges) -> NDArray[np.int64]:
    node = np.arange(join.count)
    is_slot = (node >= join.parameters) & (node < join.parameters + join.slots)
    by_slot = edges.derived(is_slot, gathers=True)
    once = edges.derived(node < join.parameters)
    kind = np.where(by_slot, LANE, np.where(once, PLAIN, CONST))
    for root in join.roots:
        if kind[root] == CONST:
            kind[root] = PLAIN  # a constant loss is still computed
    kind[: join.parameters] = PARAM
    kind[is_slot] = INPUT
    return np.where(kind >= INPUT, PLAIN, kind) if join.row_by_row else kind


def _known(kind: NDArray[np.int64], tables: dict[int, Ints]) -> Ints:
    """Give the constants that a gather may read a place in memory; return them."""
    found = [table[kind[table] == CONST] for table in tables.values()]
    known = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    kind[known] = PLAIN
    for table in tables.values():
        per_row = kind[table] >= INPUT
        if per_row.any() and not per_row.all():
            raise CannotCompile("a table holds numbers of the row beside numbers that are there once")
    return known


def _mark_zeros(columns: Columns, inner: Ints) -> None:
    """Fill `zero_sign_matters` and `never_minus`."""
    even = {name for name in columns.names if name[:2] == "**" and float(name[2:]) % 2 == 0}
    for name in _NEVER_MINUS_ZERO | even:
        columns.never_minus |= columns.named(name)
    columns.never_minus |= columns.named("mul") & (columns.a == columns.b)
    powers = {name for name in columns.names if name[:2] == "**"}
    matters = _SIGN_MATTERS | dict.fromkeys(powers, 0)
    if not matters.keys() & set(columns.names):
        return
    flags = [False] * (len(columns.op) + 1)
    a, b, op = columns.a.tolist(), columns.b.tolist(), columns.op.tolist()
    plus = [*columns.never_minus.tolist(), False]
    lost = _SIGN_LOST | even
    for i in reversed(inner.tolist()):
        name, x, y = columns.names[op[i]], a[i], b[i]
        shows = flags[i] and name not in lost and not (name == "mul" and x == y)
        either = name == "add"  # 0.0, or a number that is not 0, added to a zero hides its sign
        flags[x] |= matters.get(name) == 0 or (shows and not (either and plus[y]))
        flags[y] |= matters.get(name) == 1 or (shows and not (either and plus[x]))
        for each in columns.tables.get(i, ()) if shows else ():
            flags[each] = True
    columns.zero_sign_matters[:] = flags[:-1]
    for name in _NEVER_MINUS_ZERO - {"relu"}:  # numpy's maximum may give either zero
        columns.zero_sign_matters[columns.named(name)] = False
