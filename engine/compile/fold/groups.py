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
    first, inverse = alike(key)
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
    reader, read = _edges(columns, formulas)
    nothing = np.zeros(len(formulas.nodes), np.int64)
    early = _levels(reader, read, nothing)
    last, back = len(nothing) - 1, np.lexsort((reader, read))[::-1]  # the same graph upside down
    late = early.max(initial=0) - _levels(last - read[back], last - reader[back], nothing)[::-1]
    if (late <= early).all():
        return early
    return _levels(reader, read, _popular(shapes, early, late))


def _edges(columns: Columns, formulas: Formulas) -> tuple[Ints, Ints]:
    """Return which formula reads which, by their place in order, sorted by the reader."""
    count = len(formulas.nodes)
    place = np.full(len(columns.op) + 1, -1)
    place[formulas.nodes] = np.arange(count)
    inner = np.flatnonzero(columns.op >= 0)
    pairs = [(inner, columns.a[inner]), (inner, columns.b[inner])]
    pairs += [(np.full(len(table), node), table) for node, table in columns.among.items()]
    reader = np.concatenate([place[formulas.owner[mine]] for mine, _ in pairs])
    read = np.concatenate([place[other] for _, other in pairs])
    edges = np.unique((reader * count + read)[read >= 0])
    return edges // max(count, 1), edges % max(count, 1)


def _levels(reader: Ints, read: Ints, least: Ints) -> Ints:
    """Return depths of at least `least`, each above those that it reads; edges are sorted by reader."""
    if not len(reader):
        return least
    starts = np.flatnonzero(np.diff(reader, prepend=-1))
    which, depth = reader[starts], least.copy()
    for _ in range(_ROUNDS):
        above = np.maximum.reduceat(depth[read], starts) + 1
        if (above <= depth[which]).all():
            return depth
        depth[which] = np.maximum(depth[which], above)
    return _levels_one_by_one(reader, read, least)


def _levels_one_by_one(reader: Ints, read: Ints, least: Ints) -> Ints:
    """Return the same for a graph that is deep, as a chain is: what is read comes before its reader."""
    depth = least.tolist()
    for mine, other in zip(reader.tolist(), read.tolist(), strict=True):
        if depth[mine] <= depth[other]:
            depth[mine] = depth[other] + 1
    return np.array(depth)


def _popular(shapes: Ints, early: Ints, late: Ints) -> Ints:
    """Return for each formula the depth, of those it may have, at which most of its shape are."""
    (_, shape), found = alike(shapes), early.copy()
    count: dict[int, Counter[int]] = defaultdict(Counter)
    for its, at in zip(shape.tolist(), early.tolist(), strict=True):
        count[its][at] += 1
    for i in np.flatnonzero(late > early).tolist():
        there, first, last = count[shape[i]], int(early[i]), int(late[i])
        if 1 < len(there) <= _MANY:
            best = max((at for at in there if first <= at <= last), key=lambda at: (there[at], -at))
            found[i] = best
    return found


def alike(rows: Ints) -> tuple[Ints, Ints]:
    """Number the rows, equal ones alike; return where each number occurs first, and those of all rows."""
    weights = _HASH.integers(1, 2**62, rows.shape[1])
    key = (rows * weights).sum(axis=1)  # wraps around
    _, first, number = np.unique(key, return_index=True, return_inverse=True)
    if (rows[first[number]] != rows).any():  # two rows of one hash
        _, first, number = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, number.reshape(-1)


_HASH = np.random.default_rng(0)
_ROUNDS = 256
_MANY = 64
"""A shape at more depths than that is a chain's, where none is the popular one."""
