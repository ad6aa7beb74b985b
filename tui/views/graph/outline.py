"""The expression tree as a list of rows that can be folded, however large the graph.

A shared node has one place in the tree, where a walk from the root first meets it; elsewhere stands a
reference. Entering a scope puts a heading above. Below a sum stand its terms in the order of the code,
then its additions, which start folded. The tree with everything open is one fixed list, and a fold hides
a range of it; so what shows is a few runs of that list, a row is found by bisection, and no key press
walks the graph.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from ....engine.recording.log import Recording
from .sums import Sum, find_sums

UNREACHED = -2


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A row of the tree: a node, a reference to one, or the heading of a scope that is entered.

    `place` is its index in the list with everything open.
    """

    kind: Literal["node", "reference", "scope"]
    node: int
    place: int
    depth: int
    scope: str


class OpenTree:
    """The tree with everything open: for every row its edge, depth, and where what is below it ends.

    An edge is its index in the recording's flat list of parents; the root's is -1. `levels` is 0 for
    a node or a reference, k for the heading of the first k parts of the node's scope.
    """

    def __init__(self, recording: Recording, sums: dict[int, Sum] | None = None) -> None:
        self.recording = recording
        self.sums = find_sums(recording) if sums is None else sums
        self.sizes = scope_sizes(recording)
        self.edges, self.depths, self.levels = array("i"), array("I"), array("H")
        self.place_of = array("q", [UNREACHED]) * recording.node_count
        self.headings: list[int] = []
        self.additions: dict[int, int] = {}
        """By the place of a sum, where its first addition stands: behind its terms."""
        self._walk()
        self.ends = self._find_ends()
        self._tops, self._firsts = array("I", self.additions), array("I", self.additions.values())

    def _walk(self) -> None:
        """Walk depth first from the root, without recursion."""
        scopes, ids, start = (
            self.recording.scopes, self.recording.parent_ids, self.recording.parent_start,
        )  # fmt: skip
        sums, place_of, edges = self.sums, self.place_of, self.edges
        add_edge, add_depth, add_level = edges.append, self.depths.append, self.levels.append
        shared: dict[tuple[str, str], range] = {}
        stack = [(-1, 0, "")]
        while stack:
            edge, depth, outer = stack.pop()
            if edge < -1:  # the terms of a sum stand: its additions are next
                self._append_parts(-2 - edge, depth)
                continue
            node = self.recording.root if edge < 0 else ids[edge]
            if place_of[node] != UNREACHED:
                add_edge(edge)
                add_depth(depth)
                add_level(0)
                continue
            scope = scopes[node]
            if scope and scope != outer:
                if (outer, scope) not in shared:
                    shared[outer, scope] = _entered(outer, scope)
                for level in shared[outer, scope][: -1 if self._is_all_of(node, scope) else None]:
                    self.headings.append(len(self.edges))
                    self._append(edge, depth, level)
                    depth += 1
            place_of[node] = len(edges)
            add_edge(edge)
            add_depth(depth)
            add_level(0)
            inside = depth + 1
            if flat := sums.get(node):
                stack.append((-2 - place_of[node], inside, scope))
            inputs = flat.terms if flat else range(start[node], start[node + 1])
            for below in reversed(inputs):
                stack.append((below, inside, scope))

    def _is_all_of(self, node: int, scope: str) -> bool:
        """Whether nothing is in a scope but one sum: `mean of 16 samples` needs no heading `mean`."""
        flat = self.sums.get(node)
        return flat is not None and self.sizes[scope] == 1 + len(flat.parts)

    def _append_parts(self, top: int, depth: int) -> None:
        """The additions of the sum at a place; nothing but the sum uses them."""
        self.additions[top] = len(self.edges)
        for edge in self.sums[self.row(top).node].parts:
            self.place_of[self.recording.parent_ids[edge]] = len(self.edges)
            self._append(edge, depth, 0)

    def sum_of_addition(self, place: int) -> int | None:
        """The place of the sum that the addition at a place is a part of; None for any other row."""
        at = bisect_right(self._firsts, place) - 1
        top = self._tops[at] if at >= 0 else -1
        return top if top >= 0 and place < self.ends[top] else None

    def _append(self, edge: int, depth: int, level: int) -> None:
        self.edges.append(edge)
        self.depths.append(depth)
        self.levels.append(level)

    def _find_ends(self) -> array[int]:
        ends = array("I", bytes(4 * len(self.edges)))
        waiting: list[int] = []  # one a depth: the row there whose end is to come
        for place, depth in enumerate(self.depths):
            while len(waiting) > depth:
                ends[waiting.pop()] = place
            waiting.append(place)
        for place in waiting:
            ends[place] = len(self.edges)
        return ends

    def __len__(self) -> int:
        return len(self.edges)

    def row(self, place: int) -> TreeRow:
        """The row at a place."""
        edge, level = self.edges[place], self.levels[place]
        node = self.recording.root if edge < 0 else self.recording.parent_ids[edge]
        scope = "/".join(self.recording.scopes[node].split("/")[:level])
        kind: Literal["node", "reference", "scope"] = (
            "scope" if level else "node" if self.place_of[node] == place else "reference"
        )
        return TreeRow(kind, node, place, self.depths[place], scope)


