"""A graph of boxes: nodes, sums, each folded scope as a single box, and the edges between them.

Many scopes of one kind (`sample[0]` to `sample[99]`), and the many terms of a sum, are one box more that
can be opened: a picture has a handful of boxes at first, however large the graph.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ....engine.recording.log import Recording
from ...text.format import plain
from .sums import Sum, find_sums

MAX_BOXES = 500
MAX_WIRES = 128  # into one box
FEW = 8  # scopes of one kind, or terms of a sum, that are drawn one by one


class TooMany(Exception):
    """More boxes than can be drawn; the message says how many."""


@dataclass(frozen=True, slots=True)
class Item:
    """A box: a node, or a folded scope standing for the nodes in it."""

    node: int
    scope: str = ""


Use = tuple[int, int]
"""A node and one of its arguments: where an edge ends."""


class FoldedGraph:
    """A recording's graph and which of its scopes are open; at first none.

    What each scope takes from others is gathered once, here; a fold then touches scopes, not nodes.
    """

    def __init__(self, recording: Recording, sums: dict[int, Sum] | None = None, apart: str = "") -> None:
        self.recording = recording
        self.sums = find_sums(recording) if sums is None else sums
        self.scopes = grouped(recording, self.sums, apart)
        self.open: set[str] = set()
        self.open_sums: set[int] = set()
        self.uses: list[Use | None] = []
        """Of each edge drawn last, the use of a node it stands for; None where it stands for many."""
        self.sizes = _sizes(self.scopes)
        ids = recording.parent_ids
        self.sum_of = {ids[edge]: top for top, flat in self.sums.items() for edge in flat.parts}
        self.nodes_in: dict[str, list[int]] = {}
        self.inside: dict[str, list[str]] = {}
        self._taken: dict[str, dict[str, dict[int, None]]] = {}
        self._boxes: dict[str, dict[str, list[int]]] = {}
        self._gather()

    def _gather(self) -> None:
        """List each scope's nodes, the scopes inside it, and the nodes of other scopes it uses."""
        scopes, ids, start = self.scopes, self.recording.parent_ids, self.recording.parent_start
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
        """Open the scopes of fewer than `depth` levels; fold the sums."""
        self.open = {scope for scope in self.sizes if scope.count("/") + 1 < depth}
        self.open_sums.clear()

    def fold_from(self, depth: int) -> None:
        """Fold the open scopes of `depth` levels and more."""
        self.open = {scope for scope in self.open if scope.count("/") + 1 < depth}

    def open_all(self) -> None:
        """Open everything, the additions of sums too."""
        self.open, self.open_sums = set(self.sizes), set(self.sums)

    def open_scope(self, scope: str) -> None:
        """Open a scope of the recording, and what it is folded in."""
        nodes = (n for n, own in enumerate(self.recording.scopes) if own == scope)
        if (node := next(nodes, None)) is not None:
            self.open.update(_and_outer(self.scopes[node]))

    def toggle(self, item: Item) -> None:
        """Open a folded scope or sum; of another node, fold the sum or the scope it is in."""
        scope, top = item.scope or self.scopes[item.node], self.sum_of.get(item.node, item.node)
        if item.scope:
            self.open.add(scope)
        elif top in self.sums:
            self.open_sums ^= {top}
        elif scope:
            self.open = {other for other in self.open if f"{other}/".find(f"{scope}/") != 0}

    def reveal(self, node: int) -> bool:
        """Open whatever a node is folded in; return whether anything was."""
        if self.item_of(node) == Item(node):
            return False
        self.open.update(_and_outer(self.scopes[node]))
        if (top := self.sum_of.get(node)) is not None:
            self.open_sums.add(top)
        return True

    def item_of(self, node: int) -> Item:
        """The box in which a node is."""
        for scope in _and_outer(self.scopes[node]):
            if scope not in self.open:
                return Item(-1, scope)
        return Item(self._shown(node))

    def _shown(self, node: int) -> int:
        """The node whose box stands for a node: of an addition, its sum while that is folded."""
        top = self.sum_of.get(node, node)
        return node if top in self.open_sums else top

    def folded_sum(self, item: Item) -> Sum | None:
        """The sum that a box stands for."""
        return None if item.scope or item.node in self.open_sums else self.sums.get(item.node)

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
        shown = [
            node
            for scope, box in folded.items() if not box
            for node in self.nodes_in[scope] if self._shown(node) == node
        ]  # fmt: skip
        boxes = dict.fromkeys(box for box in folded.values() if box)
        self._check(len(shown) + len(boxes), f"boxes; at most {MAX_BOXES}", MAX_BOXES)
        items = [Item(-1, box) for box in boxes] + [Item(node) for node in sorted(shown)]
        index = {item: i for i, item in enumerate(items)}

        def at(node: int) -> int:
            box = folded[self.scopes[node]]
            return index[Item(-1, box) if box else Item(self._shown(node))]

        # A node gets a wire for each argument, a folded scope one from each source.
        wires = [
            (at(parent), at(node), use) for node in shown for parent, use in self._inputs(node, folded)
        ]
        for box in boxes:
            sources = dict.fromkeys(
                at(node)
                for other, nodes in self._taken_by(box).items()
                for node in (nodes[:1] if folded[other] else nodes)
            )
            wires += [(source, index[Item(-1, box)], None) for source in sources]
        most = max(Counter(target for _, target, _ in wires).values(), default=0)
        self._check(most, f"wires into a box; at most {MAX_WIRES}", MAX_WIRES)
        self.uses = [use for _, _, use in wires]
        return items, [(source, target) for source, target, _ in wires]

    def _check(self, count: int, what: str, most: int) -> None:
        way = "fold with E or 1-9" if self.sizes else "and there are no scopes to fold"
        if count > most:
            raise TooMany(f"{count:,} {what} are drawn, {way}")

    def _inputs(self, node: int, folded: dict[str, str]) -> Iterable[tuple[int, Use | None]]:
        """What a node takes: its arguments, or of a folded sum its terms, from one folded scope once."""
        flat = self.folded_sum(Item(node))
        if flat is None:
            yield from (
                (parent, (node, slot)) for slot, parent in enumerate(self.recording.parents(node))
            )
            return
        start, seen = self.recording.parent_start, set[str]()
        for edge in flat.terms:
            parent, user = self.recording.parent_ids[edge], bisect_right(start, edge) - 1
            box = folded[self.scopes[parent]]
            if box not in seen:
                yield parent, (user, edge - start[user])
            if box:
                seen.add(box)

    def _folded(self, scope: str) -> str:
        return next((outer for outer in _and_outer(scope) if outer not in self.open), "")


