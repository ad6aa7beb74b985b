"""Vectorisation: which terms of a long sum become the lanes of a vector, found by shape alone.

A long sum whose terms are equal in shape, share no node, and differ only in constants (or in parameters
that stand in a row) is a loop over lanes, the constants its data. The terms go, the sum becomes one
leaf, a `total`; what is left is the top: a penalty, a mean, whatever the user wrote. Nodes that several
lanes read are computed once before them: `derived` numbers, shared like parameters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...ops import OPS
from ..ir.dtypes import Floats
from .graph import CONSTANT, RUN, SHARED, SLOT, TOTAL, Graph

WIDEST = 8
"""Doubles in the widest vector: places that vectors are read from lie on its multiples."""
FEWEST_LANES, LEAST_WORK = 4, 32
"""Below these a loop over lanes, or over lanes times instructions, is not worth its beginning and end."""
ROW_OF_DATA = -1
"""The lanes of a group that has one for every row that the kernel is given."""


@dataclass(eq=False)
class Group:
    """A graph that runs once a lane; its root is summed over them."""

    graph: Graph
    lanes: int = ROW_OF_DATA
    slots: int = 0
    columns: Floats | None = None
    """One line a lane, one column a slot, where the lanes are not the kernel's rows."""


@dataclass(eq=False)
class Plan:
    """A program: the groups' totals, and the top that makes one loss of them.

    The top's roots are the loss, then the derived numbers. Shared numbers are the parameters, from
    `derived` on those made of them, and at `inverse` 1 / the number of rows.
    """

    parameters: int
    top: Graph
    groups: list[Group] = field(default_factory=list)

    @property
    def first_derived(self) -> int:
        """The shared index after the parameters, on a vector's boundary."""
        return whole_vectors(self.parameters)

    @property
    def derived(self) -> list[int]:
        return self.top.roots[1:]

    @property
    def inverse(self) -> int:
        return self.first_derived + len(self.derived)

    @property
    def shared(self) -> int:
        """How many shared numbers there are."""
        return self.inverse + 1

    def instructions(self) -> int:
        return sum(part.instructions() for part in (self.top, *(group.graph for group in self.groups)))