class Outline:
    """The rows that show. Everything is open but for scopes, and the additions of a sum."""

    def __init__(self, recording: Recording, sums: dict[int, Sum] | None = None) -> None:
        self.recording = recording
        self.tree = OpenTree(recording, sums)
        self.sizes = self.tree.sizes
        self.alike = Counter(s.rpartition("[")[0] for s in self.sizes if s.endswith("]"))
        """How many scopes differ in their number only: `sample` 16, of `sample[0]` to `sample[15]`."""
        self.closed: list[int] = []
        self.until: dict[int, int] = {}
        """Of a sum that hides its additions only: the first of them."""
        self._close(self.tree.headings)

    # The rows

    def __len__(self) -> int:
        return self.before[-1]

    def __getitem__(self, index: int) -> TreeRow:
        run = bisect_right(self.before, index) - 1
        return self.tree.row(self.starts[run] + index - self.before[run])

    def __iter__(self) -> Iterator[TreeRow]:
        return (self[i] for i in range(len(self)))

    def nearest(self, node: int) -> int:
        """The index of the node's row, or of the folded row that hides it; 0 if it has none."""
        place = self.tree.place_of[node]
        return 0 if place == UNREACHED else self._index(self._shown(place))

    def _shown(self, place: int) -> int:
        """The place itself, but of an addition that its sum hides: the sum's."""
        top = self.tree.sum_of_addition(place)
        return place if top is None or top not in self.until else top

    def hidden_by(self, node: int) -> TreeRow | None:
        """The folded row that hides a node: a heading, a branch or a sum; None if it shows."""
        place = self.tree.place_of[node]
        if place == UNREACHED:
            return None
        row = self[self._index(self._shown(place))]
        return None if row.place == place else row

    def hidden_in(self, row: TreeRow) -> range:
        """The places that a folded row hides; none if it is open."""
        if self._shut(row.place):
            return range(*self._hides(row.place))
        return range(0)

    def _hides(self, place: int) -> tuple[int, int]:
        """Where what the row at a place hides begins and ends: all below it, or additions only."""
        return self.until.get(place, place + 1), self.tree.ends[place]

    def sum_of(self, row: TreeRow) -> Sum | None:
        """The sum that a row stands for."""
        return self.tree.sums.get(row.node) if row.place in self.tree.additions else None

    def _index(self, place: int) -> int:
        run = bisect_right(self.starts, place) - 1
        # A run ends with the folded row that hides what comes after it.
        return self.before[run] + min(place, self.ends[run] - 1) - self.starts[run]

    # Folding

    def can_fold(self, row: TreeRow) -> bool:
        """Whether there is anything below the row."""
        return self.tree.ends[row.place] > row.place + 1

    def is_open(self, row: TreeRow) -> bool:
        """Whether what is below the row shows; of a sum, its terms."""
        return row.place in self.until or not self._shut(row.place)

    def _shut(self, place: int) -> bool:
        """Whether a row hides anything."""
        at = bisect_left(self.closed, place)
        return at < len(self.closed) and self.closed[at] == place

    def toggle(self, index: int) -> None:
        """Fold or open the row; what was folded below it stays so.

        A sum opens its terms first, then its additions.
        """
        row = self[index]
        if not self.can_fold(row):
            return
        place, additions = row.place, self.tree.additions.get(row.place)
        if not self._shut(place):
            insort(self.closed, place)
        elif additions and place not in self.until:
            self.until[place] = additions
        else:
            del self.closed[bisect_left(self.closed, place)]
            self.until.pop(place, None)
        self._find_runs()

    def fold(self, index: int) -> None:
        """Fold the row, whatever of it is open."""
        place = self[index].place
        self.until.pop(place, None)
        if not self._shut(place):
            insort(self.closed, place)
        self._find_runs()

    def fold_to(self, depth: int) -> None:
        """Show `depth` levels: of scopes where the graph has them, else of the tree."""
        tree = self.tree
        if self.sizes:
            self._close([place for place in tree.headings if tree.levels[place] >= depth])
        else:
            self._close(self._at_depth(depth - 1))

    def open_all(self) -> None:
        """Show everything, the additions of sums too."""
        self.closed, self.until = [], {}
        self._find_runs()

    def reveal(self, node: int) -> int:
        """Open whatever hides the node; return the index of its row, the root's if it has none."""
        place = self.tree.place_of[node]
        if place == UNREACHED:
            return 0
        while self[index := self._index(self._shown(place))].place != place:
            self.toggle(index)
        return index

    def _at_depth(self, depth: int) -> list[int]:
        """The places at a depth, found by leaping over what is below them."""
        found, place = [], 0
        while place < len(self.tree):
            if self.tree.depths[place] == depth:
                found.append(place)
                place = self.tree.ends[place]
            else:
                place += 1
        return found

    def _close(self, places: list[int]) -> None:
        """Fold these rows, and the additions of the other sums."""
        additions = self.tree.additions
        self.until = {place: additions[place] for place in additions.keys() - set(places)}
        self.closed = sorted({*places, *additions})
        self._find_runs()

    def _find_runs(self) -> None:
        """Cut the list into the runs that show: each ends where something is hidden, or at the end."""
        hidden, start = [], 0
        for place in self.closed:
            if place >= start:
                hidden.append(self._hides(place))
                start = start if place in self.until else self.tree.ends[place]
        self.starts, self.ends = [0], []
        for first, end in sorted(hidden):
            if first > self.starts[-1]:
                self.ends.append(first)
                self.starts.append(end)
            elif first == self.starts[-1]:  # what is hidden goes on
                self.starts[-1] = end
        self.ends.append(len(self.tree))
        if self.starts[-1] == len(self.tree) and len(self.starts) > 1:
            self.starts.pop()
            self.ends.pop()
        lengths = (end - start for start, end in zip(self.starts, self.ends, strict=True))
        self.before = list(accumulate(lengths, initial=0))


def _entered(outer: str, inner: str) -> range:
    """How many parts the headings have that stand between two scopes, outermost first."""
    shared, ours, theirs = 0, outer.split("/"), inner.split("/")
    while shared < len(ours) and shared < len(theirs) and ours[shared] == theirs[shared]:
        shared += 1
    return range(shared + 1, len(theirs) + 1)


def scope_sizes(recording: Recording) -> dict[str, int]:
    """The number of nodes in each scope and in those inside it."""
    sizes: Counter[str] = Counter()
    for scope, count in Counter(recording.scopes).items():
        while scope:
            sizes[scope] += count
            scope = scope.rpartition("/")[0]
    return dict(sizes)