def grouped(recording: Recording, sums: dict[int, Sum], apart: str = "") -> Sequence[str]:
    """The scopes of all nodes, with one around many of a kind, and one around the many terms of a sum.

    A scope that holds nothing but one sum is none: the sum is a box already. The scope `apart` is not put
    together with others of its kind.
    """
    scopes, sizes = list(recording.scopes), Counter(recording.scopes)
    for top, flat in sums.items():
        if len(flat.terms) > FEW:
            _group_terms(recording, scopes, top, flat)
        if (own := recording.scopes[top]) and sizes[own] == 1 + len(flat.parts):
            for node in (top, *(recording.parent_ids[edge] for edge in flat.parts)):
                scopes[node] = own.rpartition("/")[0]
    return _group_scopes(scopes, apart)


def _group_terms(recording: Recording, scopes: list[str], top: int, flat: Sum) -> None:
    """Give the terms that were made for the sum, in its own scope, a scope inside that one."""
    own, ops = recording.scopes[top], recording.ops
    terms = (recording.parent_ids[edge] for edge in flat.terms)
    made = [n for n in terms if recording.scopes[n] == own and ops[n] and n not in recording.labels]
    if len(made) > FEW:
        name = f"{len(made)} terms of {plain(recording.name(top))}"
        for node in made:
            scopes[node] = _joined(own, name)


def _group_scopes(scopes: Sequence[str], apart: str) -> Sequence[str]:
    """Put a scope around those that differ in a number only, where they are many."""
    kinds: dict[tuple[str, str], set[str]] = {}
    different = dict.fromkeys(scopes)
    for scope in different:
        for outer, part in _parts(scope):
            if "[" in part and _joined(outer, part) != apart:
                kinds.setdefault((outer, part.partition("[")[0]), set()).add(part)
    many = {kind: parts for kind, parts in kinds.items() if len(parts) > FEW}
    found = {scope: _regrouped(scope, many) for scope in different}
    return [found[scope] for scope in scopes]


def _regrouped(scope: str, many: dict[tuple[str, str], set[str]]) -> str:
    parts = []
    for outer, part in _parts(scope):
        kind = part.partition("[")[0]
        alike = many.get((outer, kind), ())
        if part in alike:
            parts.append(f"{len(alike)} {kind}s")
        parts.append(part)
    return "/".join(parts)


def _parts(scope: str) -> Iterable[tuple[str, str]]:
    """The parts of a scope, each after the scope it is in."""
    outer = ""
    for part in scope.split("/"):
        yield outer, part
        outer = _joined(outer, part)


def _joined(outer: str, part: str) -> str:
    return f"{outer}/{part}" if outer else part


def _sizes(scopes: Sequence[str]) -> dict[str, int]:
    """The number of nodes in each scope and in those inside it."""
    sizes: Counter[str] = Counter()
    for scope, count in Counter(scopes).items():
        for outer in _and_outer(scope):
            sizes[outer] += count
    return dict(sizes)


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