def whole_vectors(count: int) -> int:
    """Return the places that `count` numbers take in whole vectors."""
    return -(-count // WIDEST) * WIDEST


def find_lanes(plan: Plan) -> None:
    """Find the sums of the top whose terms are lanes; leave a total in their place."""
    top = plan.top
    uses, seen, stack = top.uses(), set(top.roots), [top.roots[0]]
    sums: dict[int, list[int]] = {}
    totals: dict[int, list[int]] = defaultdict(list)
    while stack:
        node = stack.pop()
        terms = _terms(top, node, uses)
        if len(terms) >= FEWEST_LANES:
            terms = _take_lanes(plan, terms, uses, totals[node])
            sums[node] = terms
        for term in terms:
            if term not in seen:
                seen.add(term)
                stack.append(term)
    _rebuild(plan, {node: (sums[node], found) for node, found in totals.items() if found})


def _terms(graph: Graph, node: int, uses: list[int]) -> list[int]:
    """Return the terms of a sum in order; a node that is no sum is its own parents."""
    if graph.ops[node] is not OPS["add"]:
        return list(graph.parents[node])
    terms, stack = [], list(reversed(graph.parents[node]))
    while stack:
        part = stack.pop()
        if graph.ops[part] is OPS["add"] and uses[part] == 1:
            stack += reversed(graph.parents[part])
        else:
            terms.append(part)
    return terms


def _take_lanes(plan: Plan, terms: Sequence[int], uses: list[int], totals: list[int]) -> list[int]:
    """Move terms of equal shape into groups, note the groups in `totals`, return the other terms."""
    owner = _owners(plan.top, terms)
    alike: dict[Any, list[tuple[int, list[int]]]] = defaultdict(list)
    for i, term in enumerate(terms):
        found = _shape(plan.top, owner, i, term, uses)
        if found:
            alike[found[0]].append((term, found[1]))
    taken: set[int] = set()
    for shape, lanes in alike.items():
        if len(lanes) >= FEWEST_LANES and len(lanes) * len(shape) >= LEAST_WORK:
            group = _group(plan, shape, [leaves for _, leaves in lanes])
            if group:
                totals.append(len(plan.groups))
                plan.groups.append(group)
                taken.update(term for term, _ in lanes)
    return [term for term in terms if term not in taken]


_COMMON = -1


def _owners(graph: Graph, terms: Sequence[int]) -> dict[int, int]:
    """Return which term each inner node belongs to, _COMMON where it is below more than one."""
    owner: dict[int, int] = {}
    common: list[int] = []
    for i, term in enumerate(terms):
        stack = [term]
        while stack:
            node = stack.pop()
            if node in graph.leaves or owner.get(node) == i:
                continue
            if node in owner:
                common.append(node)
            else:
                owner[node] = i
                stack += graph.parents[node]
    while common:
        node = common.pop()
        if node not in graph.leaves and owner.get(node) != _COMMON:
            owner[node] = _COMMON
            common += graph.parents[node]
    return owner


def _shape(
    graph: Graph, owner: dict[int, int], i: int, term: int, uses: list[int]
) -> tuple[tuple[Any, ...], list[int]] | None:
    """Return the term's own nodes in words that are equal for equal shapes, and its leaves in order.

    None for a term that cannot be moved away: it, or a node of its own, is read from elsewhere.
    """
    if term in graph.leaves or owner[term] != i or uses[term] != 1:
        return None
    own, inside = _own(graph, owner, i, term)
    local = {node: place for place, node in enumerate(own)}
    leaves: dict[int, int] = {}
    shape = []
    for node in own:
        if node != term and uses[node] != inside[node]:
            return None
        shape.append((graph.ops[node], *(_word(graph, p, local, leaves) for p in graph.parents[node])))
    return tuple(shape), list(leaves)


def _own(graph: Graph, owner: dict[int, int], i: int, term: int) -> tuple[list[int], dict[int, int]]:
    """Return the term's own nodes in order, and how often each is read by another of them."""
    inside: dict[int, int] = defaultdict(int)
    own, stack = {term}, [term]
    while stack:
        for p in graph.parents[stack.pop()]:
            if owner.get(p) == i:
                inside[p] += 1
                if p not in own:
                    own.add(p)
                    stack.append(p)
    return sorted(own), inside


def _word(graph: Graph, node: int, local: dict[int, int], leaves: dict[int, int]) -> Any:
    if node in local:
        return local[node]
    leaf = graph.leaves.get(node)
    return (leaf.kind if leaf else node, leaves.setdefault(node, len(leaves)))


def _group(plan: Plan, shape: tuple[Any, ...], lanes: list[list[int]]) -> Group | None:
    """Return the group of these lanes, or None where a leaf follows no rule from lane to lane."""
    graph, columns, leaves = Graph(), list[Floats](), list[int]()
    for place in zip(*lanes, strict=True):
        made = _lane_leaf(plan, graph, columns, place)
        if made is None:
            return None
        leaves.append(made)
    nodes: list[int] = []
    for op, *words in shape:
        nodes.append(graph.node(op, *(nodes[w] if isinstance(w, int) else leaves[w[1]] for w in words)))
    graph.roots = [nodes[-1]]
    data = np.array(columns, np.float64).reshape(len(columns), len(lanes)).T
    return Group(graph, len(lanes), len(columns), data)


def _lane_leaf(plan: Plan, graph: Graph, columns: list[Floats], place: Sequence[int]) -> int | None:
    """Put a leaf into the lanes' graph for one that may be another in each lane."""
    top = plan.top
    if place[0] not in top.leaves:  # a node above which the lanes part: the shape says they share it
        if place[0] not in top.roots[1:]:
            top.roots.append(place[0])
        return graph.leaf(SHARED, plan.first_derived + top.roots[1:].index(place[0]))
    kind = top.leaves[place[0]].kind
    what = [top.leaves[node].what for node in place]
    if kind == CONSTANT:
        numbers = np.array(what, np.float64)
        if (numbers.view(np.int64) == numbers.view(np.int64)[0]).all():
            return graph.leaf(CONSTANT, what[0])
        columns.append(numbers)
        return graph.leaf(SLOT, len(columns) - 1)
    if kind == SHARED and len(set(what)) == 1:
        return graph.leaf(SHARED, what[0])
    if kind == SHARED and what == list(range(what[0], what[0] + len(what))):
        return graph.leaf(RUN, what[0])
    return None


def _rebuild(plan: Plan, replaced: dict[int, tuple[list[int], list[int]]]) -> None:
    """Make the top anew, without the lanes that went into groups."""
    old, new = plan.top, Graph()
    if not replaced:
        return
    needed, copy = set(old.roots), dict[int, int]()
    for node in range(len(old) - 1, -1, -1):
        if node in needed:
            needed.update(replaced[node][0] if node in replaced else old.parents[node])
    for node in sorted(needed):
        leaf, op = old.leaves.get(node), old.ops[node]
        if node in replaced:
            terms, totals = replaced[node]
            parts = [*(copy[term] for term in terms), *(new.leaf(TOTAL, k) for k in totals)]
            copy[node] = _summed(new, parts)
        elif leaf:
            copy[node] = new.leaf(leaf.kind, leaf.what)
        elif op:
            copy[node] = new.node(op, *(copy[p] for p in old.parents[node]))
    new.roots = [copy[root] for root in old.roots]
    plan.top = new


def _summed(graph: Graph, parts: list[int]) -> int:
    total = parts[0]
    for part in parts[1:]:
        total = graph.node(OPS["add"], total, part)
    return total
