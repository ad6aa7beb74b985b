"""A trace: the graph in columns, as every backend compiles it. A node is its index, after its parents.

A graph of 65,818 Values becomes six arrays. Leaves are of three kinds: the parameter i, slot j of a row
(an input or a target, a new number for every row), or a constant. Nothing else of the user's code is
left, but for the comparisons it made, which are kept as guards: the graph holds only while they have
the answers they had.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...graph import toposort
from ...ops import Op
from ...value import Value
from .beside import Beside, Comparison, Selection, recorded_beside
from .dtypes import Ints

LARGEST = Op("largest", "largest", None, None)
"""The row of such a leaf in a trace: its number is looked for in every pass, and no gradient passes."""

INNER, PARAMETER, SLOT, CONSTANT = range(4)
"""Kinds of nodes. A leaf is one of the last three; a constant never changes."""


class CannotCompile(ValueError):
    """The graph has no compiled form; the sentence says why."""


@dataclass(frozen=True)
class Guard:
    """A comparison of two nodes, `left < right`, and the answer it had while the graph was built."""

    left: int
    sign: str
    right: int | float
    """A node, or the number that was compared with if `plain`."""
    answer: bool
    plain: bool


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """A graph in columns, in topological order."""

    nodes: list[Value]
    ops: tuple[Op, ...]
    """The rows of the table that occur; `**2` and `**3` are two."""
    op: NDArray[np.int16]
    """Index in `ops`, -1 for a leaf."""
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    """The parents, -1 where there is none."""
    data: NDArray[np.float64]
    """The numbers while it was traced; the only source of a constant's."""
    kind: NDArray[np.int8]
    index: NDArray[np.int32]
    """Which parameter, or which slot of the row; -1 for other nodes."""
    root: int
    parameters: int
    slots: int
    guards: tuple[Guard, ...] = ()
    tables: dict[int, Ints] = field(default_factory=dict)
    """Of the nodes selected by a number of the row: all that could be chosen, by the number."""
    largest: dict[int, Ints] = field(default_factory=dict)
    """Of the leaves that have the largest number of some nodes: those nodes, of which `a` is the last."""

    def __len__(self) -> int:
        return len(self.op)

    def without_nodes(self) -> Trace:
        """Return the columns alone, if no guard has a node to name: Values take most of the memory."""
        return self if self.guards else replace(self, nodes=[])

    def __contains__(self, node: Value) -> bool:
        return node in self._positions

    def position(self, node: Value) -> int:
        """Return the index of a Value of the graph; raise ValueError for another one."""
        found = self._positions.get(node)
        if found is None:
            raise ValueError("this Value is not in the graph that was compiled")
        return found

    @property
    def _positions(self) -> dict[Value, int]:
        if "positions" not in self.__dict__:
            self.__dict__["positions"] = {node: place for place, node in enumerate(self.nodes)}
        found: dict[Value, int] = self.__dict__["positions"]
        return found


def trace_graph(
    loss: Value, parameters: Sequence[Value], comparisons: Iterable[Comparison] = ()
) -> Trace:
    """Return the graph under `loss` in columns; leaves that are no parameters are constants."""
    return _columns(loss, parameters, (), Beside(list(comparisons)))


def trace_sample(
    sample_loss: Callable[[tuple[Value, ...]], Any], parameters: Sequence[Value], row: Sequence[Any]
) -> Trace:
    """Run `sample_loss` once, on fresh leaves with the row's numbers, and return its graph.

    The leaves are fresh so that each stays a slot of its own: equal numbers, or one Value used as
    both an input and a target, are never merged.
    """
    nested = next((x for x in row if isinstance(x, list | tuple)), None)
    if nested is not None:
        raise TypeError(
            f"a row is a flat tuple of numbers, inputs and targets alike, not one that holds {nested!r}: "
            "write (*x, y) for (x, y)"
        )
    slots = tuple(_fresh(x) for x in row)
    with collector_off():
        with recorded_beside() as beside:
            loss = sample_loss(slots)
        return _columns(_as_value(loss), parameters, slots, beside)


def trace_penalty(penalty: Callable[[], Any], parameters: Sequence[Value]) -> Trace:
    """Run `penalty` once and return its graph, which has no slots."""
    return trace_sample(lambda row: penalty(), parameters, ())


