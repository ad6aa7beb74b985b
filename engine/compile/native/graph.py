"""Code generation for a graph: every node one instruction, then every vjp, in reverse.

A `Graph` is columns, as a `Trace`, whose leaves know where their number comes from. It knows no rows and
no steps: those are loops around it (code.py). One peephole: a product that one sum alone reads is
fused with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from ...ops import OPS, Op
from ..ir import trace
from ..ir.trace import Trace
from .op_table import Contribution, Emitter, NativeOp, native_op

SHARED, GIVEN, SLOT, RUN, CONSTANT, TOTAL = "shared", "given", "slot", "run", "constant", "total"


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where a leaf's number comes from.

    `shared` i: a parameter, or a number made of parameters alone, the same in every lane. `given` i: one
    that no gradient flows to. `slot` j: column j of the lanes' data. `run` i: parameter i in lane 0,
    i + 1 in lane 1 and so on. `constant` x. `total` k: the sum over the lanes of group k.
    """

    kind: str
    what: Any


@dataclass(eq=False)
class Graph:
    """Nodes in columns, parents before children. A leaf has no op."""

    ops: list[Op | None] = field(default_factory=list)
    parents: list[tuple[int, ...]] = field(default_factory=list)
    leaves: dict[int, Leaf] = field(default_factory=dict)
    roots: list[int] = field(default_factory=list)

    def leaf(self, kind: str, what: Any) -> int:
        """Add a leaf; return its node."""
        self.leaves[len(self.ops)] = Leaf(kind, what)
        return self._put(None, ())

    def node(self, op: Op, *parents: int) -> int:
        """Add the result of an op; return its node."""
        return self._put(op, parents)

    def _put(self, op: Op | None, parents: tuple[int, ...]) -> int:
        self.ops.append(op)
        self.parents.append(parents)
        return len(self.ops) - 1

    def __len__(self) -> int:
        return len(self.ops)

    def above(self, leaves: Callable[[Leaf], bool]) -> list[bool]:
        """Return for every node whether such a leaf is below it, or is it."""
        found: list[bool] = []
        for node, parents in enumerate(self.parents):
            leaf = self.leaves.get(node)
            found.append(leaves(leaf) if leaf else any(found[p] for p in parents))
        return found

    def uses(self) -> list[int]:
        """Return how often each node is an argument, a root once more."""
        count = [0] * len(self)
        for parents in self.parents:
            for p in parents:
                count[p] += 1
        for root in self.roots:
            count[root] += 1
        return count

    def instructions(self) -> int:
        """Return how many instructions the forward part takes."""
        return len(self) - len(self.leaves) - len(fused(self))


def fused(graph: Graph) -> set[int]:
    """Return the products that are used once, by a sum, and so need no instruction of their own."""
    uses, mul, add, sub = graph.uses(), OPS["mul"], OPS["add"], OPS["sub"]
    found: set[int] = set()
    for op, parents in zip(graph.ops, graph.parents, strict=True):
        if op is add or op is sub:
            product = next((p for p in reversed(parents) if graph.ops[p] is mul and uses[p] == 1), None)
            if product is not None:
                found.add(product)
    return found


def graph_of(source: Trace) -> Graph:
    """Return the nodes below the root; whatever has neither parameter nor slot below it is a constant."""
    kinds, index, data = source.kind.tolist(), source.index.tolist(), source.data.tolist()
    first, second, op = source.a.tolist(), source.b.tolist(), source.op.tolist()
    graph, at = Graph(), {}
    varies = _varying(kinds, first, second)
    for node in _below(source.root, first, second):
        if not varies[node]:
            at[node] = graph.leaf(CONSTANT, data[node])
        elif kinds[node] == trace.INNER:
            parents = [at[p] for p in (first[node], second[node]) if p >= 0]
            at[node] = graph.node(source.ops[op[node]], *parents)
        else:
            at[node] = graph.leaf(SHARED if kinds[node] == trace.PARAMETER else SLOT, index[node])
    graph.roots = [at[source.root]]
    return graph


def _varying(kinds: list[int], first: list[int], second: list[int]) -> list[bool]:
    found: list[bool] = []
    for kind, a, b in zip(kinds, first, second, strict=True):
        inner = kind == trace.INNER
        found.append(found[a] or (b >= 0 and found[b]) if inner else kind != trace.CONSTANT)
    return found


