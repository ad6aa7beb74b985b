"""The fold: a graph of scalars becomes numpy source, forward and backward.

Steps 1 to 3, sums, groups and grids, have files of their own; here are the last two, from groups to
statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..ir.dtypes import Ints
from ..ir.job import Job
from ..ir.trace import LARGEST
from .arrays import Arrays, Layout, layout_of
from .columns import GATHER, PARAM, Columns, columns_of
from .grids import gridded
from .groups import SUM, Group, Part, groups_of
from .op_table import PASS_ON, NumpyOp, numpy_op
from .products import products_of, with_bias
from .statements import PHASES, Statement, Statements
from .strides import shape_for
from .sums import Formulas, formulas_of
from .templates import Role, Template
from .too_deep import MOST, DoesNotFold, refuse_deep

_FEW = 3
"""Up to so many plain terms are added one after the other, more are reduced."""


@dataclass(frozen=True, eq=False)
class Fold:
    """A folded job: the groups, where their numbers lie, and the statements that compute them."""

    columns: Columns
    formulas: Formulas
    groups: list[Group]
    layout: Layout
    arrays: Arrays
    statements: list[Statement]

    @property
    def source(self) -> str:
        """The numpy source: the arrays by name, then a function a phase."""
        made = [f"{name} = {binding}" for name, binding in self.arrays.bindings.items()]
        return "\n".join([*made, *self.functions])

    def stages(self) -> dict[str, int]:
        """Return how many there are at each stage: nodes, formulas, groups, forward statements."""
        inner = int(np.count_nonzero(self.columns.op >= 0))
        forward = sum(statement.forward for statement in self.statements)
        return {
            "nodes": len(self.columns.maps[0]) + sum(map(len, self.columns.maps[1:])),
            "operations": inner,
            "formulas": len(self.formulas.nodes),
            "groups": len(self.groups),
            "statements": forward,
        }

    def behind(self, statement: Statement) -> tuple[Ints, ...]:
        """Return the nodes a statement is for, those absorbed too: positions in each trace of the job."""
        wanted = np.isin(self.formulas.owner, self.groups[statement.group].nodes)
        return tuple(np.flatnonzero(wanted[numbers]) for numbers in self.columns.maps)

    @property
    def functions(self) -> list[str]:
        """The source of the functions alone; what a process executes."""
        made = []
        for phase in PHASES:
            texts = [statement.text for statement in self.statements if statement.phase == phase]
            made.append(f"\n\ndef {phase}_phase():\n    " + "\n    ".join(texts or ["pass"]))
        return made


def fold(job: Job) -> Fold:
    """Fold a job; raise DoesNotFold where that gives far too many groups."""
    refuse_deep(job)
    columns = columns_of(job)
    formulas = formulas_of(columns)
    groups = [part for group in groups_of(columns, formulas) for part in gridded(group)]
    if len(groups) > MOST:
        raise DoesNotFold(f"this graph folds into {len(groups):,} groups, too many to gain by it")
    layout = layout_of(columns, groups, formulas.uses)
    statements = Statements(columns, Arrays(columns, layout))
    writers = [_writer(statements, group) for group in groups]
    numbered = list(enumerate(writers))
    per_row = [i for i, group in enumerate(groups) if group.per_row]
    once = [i for i, group in enumerate(groups) if not group.per_row]
    for phase, which in (("values", once), ("rows", per_row)):
        for i in which:
            statements.phase, statements.group, statements.about = phase, i, None
            numbered[i][1].forward()
    for root in columns.roots:
        statements.reach(root)
    for phase, which in (("rows_back", per_row), ("values_back", once)):
        for i in sorted(which, key=lambda i: (_feeds_parameters_only(columns, groups[i]), -i)):
            statements.phase, statements.group, statements.about = phase, i, None
            if groups[i].live:
                numbered[i][1].backward()
    return Fold(columns, formulas, groups, layout, statements.arrays, statements.written)


def _feeds_parameters_only(columns: Columns, group: Group) -> bool:
    """Return whether a group is of parameters alone, as an L2 term: after the others, it adds to all."""
    factors = [nodes for part in group.parts for nodes in (part.left, part.right) if nodes is not None]
    return bool(factors) and all((columns.kind[nodes] == PARAM).all() for nodes in factors)


def _writer(statements: Statements, group: Group) -> _Sum | _Op | _Gather | _Largest:
    if group.op == GATHER:
        return _Gather(statements, group)
    if group.op == LARGEST.name:
        return _Largest(statements, group)
    return _Sum(statements, group) if group.op == SUM else _Op(statements, group)


class _Gather:
    """The statements of a group of nodes that a row's numbers choose from tables: read, and add back."""

    def __init__(self, statements: Statements, group: Group) -> None:
        self.statements, self.nodes = statements, group.nodes
        tables = [statements.columns.tables[node] for node in group.nodes.tolist()]
        self.choices = np.unique(np.concatenate(tables))
        many_rows = group.per_row and not statements.columns.per_row[self.choices[0]]
        self.apart = len(self.choices) == sum(map(len, tables)) and not many_rows
        """Whether no two of them can choose the same number."""
        self.at = statements.arrays.chosen(group.nodes, group.per_row)

    def forward(self) -> None:
        arrays = self.statements.arrays
        memory, out = arrays.memory(self.choices), arrays.view(self.nodes, False)
        text = f"take({memory}, {{at}}, out={{out}}, mode='clip')"
        self.statements.write(text, at=self.at, out=out or "")

    def backward(self) -> None:
        choices = self.choices[self.statements.columns.live[self.choices]]
        if not len(choices):
            return
        self.statements.clear(self.choices)
        memory, g = self.statements.arrays.memory(choices), self.statements.gradient(self.nodes)
        to = f"d{memory}.reshape(-1)" if memory == "rows" else f"d{memory}"
        text = f"{to}[{{at}}] += {{g}}" if self.apart else f"add.at({to}, {{at}}, {{g}})"
        self.statements.write(text, at=self.at, g=g)