@contextmanager
def collector_off() -> Iterator[None]:
    """Keep the cyclic garbage collector away: nothing here makes cycles, and it would walk all Values."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _columns(root: Value, parameters: Sequence[Value], slots: Sequence[Value], beside: Beside) -> Trace:
    _check_parameters(parameters)
    selections = _by_data(slots, beside.selections)
    nodes = _sorted(root, replace(beside, selections=selections))
    position: dict[Any, int] = dict(zip(nodes, range(len(nodes)), strict=True))
    position[None] = -1
    largest = _places(position, beside.largest)
    ops: dict[Any, int] = {None: -1}
    for op in dict.fromkeys(map(attrgetter("op"), nodes)):
        ops.setdefault(op, len(ops) - 1)
    rows = [op for op in ops if op is not None]
    _check_ops(rows, nodes)
    op_column = _column(map(ops.__getitem__, map(attrgetter("op"), nodes)), np.int16, len(nodes))
    a, b = (
        _column(map(position.__getitem__, map(attrgetter(side), nodes)), np.int32, len(nodes))
        for side in ("first", "second")
    )
    for node, among in largest.items():
        op_column[node], a[node] = len(rows), among.max()
    return Trace(
        nodes,
        (*rows, LARGEST) if largest else tuple(rows),
        op_column,
        a,
        b,
        _column(map(attrgetter("data"), nodes), np.float64, len(nodes)),
        *_kinds(op_column, position, parameters, slots),
        position[root],
        len(parameters),
        len(slots),
        _guards(beside.comparisons, position),
        _places(position, ((node, table) for node, table, _ in selections)),
        largest,
    )


def _places(position: dict[Any, int], read: Iterable[tuple[Value, Sequence[Value]]]) -> dict[int, Ints]:
    """Return of some nodes of the graph what each may read, as places in the columns."""
    return {
        position[node]: np.array([position[each] for each in nodes])
        for node, nodes in read
        if node in position
    }


def _kinds(
    op: NDArray[np.int16],
    position: dict[Any, int],
    parameters: Sequence[Value],
    slots: Sequence[Value],
) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
    """Return the columns `kind` and `index`."""
    kind = np.where(op < 0, CONSTANT, INNER).astype(np.int8)
    index = np.full(len(op), -1, np.int32)
    for leaves, of_kind in ((parameters, PARAMETER), (slots, SLOT)):
        for i, leaf in enumerate(leaves):
            if leaf in position:
                kind[position[leaf]], index[position[leaf]] = of_kind, i
    return kind, index


def _by_data(slots: Sequence[Value], selections: Sequence[Selection]) -> list[Selection]:
    """Return the selections whose index is made of a row's numbers."""
    given, made = set(slots), dict[Value, bool]()
    for _, _, where in selections:
        if where not in made:
            made[where] = where in given or (
                where.op is not None and not given.isdisjoint(toposort(where))
            )
    return [selection for selection in selections if made[selection[2]]]


def _sorted(root: Value, beside: Beside) -> list[Value]:
    """Return the graph in order, with what is compared, chosen from and searched in it."""
    nodes = toposort(root)
    sides = (side for made in beside.comparisons for side in (made[0], made[2]))
    others = {side for side in sides if isinstance(side, Value)}
    others.update(each for _, table, _ in beside.selections for each in table)
    others.update(each for _, among in beside.largest for each in among)
    missing = others.difference(nodes) if others else ()
    leaves = [node for node in missing if node.op is None]
    if len(leaves) < len(missing) or (leaves and beside.largest):  # a leaf found comes after its nodes
        below = {node for side in missing for node in toposort(side)}
        return sorted(below.union(nodes), key=attrgetter("serial"))
    return [*sorted(leaves, key=attrgetter("serial")), *nodes]


def _guards(comparisons: Iterable[Comparison], position: dict[Any, int]) -> tuple[Guard, ...]:
    made = (
        Guard(position[left], sign, right, answer, True)
        if not isinstance(right, Value)
        else Guard(position[left], sign, position[right], answer, False)
        for left, sign, right, answer in comparisons
    )
    return tuple(dict.fromkeys(made))


def _column(numbers: Iterable[Any], kind: Any, count: int) -> NDArray[Any]:
    return np.fromiter(numbers, kind, count)


def _check_parameters(parameters: Sequence[Value]) -> None:
    for i, parameter in enumerate(parameters):
        if parameter.op is not None:
            raise CannotCompile(f"parameter {i} is not a leaf: it is the result of {parameter.op.name}")
    if len(set(parameters)) < len(parameters):
        raise CannotCompile("a parameter is given twice")


def _check_ops(ops: Iterable[Op], nodes: Iterable[Value]) -> None:
    for op in ops:
        if op.forward is None or op.vjps is None:
            count = sum(node.op is op for node in nodes)
            raise CannotCompile(
                f"{count} of the nodes have a rule of their own ({op.name or 'no name'}): "
                "only ops of the table can be compiled"
            )


def _fresh(x: Any) -> Value:
    return Value(x.data, label=x.label) if isinstance(x, Value) else Value(x)


def _as_value(loss: Any) -> Value:
    return loss if isinstance(loss, Value) else Value(loss)
