"""Code generation for numpy: the statements as they are written, and which gradients have begun.

The first contribution to a gradient assigns, later ones add: no array of gradients is ever cleared.
Each statement keeps what it is for, so that the fold can be explained without reading its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..ir.dtypes import Ints
from .arrays import Arrays, Scratch, Shape, View, is_matrix
from .columns import Columns
from .strides import strides_of
from .templates import Role, Template

PHASES = ("values", "rows", "rows_back", "values_back")
"""The functions of a program: forward for what there is once, then a row; and back again."""


@dataclass(frozen=True)
class Statement:
    """A line of numpy source, and what it is for."""

    phase: str
    text: str
    role: Role
    arrays: tuple[str, ...]
    """The arrays it names, in order."""
    group: int
    """The number of the group it computes, or whose gradients it hands on."""
    about: object = field(default=None, compare=False)
    """Of a sum: the products or the plain terms it adds; else None."""
    to: Ints | None = field(default=None, compare=False)
    """The nodes to whose gradients it contributes."""

    @property
    def forward(self) -> bool:
        """Whether it belongs to the forward pass."""
        return self.phase in PHASES[:2]

    @property
    def function(self) -> str:
        """The numpy function it calls."""
        return self.text.partition("(")[0]


@dataclass(eq=False)
class Statements:
    """What has been written so far. `phase` to `to` say where the next one belongs (see `Statement`)."""

    columns: Columns
    arrays: Arrays
    phase: str = PHASES[0]
    group: int = 0
    about: object = None
    to: Ints | None = None
    written: list[Statement] = field(default_factory=list)

    def __post_init__(self) -> None:
        layout = self.arrays.layout
        self._reached = {"values": np.zeros(layout.values, bool), "rows": np.zeros(layout.rows, bool)}

    def write(self, text: str, role: Role = Role.RESULT, **names: str) -> None:
        """Add a statement, the text of a template in whose braces `names` come."""
        self.fill(Template(text, role), names)

    def fill(self, template: Template, names: Mapping[str, str]) -> None:
        """Add a statement; `names` may hold more than the template names."""
        named = dict.fromkeys(names[name] for name in template.names)
        arrays = tuple(name for name in named if name in self.arrays.bindings)
        text = template.text.format_map(names)
        whose = (self.group, self.about, self.to)
        self.written.append(Statement(self.phase, text, template.role, arrays, *whose))

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
            self.write("copyto({copy}, {x})", Role.COPY, copy=copy, x=name)
        return copy

    def clear(self, nodes: Ints) -> None:
        """Let every gradient of these nodes have begun, be it with 0."""
        if self._is_first(nodes):
            index = self.arrays.layout.address[nodes]
            self.write(
                f"d{self.arrays.memory(nodes)}[{{at}}] = 0.0", Role.CLEAR, at=self.arrays.baked(index)
            )
            self._note(nodes)

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
            self._reduce(passed, axes, self._gradient(kept))
            self._note(kept)
        else:
            total = self.arrays.scratch("q", kept.shape, to_rows)
            self._reduce(passed, axes, total)
            self._collect(kept, total)

    def _reduce(self, x: str, axes: list[int], to: str) -> None:
        over = str(axes[0]) if len(axes) == 1 else str(tuple(axes))
        self.write(f"add.reduce({{x}}, axis={over}, out={{to}})", x=x, to=to)

    def gradient(self, nodes: Ints) -> str:
        """Return the name of a view of the gradients of a group's nodes."""
        return self._gradient(nodes)

    def _straight(self, nodes: Ints, compute: Callable[[str], None] | None, passed: str) -> None:
        to = self._gradient(nodes)
        if self._is_first(nodes):
            if compute:
                compute(to)
            else:
                self.write("copyto({to}, {g})", to=to, g=passed)
            self._note(nodes)
            return
        if compute:
            passed = self.arrays.scratch("r", nodes.shape, self._per_row(nodes))
            compute(passed)
        computed = isinstance(self.arrays.bindings[passed], Scratch)
        role = Role.ACCUMULATE if computed else Role.RESULT
        self.write("add({to}, {g}, out={to})", role, to=to, g=passed)

    def _collect(self, nodes: Ints, contribution: str) -> None:
        """Add a contribution to nodes that occur several times, or lie in no steps."""
        flat = nodes.reshape(-1)
        unique = np.unique(flat)
        if len(unique) == len(flat) and self._lies_in_steps(nodes):
            self._straight(nodes, None, contribution)
            return
        per_row = self._per_row(nodes)
        shaped = flattening(per_row)
        if len(unique) < len(flat):
            contribution, flat, shaped = self._summed(nodes, contribution, per_row), unique, ""
            if self._lies_in_steps(flat):
                self._straight(flat, None, contribution)
                return
        self._scatter(flat, contribution, shaped)

    def _scatter(self, nodes: Ints, contribution: str, shaped: str) -> None:
        first = self._is_first(nodes)
        memory, at = "d" + self.arrays.memory(nodes), self.arrays.baked(self.arrays.layout.address[nodes])
        text = f"{memory}[{{at}}] {'=' if first else '+='} {{g}}{shaped}"
        self.write(text, Role.SCATTER if first else Role.SCATTER_ADD, at=at, g=contribution)
        self._note(nodes)

    def _summed(self, nodes: Ints, contribution: str, per_row: bool) -> str:
        """Sum the contributions to the same node: put them side by side, add each run."""
        flat = nodes.reshape(-1)
        order = np.argsort(flat, kind="stable")
        starts = np.flatnonzero(np.diff(flat[order], prepend=-1))
        by_node = self.arrays.scratch("s", flat.shape, per_row)
        total = self.arrays.scratch("w", starts.shape, per_row)
        take = f"take({{g}}{flattening(per_row)}, {{order}}, axis=0, out={{by_node}}, mode='clip')"
        self.write(take, Role.ALIGN, g=contribution, order=self.arrays.baked(order), by_node=by_node)
        add = "add.reduceat({by_node}, {starts}, axis=0, out={total})"
        starting = self.arrays.baked(starts)
        self.write(add, Role.ADD_RUNS, by_node=by_node, starts=starting, total=total)
        return total

    def _whole(self, nodes: Ints, per_row: bool, passed: str) -> str:
        whole = self.arrays.scratch("r", nodes.shape, per_row)
        self.write("copyto({whole}, {g})", whole=whole, g=passed)
        return whole

    def _gathered(self, nodes: Ints, tail: bool) -> str:
        memory = self.arrays.memory(nodes)
        index = self.arrays.layout.address[nodes]
        per_row = memory == "rows"
        shape: Shape = (*nodes.shape, 1) if tail and not per_row else nodes.shape
        name, new = self.arrays.buffer((memory, tail, index.shape, index.tobytes()), shape, per_row)
        if new:
            at = self.arrays.baked(index[..., None] if len(shape) > index.ndim else index)
            take = f"take({memory}, {{at}}, axis=0, out={{to}}, mode='clip')"
            self.write(take, Role.GATHER, at=at, to=name)
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
        """Return whether nothing is there yet; where something is there for some, clear the others."""
        memory = self.arrays.memory(nodes)
        index = self.arrays.layout.address[nodes]
        there = self._reached[memory][index]
        if not there.any():
            return True
        if not there.all():
            missing = np.unique(index[~there])
            self.write(f"d{memory}[{{at}}] = 0.0", Role.CLEAR, at=self.arrays.baked(missing))
            self._reached[memory][missing] = True
        return False

    def _note(self, nodes: Ints) -> None:
        self._reached[self.arrays.memory(nodes)][self.arrays.layout.address[nodes]] = True


def flattening(per_row: bool) -> str:
    """Return what makes an array of contributions one to index by node."""
    return f".reshape({'-1, width' if per_row else '-1'})"
