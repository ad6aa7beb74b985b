"""The arrays that generated statements work on, each known by a name.

All numbers of a program lie in two memories: `values`, those there are once (the parameters first), and
`rows`, those there are once a row (the slots first), each with its gradients in a memory of the same
form. Almost every array of a statement is a strided view into one of them and costs nothing to make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from ..ir.dtypes import Ints
from .columns import CONST, INPUT, PARAM, Columns
from .groups import SUM, Group
from .strides import strides_of

Shape = tuple[int, ...]


@dataclass(frozen=True)
class View:
    """A strided view of a memory; `tail` adds an axis of length 1 for the rows there are not."""

    memory: str
    first: int
    shape: Shape
    steps: Shape
    tail: bool = False

    def __str__(self) -> str:
        rest = ", True" if self.tail else ""
        return f"view({self.memory}, {self.first}, {self.shape}, {self.steps}{rest})"


@dataclass(frozen=True)
class Scratch:
    """Space for what is needed within one statement only, or a buffer of its own (`slot` empty)."""

    shape: Shape
    per_row: bool
    slot: str = ""

    def __str__(self) -> str:
        return f"{'space' if self.slot else 'buffer'}({self.shape}{', rows' if self.per_row else ''})"


@dataclass(frozen=True, eq=False)
class Baked:
    """Numbers, or indices, that never change."""

    numbers: NDArray[Any]

    def __str__(self) -> str:
        word = "constants" if self.numbers.dtype == np.float64 else "indices"
        return f"{word}({self.numbers.shape})"


@dataclass(frozen=True)
class Swapped:
    """Another array with its last two axes swapped."""

    of: str

    def __str__(self) -> str:
        return f"{self.of}.swapaxes(-1, -2)"


@dataclass(frozen=True, eq=False)
class Chosen:
    """Indices made anew for every row: where the numbers lie that it chooses from tables."""

    nodes: Ints
    per_row: bool
    first: int
    """Where they begin in the memory of all that a row chooses, if there is no axis of rows."""

    def __str__(self) -> str:
        return f"chosen({self.nodes.shape}{', rows' if self.per_row else ''})"


Binding = View | Scratch | Baked | Swapped | Chosen


@dataclass(eq=False)
class Layout:
    """Where every node's number lies: its index in the memory of its class."""

    address: Ints
    values: int
    rows: int
    ones: dict[int, int] = field(default_factory=dict)
    """Where a 1 lies in every row, and the node that stands for it."""


_BY_RESULT = {"relu", "tanh", "sigmoid", "exp"}
"""Ops whose derivative is had from the result alone, so that it can take its operand's place."""


def layout_of(columns: Columns, groups: Sequence[Group], uses: Ints) -> Layout:
    """Give the groups' nodes their places, one contiguous slice a group.

    What there is in every row is followed by a number 1: a bias times that 1 is one more term of a
    matrix product that multiplies the slice before.
    """
    layout = _with_inputs(columns, groups)
    sums = {group.nodes.tobytes() for group in groups if group.op == SUM}
    for group in groups:
        operands = group.operands[0] if group.operands else group.nodes
        group.in_place = (
            group.op in _BY_RESULT
            and operands.tobytes() in sums
            and bool((uses[operands] == 1).all())
            and bool(columns.per_row[operands[0]]) == group.per_row
            and not set(columns.roots) & set(group.nodes.tolist())  # whose gradients stay as they are
        )
        if group.in_place:
            layout.address[group.nodes] = layout.address[operands]
            continue
        start = layout.rows if group.per_row else layout.values
        layout.address[group.nodes] = np.arange(start, start + len(group.nodes))
        if group.per_row:
            layout.rows += len(group.nodes)
            if len(group.nodes) > 1:
                _add_one(columns, layout)
        else:
            layout.values += len(group.nodes)
    return layout