def _below(root: int, first: list[int], second: list[int]) -> list[int]:
    needed = [False] * len(first)
    needed[root] = True
    for node in range(root, -1, -1):
        if needed[node]:
            for p in (first[node], second[node]):
                if p >= 0:
                    needed[p] = True
    return [node for node, wanted in enumerate(needed) if wanted]


def copier(source: Graph) -> Callable[[Graph, int], int]:
    """Return a function that copies a node and all below it into another graph, each node once."""
    copy: dict[int, int] = {}

    def copied(into: Graph, root: int) -> int:
        needed, stack = set(), [root]
        while stack:
            node = stack.pop()
            if node not in copy and node not in needed:
                needed.add(node)
                stack += source.parents[node]
        for node in sorted(needed):
            leaf, op = source.leaves.get(node), source.ops[node]
            if leaf:
                copy[node] = into.leaf(leaf.kind, leaf.what)
            elif op:
                copy[node] = into.node(op, *(copy[p] for p in source.parents[node]))
        return copy[root]

    return copied


Load = Callable[[Leaf], str]


@dataclass(eq=False)
class Code:
    """The instructions of one graph, put into an emitter part by part."""

    graph: Graph
    emit: Emitter
    load: Load
    skipped: Collection[int] = ()
    """Nodes whose numbers are not known where this code runs."""
    values: dict[int, str] = field(default_factory=dict)
    ops: dict[Op, NativeOp] = field(default_factory=dict)

    def value(self, node: int) -> str:
        """Return the number of a node. A leaf is loaded at each use: cheaper than keeping it."""
        leaf = self.graph.leaves.get(node)
        return self.load(leaf) if leaf else self.values[node]

    def forward(self) -> None:
        """Compute every node whose parents are known."""
        products = fused(self.graph)
        for node, op in enumerate(self.graph.ops):
            if op is None or node in products or node in self.skipped:
                continue
            parents = self.graph.parents[node]
            inner = [p for p in parents if p in products]
            if inner and op.name in ("add", "sub"):
                self.values[node] = self._with_product(op.name, parents, inner[0])
            else:
                self.values[node] = self._native(op).forward(self.emit, *map(self.value, parents))

    def _with_product(self, name: str, parents: tuple[int, ...], product: int) -> str:
        x, y = map(self.value, self.graph.parents[product])
        left, right = parents
        if product == right:
            return self.emit.fma(self.emit.neg(x) if name == "sub" else x, y, self.value(left))
        other = self.value(right)
        return self.emit.fma(x, y, self.emit.neg(other) if name == "sub" else other)

    def backward(
        self,
        seeds: Iterable[tuple[int, str]],
        wanted: list[bool],
        give: Callable[[Leaf, Contribution], None],
    ) -> None:
        """Hand the roots' gradients on to the wanted leaves; `give` takes each contribution to one."""
        gradients: dict[int, str] = {}

        def hand(node: int, part: Contribution) -> None:
            leaf = self.graph.leaves.get(node)
            if leaf:
                give(leaf, part)
            else:
                gradients[node] = self.emit.sum(gradients.get(node), part)

        for root, seed in seeds:
            if wanted[root]:
                hand(root, seed)
        for node in range(len(self.graph) - 1, -1, -1):
            op = self.graph.ops[node]
            if op is not None and node in gradients:
                self._hand_on(node, op, gradients.pop(node), wanted, hand)

    def _hand_on(
        self,
        node: int,
        op: Op,
        g: str,
        wanted: list[bool],
        hand: Callable[[int, Contribution], None],
    ) -> None:
        native, parents = self._native(op), self.graph.parents[node]
        for slot, parent in enumerate(parents):
            if wanted[parent]:
                words = native.reads[slot].split()
                ans = self.value(node) if "ans" in words else ""
                arguments = [
                    self.value(p) if word in words else "" for word, p in zip("ab", parents, strict=False)
                ]
                hand(parent, native.vjps[slot](self.emit, g, ans, *arguments))

    def _native(self, op: Op) -> NativeOp:
        if op not in self.ops:
            self.ops[op] = native_op(op)
        return self.ops[op]
