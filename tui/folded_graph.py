"""The graph with folded scopes as single boxes: what the drawn view lays out."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ..engine.recording import Recording
from .outline import scope_sizes

MAX_BOXES = 500


class TooMany(Exception):
    """More boxes than can be drawn; the message says how many."""


@dataclass(frozen=True, slots=True)
class Item:
    """A box: a node, or a folded scope standing for the nodes in it."""

    node: int
    scope: str = ""


class FoldedGraph:
    """A recording's graph and which of its scopes are open; at first none."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.open: set[str] = set()

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Every scope, the outer ones of nested scopes too, and how many nodes are in it."""
        return scope_sizes(self.recording)

    def fold_to(self, depth: int) -> None:
        """Open the scopes of fewer than `depth` levels."""
        self.open = {scope for scope in self.sizes if scope.count("/") + 1 < depth}

    def toggle(self, item: Item) -> None:
        """Open a folded scope; of a node, fold the scope it is in."""
        if item.scope:
            self.open.add(item.scope)
        elif scope := self.recording.scopes[item.node]:
            self.open = {other for other in self.open if f"{other}/".find(f"{scope}/") != 0}

    def item_of(self, node: int) -> Item:
        """The box in which a node is."""
        for scope in _and_outer(self.recording.scopes[node]):
            if scope not in self.open:
                return Item(-1, scope)
        return Item(node)

    def draw(self) -> tuple[list[Item], list[tuple[int, int]]]:
        """Return the boxes and the edges between them, as indices (source, target).

        Scopes whose folding would put a box before itself are opened first. Raise TooMany.
        """
        while True:
            items, edges = self._quotient()
            circular = _left_over(len(items), edges)
            if not circular:
                return items, edges
            self.open |= {items[i].scope for i in circular if items[i].scope}

    def _quotient(self) -> tuple[list[Item], list[tuple[int, int]]]:
        scopes, ids, start = (
            self.recording.scopes, self.recording.parent_ids, self.recording.parent_start,
        )  # fmt: skip
        folded = {scope: self._folded(scope) for scope in set(scopes)}
        index: dict[Item, int] = {}
        of_node = []
        for node, scope in enumerate(scopes):
            hidden = folded[scope]
            of_node.append(index.setdefault(Item(-1, hidden) if hidden else Item(node), len(index)))
        if len(index) > MAX_BOXES:
            raise TooMany(f"{len(index):,} boxes; at most {MAX_BOXES} are drawn: fold with E or 1-9")
        edges: dict[tuple[int, int, int], None] = {}
        for node, scope in enumerate(scopes):
            target, boxed = of_node[node], bool(folded[scope])
            for edge in range(start[node], start[node + 1]):
                source = of_node[ids[edge]]
                if source != target or not boxed:
                    # A folded box shows one wire from each source, a node one for each argument.
                    edges[source, target, 0 if boxed else edge] = None
        return list(index), [(source, target) for source, target, _ in edges]

    def _folded(self, scope: str) -> str:
        return next((outer for outer in _and_outer(scope) if outer not in self.open), "")


def _and_outer(scope: str) -> Iterable[str]:
    """The scopes around a scope, outermost first, and itself."""
    parts = scope.split("/") if scope else []
    return ("/".join(parts[: i + 1]) for i in range(len(parts)))


def _left_over(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """The boxes on or behind a circle: those that sorting topologically cannot reach."""
    waiting, targets = [0] * count, [[] for _ in range(count)]  # type: ignore[var-annotated]
    for source, target in edges:
        waiting[target] += 1
        targets[source].append(target)
    ready = [i for i in range(count) if not waiting[i]]
    for i in ready:
        for target in targets[i]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return sorted(set(range(count)) - set(ready))
