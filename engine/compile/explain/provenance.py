"""Provenance: which scalar operations of the graph became which array operation of the fold.

An array operation is what a statement, with those that prepare it, does forward: a part of the sums of a
group, or an op on all nodes of a group. Its statements backward go with it. Every operation of the graph
belongs to one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..fold.fold import Fold
from ..fold.groups import SUM, Group
from ..fold.products import Products
from ..fold.statements import Statement
from ..ir.dtypes import Ints
from ..ir.trace import Trace

_FEW = 3
"""Of so few terms each is looked for in its own sum; of more, in all sums of the group."""


@dataclass(eq=False)
class ArrayOp:
    """An operation on arrays. `about` is a sum's products or plain terms, None for an op of the table."""

    group: int
    of: Group
    about: object

    @property
    def products(self) -> Products | None:
        """What is multiplied, if anything is."""
        return self.about if isinstance(self.about, Products) else None

    @property
    def terms(self) -> Ints | None:
        """What is added as it is: a row a sum, a column a term."""
        return self.about if isinstance(self.about, np.ndarray) else None


@dataclass(eq=False)
class Provenance:
    """All array operations, in the order in which they are done forward, and what belongs to each."""

    array_ops: list[ArrayOp]
    of_statement: list[int]
    of_node: Ints
    """By position in the trace: the array operation that an operation became part of, -1 for a leaf."""
    absorbed: Ints
    """By position in the trace: 1 for an operation that keeps no number of its own."""


def provenance_of(fold: Fold, trace: Trace) -> Provenance:
    """Divide the operations of a folded graph among its array operations."""
    found: list[ArrayOp] = []
    numbers: dict[tuple[int, int], int] = {}
    of_statement = []
    for statement in fold.statements:
        key = (statement.group, id(statement.about))
        if key not in numbers:
            same = None if statement.forward else _wider(statement, found)
            numbers[key] = len(found) if same is None else same
            if same is None:
                group = fold.groups[statement.group]
                found.append(ArrayOp(statement.group, group, statement.about))
        of_statement.append(numbers[key])
    numbering = fold.columns.maps[0]
    by_column = _behind(fold, found)
    of_node = np.where(trace.op >= 0, by_column[numbering], -1)
    keeps = (fold.columns.op >= 0) & ~fold.formulas.absorbed
    absorbed = (trace.op >= 0) & ~keeps[numbering]
    _place_constants(trace, of_node)
    return Provenance(found, of_statement, of_node, absorbed.astype(np.int64))


def _wider(statement: Statement, array_ops: list[ArrayOp]) -> int | None:
    """Return which array operation adds, with others, the terms a backward statement is about."""
    about = statement.about
    if not isinstance(about, np.ndarray):
        return None
    for i, each in enumerate(array_ops):
        mine = each.terms if each.group == statement.group else None
        if mine is not None and (mine == about[:, :1]).all(0).any():
            return i
    return None


def _behind(fold: Fold, array_ops: list[ArrayOp]) -> Ints:
    """Return for every node of the columns the array operation it is part of, -1 if none."""
    columns, owner = fold.columns, fold.formulas.owner
    of = np.full(len(columns.op), -1)
    group_of = np.full(len(columns.op), -1)
    for i, group in enumerate(fold.groups):
        group_of[group.nodes] = i
    inner = np.flatnonzero(columns.op >= 0)
    groups = group_of[owner[inner]]
    by_group = inner[np.argsort(groups, kind="stable")]
    bounds = np.searchsorted(np.sort(groups), np.arange(len(fold.groups) + 1))
    mine: list[list[int]] = [[] for _ in fold.groups]
    for i, each in enumerate(array_ops):
        mine[each.group].append(i)
    for i, group in enumerate(fold.groups):
        nodes = by_group[bounds[i] : bounds[i + 1]]
        of[nodes] = mine[i][0]
        if group.op == SUM and len(mine[i]) > 1:
            _divide(fold, nodes, [(k, array_ops[k]) for k in mine[i]], of)
    return of


def _divide(fold: Fold, nodes: Ints, array_ops: list[tuple[int, ArrayOp]], of: Ints) -> None:
    """Divide the operations of a group of sums: an addition goes with the plain term it adds."""
    columns, owner = fold.columns, fold.formulas.owner
    adds, products = (nodes[columns.named(name)[nodes]] for name in ("add", "mul"))
    of[nodes] = array_ops[0][0] if array_ops[0][1].products else array_ops[-1][0]
    row = np.full(len(columns.op), -1)
    members = array_ops[0][1].of.nodes
    row[members] = np.arange(len(members))
    for number, each in array_ops:
        if each.products:
            factors = each.products.left, each.products.right
            sort = sorted(columns.kind[factor.flat[0]] for factor in factors)
            pairs = np.sort(
                np.column_stack([columns.kind[columns.a[products]], columns.kind[columns.b[products]]]),
                axis=1,
            )
            of[products[(pairs == sort).all(axis=1)]] = number
        elif each.terms is not None:
            parents = np.column_stack([columns.a[adds], columns.b[adds]])
            if each.terms.shape[1] <= _FEW:
                mine = each.terms[row[owner[adds]]]
                hit = (parents[:, :, None] == mine[:, None]).any(axis=2)
            else:
                hit = np.isin(parents, each.terms)
            of[adds[hit.any(axis=1)]] = number


def _place_constants(trace: Trace, of_node: Ints) -> None:
    """Let operations on constants alone, done once and for all, go with the first who needs them."""
    lost = np.flatnonzero((trace.op >= 0) & (of_node < 0))
    if not len(lost):
        return
    inner = np.flatnonzero(trace.op >= 0)[::-1]
    consumer = np.full(len(trace), -1)
    consumer[trace.b[inner][trace.b[inner] >= 0]] = inner[trace.b[inner] >= 0]
    consumer[trace.a[inner]] = inner
    for node in lost[::-1].tolist():
        of_node[node] = of_node[consumer[node]] if consumer[node] >= 0 else 0