def _with_inputs(columns: Columns, groups: Sequence[Group]) -> Layout:
    """Place the parameters and the slots, a 1 behind the slots that are multiplied."""
    address = np.full(len(columns.op), -1)
    address[: columns.parameters] = np.arange(columns.parameters)
    rights = [
        part.right
        for group in groups
        for part in group.parts
        if part.right is not None and columns.kind[part.right.flat[0]] == INPUT
    ]
    last = max((int(right.max()) for right in rights if right.shape[1] > 1), default=-1)
    inputs = np.arange(columns.parameters, columns.parameters + columns.slots)
    layout = Layout(address, columns.parameters, columns.slots)
    address[inputs] = np.arange(columns.slots)
    if columns.slots and columns.kind[inputs[0]] != INPUT:  # row by row: they are there once
        address[inputs] += columns.parameters
        layout.values, layout.rows = columns.parameters + columns.slots, 0
    address[columns.known] = np.arange(layout.values, layout.values + len(columns.known))
    layout.values += len(columns.known)
    if last >= 0:
        layout.address[inputs[inputs > last]] += 1
        layout.rows = last + 1 - columns.parameters
        _add_one(columns, layout)
        layout.rows = columns.slots + 1
    return layout


def _add_one(columns: Columns, layout: Layout) -> None:
    layout.address = np.append(layout.address, layout.rows)
    layout.ones[layout.rows] = columns.add_one()
    layout.rows += 1