class _Largest:
    """The statements of a group of leaves that have the largest number of some nodes each."""

    def __init__(self, statements: Statements, group: Group) -> None:
        self.statements, self.group = statements, group

    def forward(self) -> None:
        arrays, write = self.statements.arrays, self.statements.write
        among = [self.statements.columns.largest[node] for node in self.group.nodes.tolist()]
        lengths, nodes = [len(each) for each in among], np.concatenate(among)
        by_leaf = arrays.scratch("s", nodes.shape, self.group.per_row)
        take = f"take({arrays.memory(nodes)}, {{at}}, axis=0, out={{by_leaf}}, mode='clip')"
        write(take, Role.GATHER, at=arrays.baked(arrays.layout.address[nodes]), by_leaf=by_leaf)
        starts, out = arrays.baked(np.cumsum([0, *lengths[:-1]])), arrays.view(self.group.nodes, False)
        largest = "maximum.reduceat({by_leaf}, {starts}, axis=0, out={out})"
        write(largest, by_leaf=by_leaf, starts=starts, out=out or "")
        if self.group.exact_zero:
            write("add({out}, 0.0, out={out})", Role.UNSIGN_ZERO, out=out or "")

    def backward(self) -> None:
        """No gradient goes through them."""


class _Op:
    """The statements of a group of one op."""

    def __init__(self, statements: Statements, group: Group) -> None:
        self.statements = statements
        self.group = group
        self.op: NumpyOp = numpy_op(group.op, group.exact_zero)
        address = statements.arrays.layout.address
        flat = [address[nodes] for nodes in group.operands if (address[nodes] >= 0).all()]
        shape = shape_for(flat) if flat else group.nodes.shape
        self.out = group.nodes.reshape(shape)
        self.operands = [nodes.reshape(shape) for nodes in group.operands]

    def forward(self) -> None:
        out = self.statements.arrays.view(self.out, False)
        assert out is not None
        for template in self.op.forward:
            self._write(template, out=out)

    def backward(self) -> None:
        if self.group.in_place:
            g = self.statements.gradient(self.out)
            kept = [template for template in self.op.backward[0] if template != PASS_ON]
            self._compute(kept, g)(g)
            return
        for nodes, templates in zip(self.operands, self.op.backward, strict=True):
            g = self.statements.gradient(self.out)
            per_row = self.group.per_row
            if templates:
                self.statements.contribute(nodes, per_row, self._compute(templates, g))
            else:
                self.statements.contribute(nodes, per_row, passed=g)

    def _compute(self, templates: Sequence[Template], g: str) -> Callable[[str], None]:
        def compute(to: str) -> None:
            out = self.statements.arrays.view(self.out, False)
            for template in templates:
                self._write(template, g=g, to=to, out=out or "")

        return compute

    def _write(self, template: Template, **names: str) -> None:
        for name in template.names:
            if name not in names:
                names[name] = self._array(name)
        self.statements.fill(template, names)

    def _array(self, name: str) -> str:
        """Return the array that stands for a name of a template."""
        arrays, per_row = self.statements.arrays, self.group.per_row
        if name in self.op.numbers:
            return arrays.baked(np.array(self.op.numbers[name]))
        if name in ("a", "b"):
            return self.statements.operand(self.operands["ab".index(name)], per_row)
        return arrays.scratch(name, self.out.shape, per_row)


