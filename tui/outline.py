"""The expression tree as a flat list of visible rows that can be folded.

A shared node has one place in the tree, where a walk from the root first meets it; elsewhere stands a
reference. Entering a scope puts a heading above. Every edge has a fixed number in that walk, so the
rows are sorted by it, and finding a node's row is a bisection however large the graph.
"""

from array import array
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from ..engine.recording import Recording

ALL = 1 << 30
UNREACHED = -2


@dataclass(frozen=True, slots=True)
class Row:
    """A visible line: a node, a reference to one, or the heading of a scope that is entered."""

    kind: Literal["node", "reference", "scope"]
    node: int
    edge: int
    depth: int
    scope: str

    @property
    def fold_key(self) -> tuple[int, str]:
        """What the state of a fold is kept by."""
        return self.edge, self.scope if self.kind == "scope" else ""


class Outline:
    """The rows, and what is folded: everything deeper than a bound, but for exceptions."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.canonical, self.order = _walk(recording)
        self.sizes = scope_sizes(recording)
        self.scope_depth = 1 if self.sizes else ALL
        self.branch_depth = ALL
        self.exceptions: set[tuple[int, str]] = set()
        self.rows: list[Row] = []
        self._rebuild()

    # Folding

    def can_fold(self, row: Row) -> bool:
        """Whether there is anything below the row."""
        return row.kind == "scope" or (row.kind == "node" and bool(len(self.recording.parents(row.node))))

    def is_open(self, row: Row) -> bool:
        """Whether what is below the row shows."""
        if row.kind == "scope":
            opened = row.scope.count("/") + 1 < self.scope_depth
        else:
            opened = row.depth < self.branch_depth
        return opened != (row.fold_key in self.exceptions)

    def toggle(self, index: int) -> None:
        """Fold or open the row; everything else keeps its place."""
        row = self.rows[index]
        if not self.can_fold(row):
            return
        if self.is_open(row):
            self.rows[index + 1 : self._end(index)] = []
            self.exceptions ^= {row.fold_key}
        else:
            self.exceptions ^= {row.fold_key}
            self.rows[index + 1 : index + 1] = self._below(row)

    def fold_to(self, depth: int) -> None:
        """Show `depth` levels: of scopes where the graph has them, else of the tree."""
        self.exceptions.clear()
        if self.sizes:
            self.scope_depth, self.branch_depth = depth, ALL
        else:
            self.branch_depth = depth - 1
        self._rebuild()

    def open_all(self) -> None:
        """Show everything."""
        self.exceptions.clear()
        self.scope_depth = self.branch_depth = ALL
        self._rebuild()

    def reveal(self, node: int) -> int:
        """Open whatever hides the node; return the index of its row, the root's if it has none."""
        if self.canonical[node] == UNREACHED:
            return 0
        while not self._is(self.rows[index := self.nearest(node)], node):
            self.toggle(index)
        return index

    def _is(self, row: Row, node: int) -> bool:
        return row.kind == "node" and row.node == node

    def nearest(self, node: int) -> int:
        """The index of the node's row, or of the folded row that hides it."""
        number = self._number(self.canonical[node])
        return bisect_right(self.rows, number, key=lambda row: self._number(row.edge)) - 1

    # Building rows

    def _rebuild(self) -> None:
        root = self._enter(-1, self.recording.root, "", 0)
        self.rows = [root, *(self._below(root) if self.is_open(root) else ())]

    def _number(self, edge: int) -> int:
        return self.order[edge] if edge >= 0 else -1

    def _end(self, index: int) -> int:
        """The index after the last row below rows[index]: the next one that is no deeper."""
        depth = self.rows[index].depth
        end = index + 1
        while end < len(self.rows) and self.rows[end].depth > depth:
            end += 1
        return end

    def _below(self, row: Row) -> list[Row]:
        """The visible rows below an open row, in order."""
        found: list[Row] = []
        stack = self._children(row)[::-1]
        while stack:
            row = stack.pop()
            found.append(row)
            if row.kind != "reference" and self.is_open(row):
                stack += self._children(row)[::-1]
        return found

    def _children(self, row: Row) -> list[Row]:
        if row.kind == "scope":
            return [self._enter(row.edge, row.node, row.scope, row.depth + 1)]
        first = self.recording.parent_start[row.node]
        outer, depth = self.recording.scopes[row.node], row.depth + 1
        rows = []
        for slot, parent in enumerate(self.recording.parents(row.node)):
            if self.canonical[parent] == first + slot:
                rows.append(self._enter(first + slot, parent, outer, depth))
            else:
                rows.append(Row("reference", parent, first + slot, depth, ""))
        return rows

    def _enter(self, edge: int, node: int, outer: str, depth: int) -> Row:
        """The row for a node seen from scope `outer`: the heading of the next scope in, or itself."""
        scope = self.recording.scopes[node]
        if scope and scope != outer:
            inside = scope.split("/")
            shared = 0
            for a, b in zip(outer.split("/"), inside, strict=False):
                if a != b:
                    break
                shared += 1
            if shared < len(inside):
                return Row("scope", node, edge, depth, "/".join(inside[: shared + 1]))
        return Row("node", node, edge, depth, "")


def _walk(recording: Recording) -> tuple[array, array]:  # type: ignore[type-arg]
    """Walk depth first from the root; return each node's first edge, and each edge's number.

    An edge is its index in the flat list of parents; the root's is -1.
    """
    canonical = array("q", [UNREACHED]) * recording.node_count
    order = array("I", [0]) * len(recording.parent_ids)
    start, ids = recording.parent_start, recording.parent_ids
    stack, number = [-1], 0
    while stack:
        edge = stack.pop()
        if edge >= 0:
            order[edge] = number
            number += 1
        node = ids[edge] if edge >= 0 else recording.root
        if canonical[node] == UNREACHED:
            canonical[node] = edge
            stack.extend(range(start[node + 1] - 1, start[node] - 1, -1))
    return canonical, order


def scope_sizes(recording: Recording) -> dict[str, int]:
    """The number of nodes in each scope and in those inside it."""
    sizes: Counter[str] = Counter()
    for scope, count in Counter(recording.scopes).items():
        while scope:
            sizes[scope] += count
            scope = scope.rpartition("/")[0]
    return dict(sizes)
