"""A graph of boxes: the nodes, each folded scope as a single box, and the edges between them."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...engine.recording.log import Recording
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
    """A recording's graph and which of its scopes are open; at first none.

    What each scope takes from others is gathered once, here; a fold then touches scopes, not nodes.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.open: set[str] = set()
        self.sizes = scope_sizes(recording)
        self.nodes_in: dict[str, list[int]] = {}
        self.inside: dict[str, list[str]] = {}
        self._taken: dict[str, dict[str, dict[int, None]]] = {}
        self._boxes: dict[str, dict[str, list[int]]] = {}
        self._gather()

    def _gather(self) -> None:
        """List each scope's nodes, the scopes inside it, and the nodes of other scopes it uses."""
        scopes, ids, start = (
            self.recording.scopes, self.recording.parent_ids, self.recording.parent_start,
        )  # fmt: skip
        for node, scope in enumerate(scopes):
            if scope not in self.nodes_in:
                self.nodes_in[scope], self._taken[scope] = [], {}
                for outer in _and_outer(scope):
                    self.inside.setdefault(outer, []).append(scope)
            self.nodes_in[scope].append(node)
            for parent in ids[start[node] : start[node + 1]]:
                if (other := scopes[parent]) != scope:
                    self._taken[scope].setdefault(other, {})[parent] = None

    def _taken_by(self, box: str) -> dict[str, list[int]]:
        """The nodes a folded scope uses from outside itself, by their scope."""
        if box not in self._boxes:
            found: dict[str, dict[int, None]] = {}
            for scope in self.inside[box]:
                for other, nodes in self._taken[scope].items():
                    if box not in _and_outer(other):
                        found.setdefault(other, {}).update(nodes)
            self._boxes[box] = {other: list(nodes) for other, nodes in found.items()}
        return self._boxes[box]

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

    def node_of(self, item: Item) -> int:
        """The node to select with a box: itself, or the last one made in the scope."""
        if not item.scope:
            return item.node
        return max(self.nodes_in[scope][-1] for scope in self.inside[item.scope])

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
        folded = {scope: self._folded(scope) for scope in self.nodes_in}
        shown = [node for scope, box in folded.items() if not box for node in self.nodes_in[scope]]
        boxes = dict.fromkeys(box for box in folded.values() if box)
        if (count := len(shown) + len(boxes)) > MAX_BOXES:
            way = "fold with E or 1-9" if self.sizes else "and there are no scopes to fold"
            raise TooMany(f"{count:,} boxes; at most {MAX_BOXES} are drawn, {way}")
        items = [Item(-1, box) for box in boxes] + [Item(node) for node in sorted(shown)]
        index = {item: i for i, item in enumerate(items)}

        def at(node: int) -> int:
            box = folded[self.recording.scopes[node]]
            return index[Item(-1, box) if box else Item(node)]

        # A node gets a wire for each argument, a folded scope one from each source.
        edges = [(at(parent), at(node)) for node in shown for parent in self.recording.parents(node)]
        for box in boxes:
            sources = dict.fromkeys(
                at(node)
                for other, nodes in self._taken_by(box).items()
                for node in (nodes[:1] if folded[other] else nodes)
            )
            edges += [(source, index[Item(-1, box)]) for source in sources]
        return items, edges

    def _folded(self, scope: str) -> str:
        return next((outer for outer in _and_outer(scope) if outer not in self.open), "")


def _and_outer(scope: str) -> Iterable[str]:
    """The scopes around a scope, outermost first, and itself."""
    parts = scope.split("/") if scope else []
    return ("/".join(parts[: i + 1]) for i in range(len(parts)))


def _left_over(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """The boxes on or behind a circle: those that sorting topologically cannot reach."""
    waiting = [0] * count
    targets: list[list[int]] = [[] for _ in range(count)]
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
