"""Step 2 of the fold: formulas of equal depth and shape do not depend on each other: one group.

The 1,600 neurons of a layer on 100 samples are one group: the same depth, each a sum of as many products
of a parameter and an input, and a parameter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from ..ir.dtypes import Ints
from .columns import Columns
from .sums import PRODUCTS, Formulas

SUM = "sum"


@dataclass(eq=False)
class Part:
    """What the members of a group add up: products, or plain terms; a row a member, a column a term."""

    left: Ints
    right: Ints | None
    """None for plain terms."""


@dataclass(eq=False)
class Group:
    """Formulas done by one statement. `parts` of a sum; `left` and `right` are an op's parents."""

    op: str
    nodes: Ints
    per_row: bool
    live: bool
    exact_zero: bool = False
    """Whether the sign of a zero must be that of the op's row."""
    parts: list[Part] = field(default_factory=list)
    operands: list[Ints] = field(default_factory=list)
    shape: tuple[int, ...] = ()
    """How the nodes lie, once the grids are known."""
    in_place: bool = False
    """Whether its results take the place of its operands, which nobody else reads."""


def groups_of(columns: Columns, formulas: Formulas) -> list[Group]:
    """Return the groups, parents before those who read them."""
    nodes = formulas.nodes
    key, starts = _keys(columns, formulas)
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    members = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[members], np.arange(len(first) + 1))
    made = []
    for i, lead in enumerate(first.tolist()):
        which = members[bounds[i] : bounds[i + 1]]
        made.append((int(key[lead, 0]), lead, _group(columns, formulas, nodes[which], starts[which])))
    made.sort(key=lambda entry: entry[:2])
    return [group for _, _, group in made]


def _group(columns: Columns, formulas: Formulas, nodes: Ints, starts: Ints) -> Group:
    lead = int(nodes[0])
    facts = bool(columns.per_row[lead]), bool(columns.live[lead]), bool(columns.zero_sign_matters[lead])
    if not formulas.is_sum[lead]:
        operands = [columns.a[nodes]] + ([columns.b[nodes]] if columns.b[lead] >= 0 else [])
        return Group(columns.names[columns.op[lead]], nodes, *facts, operands=operands)
    return Group(SUM, nodes, *facts, _parts(formulas, lead, starts))


def _parts(formulas: Formulas, lead: int, starts: Ints) -> list[Part]:
    terms = formulas.terms
    start = int(starts[0])
    stop = int(np.searchsorted(terms.root, lead, side="right"))
    sorts = terms.sort[start:stop]
    parts = []
    for sort in dict.fromkeys(sorts.tolist()):
        at = np.flatnonzero(sorts == sort)
        index = starts[:, None] + at
        right = terms.right[index] if sort < PRODUCTS else None
        parts.append(Part(terms.left[index], right))
    return parts


def _keys(columns: Columns, formulas: Formulas) -> tuple[Ints, Ints]:
    """Return a row a formula, equal for those of one group, and where its terms start."""
    nodes, terms = formulas.nodes, formulas.terms
    is_sum = formulas.is_sum[nodes]
    place = np.full(len(columns.op), -1)
    place[nodes] = np.arange(len(nodes))
    counts = np.bincount(place[terms.root] * 32 + terms.sort, minlength=len(nodes) * 32)
    starts = np.searchsorted(terms.root, nodes)
    kinds = np.append(columns.kind, -1)
    parts = [
        np.where(is_sum, -2, columns.op[nodes]),
        np.where(is_sum, -2, kinds[columns.a[nodes]]),
        np.where(is_sum, -2, kinds[columns.b[nodes]]),
        columns.live[nodes],
        columns.zero_sign_matters[nodes],
        columns.kind[nodes],
    ]
    shapes = np.column_stack([*parts, counts.reshape(len(nodes), 32)])
    return np.column_stack([_depths(columns, formulas, shapes), shapes]), starts


def _depths(columns: Columns, formulas: Formulas, shapes: Ints) -> Ints:
    """Return the depth of each formula: how many are on the longest way down to the leaves.

    One that may come later, since nobody reads it so soon, comes where most of its shape are: the first
    position of a document, whose softmax has a single term and so no sum, goes with all the others.
    """
    order = _Order(columns, formulas)
    early = order.early()
    late, own = order.late(max(early)), formulas.nodes
    _, shape = np.unique(shapes, axis=0, return_inverse=True)
    movable = np.flatnonzero(np.array(late)[own] > np.array(early)[own])
    if len(movable):
        early = order.early(_Popular(own, shape.reshape(-1), early, late))
    return np.array(early)[own]


class _Order:
    """Walks over the inner nodes of a graph; a formula is one step, what it absorbed is none."""

    def __init__(self, columns: Columns, formulas: Formulas) -> None:
        inner = np.flatnonzero(columns.op >= 0)
        self.count = len(columns.op)
        self.a, self.b = columns.a.tolist(), columns.b.tolist()
        self.steps = list(zip(inner.tolist(), (~formulas.absorbed[inner]).tolist(), strict=True))
        self.tables = {node: table.tolist() for node, table in columns.tables.items()}

    def early(self, popular: _Popular | None = None) -> list[int]:
        """Return the depth of each node, as early as can be, or at the popular one soon after."""
        depth = [0] * (self.count + 1)
        a, b, tables = self.a, self.b, self.tables
        for i, own in self.steps:
            x, y = depth[a[i]], depth[b[i]]
            if i in tables:
                x = max(depth[each] for each in tables[i])
            at = (x if x > y else y) + own
            depth[i] = popular.depth(i, at) if popular and own else at
        return depth[:-1]

    def late(self, deepest: int) -> list[int]:
        """Return the depth of each node if all come as late as can be."""
        depth = [deepest] * (self.count + 1)
        a, b, tables = self.a, self.b, self.tables
        for i, own in reversed(self.steps):
            before = depth[i] - own
            for parent in (a[i], b[i], *tables.get(i, ())):
                if before < depth[parent]:
                    depth[parent] = before
        return depth[:-1]


_MANY = 64
"""A shape at more depths than that is a chain's, where none is the popular one."""


class _Popular:
    """How many formulas of a shape there are at each depth."""

    def __init__(self, nodes: Ints, shape: Ints, early: list[int], late: list[int]) -> None:
        self._late = late
        self._shape = dict(zip(nodes.tolist(), shape.tolist(), strict=True))
        self._count: dict[int, Counter[int]] = defaultdict(Counter)
        for node, its in self._shape.items():
            self._count[its][early[node]] += 1

    def depth(self, node: int, least: int) -> int:
        """Return where most of the node's shape are, between `least` and as late as it may be."""
        most, counts = self._late[node], self._count[self._shape[node]]
        if most <= least or len(counts) > _MANY:
            return least
        between = [at for at in counts if least <= at <= most]
        found = max(between, key=lambda at: (counts[at], -at), default=least)
        return found if counts[found] > counts[least] else least