@dataclass(eq=False)
class Arrays:
    """The bindings of a program by name; the same array asked for twice has one name."""

    columns: Columns
    layout: Layout
    bindings: dict[str, Binding] = field(default_factory=dict)
    _names: dict[Any, str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def memory(self, nodes: Ints) -> str:
        """Return which memory holds the nodes; all of them are of one class."""
        return "rows" if self.columns.kind[nodes.flat[0]] >= INPUT else "values"

    def constant(self, nodes: Ints, tail: bool) -> str | None:
        """Return the name of the nodes' numbers if they are constants."""
        if self.columns.kind[nodes.flat[0]] != CONST:
            return None
        numbers = self.columns.data[nodes]
        return self.baked(numbers[..., None] if tail else numbers)

    def baked(self, numbers: NDArray[Any]) -> str:
        """Return the name of an array of fixed numbers."""
        letter = "c" if numbers.dtype == np.float64 else "i"
        key = (letter, numbers.shape, numbers.tobytes())
        return self._named(key, letter, lambda: Baked(np.array(numbers, order="C")))

    def view(self, nodes: Ints, tail: bool, gradient: bool = False) -> str | None:
        """Return the name of a view of the nodes' numbers, or None where there is no such view."""
        index = self.layout.address[nodes]
        steps = strides_of(index)
        if steps is None:
            return None
        memory = self.memory(nodes)
        made = View(
            ("d" if gradient else "") + memory,
            int(index.flat[0]),
            index.shape,
            _natural(index.shape, steps),
            tail and memory == "values",
        )
        return self._named(made, ("d" if gradient else "") + self._letter(nodes), lambda: made)

    def chosen(self, nodes: Ints, per_row: bool) -> str:
        """Return the name of the indices of what these gathers read."""
        key = ("chosen", nodes.tobytes())
        return self._named(key, "j", lambda: Chosen(nodes, per_row, self.chosen_of_a_row))

    @property
    def chosen_of_a_row(self) -> int:
        """How many places a row chooses."""
        made = (binding for binding in self.bindings.values() if isinstance(binding, Chosen))
        return sum(binding.nodes.size for binding in made if not binding.per_row)

    def scratch(self, slot: str, shape: Shape, per_row: bool) -> str:
        """Return the name of scratch space; different slots are different memory."""
        made = Scratch(shape, per_row, slot)
        return self._named(made, slot, lambda: made)

    def buffer(self, key: Any, shape: Shape, per_row: bool) -> tuple[str, bool]:
        """Return the name of a buffer of its own for `key`, and whether it is new."""
        known = ("buffer", key) in self._names
        return self._named(("buffer", key), "b", lambda: Scratch(shape, per_row)), not known

    def swapped(self, name: str) -> str:
        """Return the name of the array with its last two axes swapped."""
        return self._named(("swapped", name), f"{name}_t", lambda: Swapped(name), number=False)

    def _letter(self, nodes: Ints) -> str:
        kind = self.columns.kind[nodes.flat[0]]
        return "p" if kind == PARAM else "x" if kind == INPUT else "h" if kind > INPUT else "v"

    def _named(self, key: Any, letter: str, make: Any, number: bool = True) -> str:
        if key not in self._names:
            self._counts[letter] = self._counts.get(letter, -1) + 1
            name = f"{letter}{self._counts[letter]}" if number else letter
            self._names[key] = name
            self.bindings[name] = make()
        return self._names[key]


def _natural(shape: Shape, steps: Shape) -> Shape:
    """Give axes of length 1 the step they would have in a contiguous array, as BLAS wants it."""
    found, span = [], 1
    for length, step in zip(reversed(shape), reversed(steps), strict=True):
        found.append(step if length > 1 else span)
        span = max(span, length * found[-1])
    return tuple(reversed(found))


def is_matrix(shape: Shape, steps: Shape, per_row: bool) -> bool:
    """Return whether BLAS can read the last two axes as they lie."""
    if per_row:
        return steps[-1] >= 1  # the rows are the last axis, and contiguous
    (m, k), (down, along) = shape[-2:], steps[-2:]
    return (along == 1 and down >= k) or (down == 1 and along >= m)


def bind(
    bindings: Mapping[str, Binding],
    memories: dict[str, NDArray[Any]],
    row_count: int,
    buffers: dict[str, NDArray[Any]],
    truth: type = bool,
) -> dict[str, Any]:
    """Make the arrays for a number of rows; `buffers` of what there is once are of all numbers."""
    made: dict[str, Any] = {}
    spaces = _spaces(bindings, row_count, truth)
    for name, binding in bindings.items():
        if isinstance(binding, View):
            made[name] = _strided(memories[binding.memory], binding)
        elif isinstance(binding, Baked):
            made[name] = binding.numbers
        elif isinstance(binding, Swapped):
            made[name] = made[binding.of].swapaxes(-1, -2)
        elif isinstance(binding, Chosen):
            made[name] = _chosen(memories["chosen"], binding, row_count)
        else:
            shape = (*binding.shape, row_count) if binding.per_row else binding.shape
            if binding.slot:
                made[name] = spaces[binding.slot][: _size(shape)].reshape(shape)
            elif binding.per_row:
                made[name] = np.zeros(shape)
            else:
                made[name] = buffers.setdefault(name, np.zeros(shape))
    return made


def _chosen(memory: NDArray[Any], binding: Chosen, row_count: int) -> NDArray[Any]:
    shape, first = binding.nodes.shape, binding.first
    if binding.per_row:
        return np.zeros((*shape, row_count), np.int64)
    return memory[first : first + binding.nodes.size].reshape(shape)


def _strided(memory: NDArray[Any], view: View) -> NDArray[Any]:
    tail, step = ((1,), (8,)) if view.tail else (memory.shape[1:], memory.strides[1:])
    steps = (*(each * memory.strides[0] for each in view.steps), *step)
    return as_strided(memory[view.first :], (*view.shape, *tail), steps)


def _spaces(bindings: Mapping[str, Binding], row_count: int, truth: type) -> dict[str, NDArray[Any]]:
    sizes: dict[str, int] = {}
    for binding in bindings.values():
        if isinstance(binding, Scratch) and binding.slot:
            size = _size(binding.shape) * (row_count if binding.per_row else 1)
            sizes[binding.slot] = max(size, sizes.get(binding.slot, 0))
    return {slot: np.zeros(size, truth if slot in "mn" else float) for slot, size in sizes.items()}


def _size(shape: Shape) -> int:
    return int(np.prod(shape))
