"""Flat sums: a chain of additions found once, so that tree and drawing show it as one sum of n terms.

`a + b + c` is two additions, one inside the other; a mean of 16 samples stands 17 deep. An addition that
nobody named, used once, by another addition of the same place in the code, is a part of that one's sum.
So are the 0 at which `sum()` starts, and of a mean the factor 1/n.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from ....engine.recording.log import Recording
from ...text.format import plain


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum or mean. Edges are indices into the recording's flat list of parents.

    `terms` are in the order of the code; `parts` are the additions, and the leaves that belong to them,
    in the order in which they are made.
    """

    terms: array[int]
    parts: array[int]
    is_mean: bool
    word: str

    def text(self, sign: str) -> str:
        """What it is, as `mean of 16 samples`; `sign` stands before the terms of a sum."""
        return f"{'mean of' if self.is_mean else sign} {len(self.terms)} {self.word}"


def find_sums(recording: Recording) -> dict[int, Sum]:
    """Return the sums of a graph by the node that holds the result."""
    return _Finder(recording).sums()


class _Finder:
    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.uses = [0] * recording.node_count
        for parent in recording.parent_ids:
            self.uses[parent] += 1
        self.names = ["" if op is None else op.name for op in recording.ops]

    def sums(self) -> dict[int, Sum]:
        ids, start, names = self.recording.parent_ids, self.recording.parent_start, self.names
        additions = [node for node, name in enumerate(names) if name == "add"]
        inner = {
            p
            for node in additions
            for p in ids[start[node] : start[node + 1]]
            if names[p] == "add" and self._joins(p, node)
        }
        found = {}
        for top in additions:
            if top not in inner and (flat := self._flat(top, inner)):
                found[top] = flat
        for node, name in enumerate(self.names):
            if name in ("mul", "div") and (mean := self._mean(node, found, inner)):
                top, found[node] = mean
                found.pop(top, None)
        return found

    def _joins(self, node: int, consumer: int) -> bool:
        """Whether an addition is a part of the sum that its consumer is."""
        sources = self.recording.sources
        return self._belongs(node, consumer) and sources.get(node) == sources.get(consumer)

    def _belongs(self, node: int, consumer: int) -> bool:
        """Whether a node has no name and no use but this one, in the same scope."""
        recording = self.recording
        return (
            self.uses[node] == 1
            and node not in recording.labels
            and recording.scopes[node] == recording.scopes[consumer]
        )

    def _flat(self, top: int, inner: set[int], least: int = 1) -> Sum | None:
        """The sum that ends in an addition, if more than that one belongs to it."""
        terms, parts = self._edges(top, inner)
        first = self.recording.parent_ids[terms[0]]
        if self._is_constant(first, top, 0.0):
            parts.insert(0, terms.pop(0))
        if len(terms) < 2 or len(parts) < least:
            return None
        return Sum(terms, parts, False, self._word(terms, top))

    def _edges(self, top: int, inner: set[int]) -> tuple[array[int], array[int]]:
        """The edges to the terms and to the additions below an addition, each in reading order."""
        ids, start = self.recording.parent_ids, self.recording.parent_start
        terms, parts = array("I"), array("I")
        waiting = [*range(start[top + 1] - 1, start[top] - 1, -1)]
        while waiting:
            edge = waiting.pop()
            node = ids[edge]
            if node in inner:
                parts.append(edge)
                waiting += range(start[node + 1] - 1, start[node] - 1, -1)
            else:
                terms.append(edge)
        return terms, array("I", sorted(parts, key=ids.__getitem__))

    def _mean(self, node: int, found: dict[int, Sum], inner: set[int]) -> tuple[int, Sum] | None:
        """The mean that a product or quotient is, and the sum it is made of."""
        start = self.recording.parent_start[node]
        ids, names = self.recording.parent_ids, self.names
        if names[ids[start]] != "add" and names[ids[start + 1]] != "add":
            return None
        sides = [(0, 1)] if self.names[node] == "div" else [(0, 1), (1, 0)]
        for total, factor in sides:
            top, by = ids[start + total], ids[start + factor]
            if names[top] != "add" or not self._belongs(top, node):
                continue
            flat = found.get(top) or self._flat(top, inner, least=0)
            if flat and self._is_constant(by, node, *_scales(self.names[node], len(flat.terms))):
                parts = array("I", [*flat.parts, start + total, start + factor])
                return top, Sum(flat.terms, parts, True, flat.word)
        return None

    def _is_constant(self, node: int, consumer: int, *numbers: float) -> bool:
        recording = self.recording
        leaf = recording.ops[node] is None and self._belongs(node, consumer)
        return leaf and recording.value(node, "data", len(recording)) in numbers

    def _word(self, terms: Iterable[int], top: int) -> str:
        """What the terms are: `samples`, where each is of a scope `sample[i]` of its own."""
        outer = self.recording.scopes[top]
        scopes = [self.recording.scopes[self.recording.parent_ids[edge]] for edge in terms]
        if scopes.count(outer):
            return "terms"
        first = [_first_part(scope, outer) for scope in scopes]
        words = {part.partition("[")[0] for part in first}
        alike = len(words) == 1 and len(set(first)) == len(first) and all("[" in part for part in first)
        return f"{plain(words.pop())}s" if alike else "terms"


def _scales(op: str, count: int) -> tuple[float, ...]:
    return (float(count),) if op == "div" else (1.0 / count,)


def _first_part(scope: str, outer: str) -> str:
    """The first part of a scope in which it differs from another."""
    ours, theirs = scope.split("/"), outer.split("/")
    return next((a for i, a in enumerate(ours) if i >= len(theirs) or theirs[i] != a), "")