class _Sum:
    """The statements of a group of sums: every part writes, or is added to, the results."""

    def __init__(self, statements: Statements, group: Group) -> None:
        self.statements = statements
        self.group = group
        self.products = [
            products_of(statements, group, part) for part in group.parts if part.right is not None
        ]
        self.plain = [
            nodes for part in group.parts if part.right is None for nodes in self._columns(part)
        ]
        self._fuse_biases()
        self.products.sort(key=lambda each: each.left.shape[-1], reverse=True)
        self.shape = self._shape()

    def forward(self) -> None:
        first = True
        for each in self.products:
            self.statements.about = each
            out = self._out(each.out)
            if first:
                each.forward(self.statements, out)
            else:
                scratch = self.statements.arrays.scratch("o", each.out.shape, self.group.per_row)
                each.forward(self.statements, scratch)
                self._add_part(out, scratch)
            first = False
        rest = self._after_two() if first else self.plain
        for nodes in rest:
            self.statements.about = nodes
            self._add(nodes, first and rest is self.plain)
            first = False

    def _after_two(self) -> list[Ints]:
        """Add the first two plain terms in one statement, if that is possible; return the others."""
        if len(self.plain) < 2 or any(nodes.shape[1] > 1 for nodes in self.plain[:2]):
            return self.plain
        self.statements.about = np.concatenate(self.plain[:2], axis=1)
        out = self._out(self.group.nodes.reshape(self.shape))
        names = [
            self.statements.operand(nodes.reshape(self.shape), self.group.per_row)
            for nodes in self.plain[:2]
        ]
        self.statements.write("add({a}, {b}, out={out})", a=names[0], b=names[1], out=out)
        return self.plain[2:]

    def backward(self) -> None:
        for each in self.products:
            self.statements.about = each
            each.backward(self.statements)
        for nodes in self.plain:
            self.statements.about = nodes
            self._pass_on(nodes)

    def _fuse_biases(self) -> None:
        for nodes in [nodes for nodes in self.plain if nodes.shape[1] == 1]:
            for i, each in enumerate(self.products):
                if fused := with_bias(self.statements, each, nodes):
                    self.products[i] = fused
                    self.plain = [other for other in self.plain if other is not nodes]
                    break

    def _shape(self) -> tuple[int, ...]:
        if self.products or len(self.group.shape) == 3:
            return self.group.shape
        address = self.statements.arrays.layout.address
        single = [address[n[:, 0]] for n in self.plain if n.shape[1] == 1 and (address[n] >= 0).all()]
        return shape_for(single) if single else self.group.shape

    def _columns(self, part: Part) -> list[Ints]:
        """Return the plain terms, as (members, terms) to reduce, or one by one as (members, 1)."""
        terms = part.left
        there_once = not self.statements.columns.per_row[terms.flat[0]]
        if terms.shape[1] <= _FEW or (self.group.per_row and there_once):
            return [terms[:, i : i + 1] for i in range(terms.shape[1])]
        return [terms]

    def _add(self, nodes: Ints, first: bool) -> None:
        out = self._out(self.group.nodes.reshape(self.shape))
        if nodes.shape[1] == 1:
            name = self.statements.operand(nodes.reshape(self.shape), self.group.per_row)
            text = "copyto({out}, {x})" if first else "add({out}, {x}, out={out})"
            self.statements.write(text, out=out, x=name)
            return
        name = self.statements.read(nodes.reshape(*self.shape, -1), False)
        to = out if first else self.statements.arrays.scratch("o", self.shape, self.group.per_row)
        text = f"add.reduce({{x}}, axis={len(self.shape)}, out={{to}})"
        self.statements.write(text, x=name, to=to)
        if not first:
            self._add_part(out, to)

    def _add_part(self, out: str, part: str) -> None:
        self.statements.write("add({out}, {x}, out={out})", Role.ADD_TO_SUMS, out=out, x=part)

    def _pass_on(self, nodes: Ints) -> None:
        g_nodes = self.group.nodes.reshape(self.shape)
        if nodes.shape[1] == 1:
            g = self.statements.gradient(g_nodes)
            self.statements.contribute(nodes.reshape(self.shape), self.group.per_row, passed=g)
        else:
            g = self.statements.gradient(g_nodes[..., None])
            self.statements.contribute(
                nodes.reshape(*self.shape, -1), self.group.per_row, passed=g, whole=False
            )

    def _out(self, nodes: Ints) -> str:
        name = self.statements.arrays.view(nodes, False)
        assert name is not None
        return name
