"""The statements of a program as they are written, and the gradient bookkeeping between them.

The first contribution to a gradient assigns, later ones add: no array of gradients is ever cleared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .arrays import Arrays, Shape, View, is_matrix
from .columns import Columns, Ints
from .strides import strides_of

PHASES = ("values", "rows", "rows_back", "values_back")
"""The functions of a program: forward for what there is once, then a row; and back again."""


@dataclass(frozen=True)
class Line:
    """A statement, its phase, the number of the group it is done for, and which part of that it does."""

    phase: str
    text: str
    group: int
    about: object = field(default=None, compare=False)
    """Of a sum: the products or the plain terms it adds; else None."""
    to: Ints | None = field(default=None, compare=False)
    """The nodes to whose gradients it contributes."""


@dataclass(eq=False)
class Statements:
    """What has been written so far. `phase` to `to` say where the next line belongs (see `Line`)."""

    columns: Columns
    arrays: Arrays
    phase: str = PHASES[0]
    group: int = 0
    about: object = None
    to: Ints | None = None
    lines: list[Line] = field(default_factory=list)

    def __post_init__(self) -> None:
        layout = self.arrays.layout
        self._reached = {"values": np.zeros(layout.values, bool), "rows": np.zeros(layout.rows, bool)}

    def write(self, text: str) -> None:
        """Add a line."""
        self.lines.append(Line(self.phase, text, self.group, self.about, self.to))

    def reach(self, node: int) -> None:
        """Note that the node's gradient is there: of a root, it is put there beforehand."""
        nodes = np.array([node])
        self._reached[self.arrays.memory(nodes)][self.arrays.layout.address[nodes]] = True

    def read(self, nodes: Ints, tail: bool) -> str:
        """Return the name of an array of the nodes' numbers, gathered if they do not lie in steps."""
        arrays = self.arrays
        return arrays.constant(nodes, tail) or arrays.view(nodes, tail) or self._gathered(nodes, tail)

    def operand(self, nodes: Ints, tail: bool) -> str:
        """Return `read` of it for a statement that spreads; one number for all is one number."""
        if not self._per_row(nodes) and (nodes == nodes.flat[0]).all():
            return self.read(np.array(nodes.flat[0]), False)
        return self.read(nodes, tail)

    def matrix(self, nodes: Ints) -> str:
        """Return `read` of it, in a form that BLAS can read."""
        name = self.read(nodes, False)
        found = self.arrays.bindings[name]
        per_row = self._per_row(nodes)
        if not isinstance(found, View) or is_matrix(found.shape, found.steps, per_row):
            return name
        copy, new = self.arrays.buffer(("copy", name), nodes.shape, per_row)
        if new:
            self.write(f"copyto({copy}, {name})")
        return copy

    def contribute(
        self,
        nodes: Ints,
        per_row: bool,
        compute: Callable[[str], None] | None = None,
        passed: str = "",
        whole: bool = True,
    ) -> None:
        """Add to the nodes' gradients what `compute(to)` writes into `to`, or the array `passed`.

        The contribution has the shape of `nodes`, and an axis for the rows if `per_row`; an array
        that is not `whole` has yet to be spread to that shape.
        """
        if self.columns.live[nodes].any():
            self.to = nodes
            self._contribute(nodes, per_row, compute, passed, whole)
            self.to = None

    def _contribute(
        self,
        nodes: Ints,
        per_row: bool,
        compute: Callable[[str], None] | None,
        passed: str,
        whole: bool,
    ) -> None:
        to_rows = self._per_row(nodes)
        axes = [
            axis
            for axis, length in enumerate(nodes.shape)
            if length > 1 and (nodes == nodes.take([0], axis)).all()
        ]
        kept = nodes[tuple(0 if axis in axes else slice(None) for axis in range(nodes.ndim))]
        if per_row and not to_rows:
            axes.append(nodes.ndim)
        if not axes and self._lies_in_steps(kept):
            self._straight(nodes, compute, passed)
            return
        if compute:
            passed = self.arrays.scratch("r", nodes.shape, per_row)
            compute(passed)
        elif not whole:
            passed = self._whole(nodes, per_row, passed)
        if not axes:
            self._collect(kept, passed)
        elif self._lies_in_steps(kept) and self._is_first(kept):
            self.write(f"add.reduce({passed}, axis={_axes(axes)}, out={self._gradient(kept)})")
            self._note(kept)
        else:
            total = self.arrays.scratch("q", kept.shape, to_rows)
            self.write(f"add.reduce({passed}, axis={_axes(axes)}, out={total})")
            self._collect(kept, total)

    def gradient(self, nodes: Ints) -> str:
        """Return the name of a view of the gradients of a group's nodes."""
        return self._gradient(nodes)

    def _straight(self, nodes: Ints, compute: Callable[[str], None] | None, passed: str) -> None:
        to = self._gradient(nodes)
        if self._is_first(nodes):
            if compute:
                compute(to)
            else:
                self.write(f"copyto({to}, {passed})")
            self._note(nodes)
            return
        if compute:
            passed = self.arrays.scratch("r", nodes.shape, self._per_row(nodes))
            compute(passed)
        self.write(f"add({to}, {passed}, out={to})")

    def _collect(self, nodes: Ints, contribution: str) -> None:
        """Add a contribution to nodes that occur several times, or lie in no steps."""
        flat = nodes.reshape(-1)
        unique = np.unique(flat)
        if len(unique) == len(flat) and self._lies_in_steps(nodes):
            self._straight(nodes, None, contribution)
            return
        per_row = self._per_row(nodes)
        if len(unique) < len(flat):
            contribution, flat = self._summed(nodes, contribution, per_row), unique
            if self._lies_in_steps(flat):
                self._straight(flat, None, contribution)
                return
        else:
            contribution = f"{contribution}.reshape({'-1, width' if per_row else '-1'})"
        sign = "" if self._is_first(flat) else "+"
        memory = "d" + self.arrays.memory(flat)
        self.write(
            f"{memory}[{self.arrays.baked(self.arrays.layout.address[flat])}] {sign}= {contribution}"
        )
        self._note(flat)

    def _summed(self, nodes: Ints, contribution: str, per_row: bool) -> str:
        """Sum the contributions to the same node: put them side by side, add each run."""
        flat = nodes.reshape(-1)
        order = np.argsort(flat, kind="stable")
        starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
        by_node = self.arrays.scratch("s", flat.shape, per_row)
        total = self.arrays.scratch("w", starts.shape, per_row)
        shaped = f"{contribution}.reshape({'-1, width' if per_row else '-1'})"
        self.write(f"take({shaped}, {self.arrays.baked(order)}, axis=0, out={by_node}, mode='clip')")
        self.write(f"add.reduceat({by_node}, {self.arrays.baked(starts)}, axis=0, out={total})")
        return total

    def _whole(self, nodes: Ints, per_row: bool, passed: str) -> str:
        whole = self.arrays.scratch("r", nodes.shape, per_row)
        self.write(f"copyto({whole}, {passed})")
        return whole

    def _gathered(self, nodes: Ints, tail: bool) -> str:
        memory = self.arrays.memory(nodes)
        index = self.arrays.layout.address[nodes]
        per_row = memory == "rows"
        shape: Shape = (*nodes.shape, 1) if tail and not per_row else nodes.shape
        name, new = self.arrays.buffer((memory, tail, index.shape, index.tobytes()), shape, per_row)
        if new:
            at = self.arrays.baked(index[..., None] if len(shape) > index.ndim else index)
            self.write(f"take({memory}, {at}, axis=0, out={name}, mode='clip')")
        return name

    def _gradient(self, nodes: Ints) -> str:
        name = self.arrays.view(nodes, False, gradient=True)
        assert name is not None
        return name

    def _per_row(self, nodes: Ints) -> bool:
        return self.arrays.memory(nodes) == "rows"

    def _lies_in_steps(self, nodes: Ints) -> bool:
        index = self.arrays.layout.address[nodes]
        return strides_of(index) is not None and len(np.unique(index)) == index.size

    def _is_first(self, nodes: Ints) -> bool:
        """Tell whether nothing is there yet; where something is there for some, clear the others."""
        memory = self.arrays.memory(nodes)
        index = self.arrays.layout.address[nodes]
        there = self._reached[memory][index]
        if not there.any():
            return True
        if not there.all():
            missing = np.unique(index[~there])
            self.write(f"d{memory}[{self.arrays.baked(missing)}] = 0.0")
            self._reached[memory][missing] = True
        return False

    def _note(self, nodes: Ints) -> None:
        self._reached[self.arrays.memory(nodes)][self.arrays.layout.address[nodes]] = True


def _axes(axes: list[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else str(tuple(axes))
