"""The tree of a graph of tensors by module: its rows, how far each has come, what arrived there."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ....engine.recording.tensor import Summary, TensorNode, TensorRecording
from ...text.format import cells, cut_in_middle, number, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line
from .ledger import born_scopes, node_sign

OUTSIDE = ""
"""The scope of what no module made; all of the graph is in it."""
NARROW = 36
"""A width below it has no room for how many nodes were visited."""


@dataclass(frozen=True, slots=True)
class Row:
    """A module, or a node of one."""

    depth: int
    scope: str
    node: int | None = None


class ModuleTree:
    """Modules in modules, and nodes in them, in the order of the backward pass; some are open."""

    def __init__(self, recording: TensorRecording) -> None:
        self.recording = recording
        self.steps: dict[str, list[int]] = {OUTSIDE: []}
        """Scope -> the steps in it and in what is inside of it."""
        self._inner: dict[str, list[Row]] = {OUTSIDE: []}
        for node in sorted(recording.nodes, key=self._order):
            self._add(node)
        self.opened = {OUTSIDE}
        self._open_only_ones()
        self.rows: list[Row] = []
        self._places: dict[tuple[str, int | None], int] = {}
        self._changed()

    def _order(self, node: TensorNode) -> int:
        """The place of its step; what no gradient reaches goes last."""
        return self.recording.step_of.get(node.id, len(self.recording.steps) + node.id)

    def _add(self, node: TensorNode) -> None:
        around, depth, step = OUTSIDE, 0, self.recording.step_of.get(node.id)
        for scope in scopes_around(node.scope):
            if scope not in self._inner:
                self._inner[scope], self.steps[scope] = [], []
                self._inner[around].append(Row(depth, scope))
            around, depth = scope, depth + 1
        self._inner[around].append(Row(depth, around, node.id))
        if step is not None:
            for scope in (OUTSIDE, *scopes_around(node.scope)):
                self.steps[scope].append(step)

    def _open_only_ones(self) -> None:
        """Open a module that is the only one beside nodes: it alone would say nothing."""
        scope = OUTSIDE
        while len(inner := [row.scope for row in self._inner[scope] if row.node is None]) == 1:
            scope = inner[0]
            self.opened.add(scope)

    # Folding

    @property
    def scopes(self) -> Iterable[str]:
        """All modules."""
        return self._inner.keys()

    def toggle(self, scope: str) -> None:
        """Open a module, or fold it."""
        self.opened ^= {scope}
        self._changed()

    def open_all(self) -> None:
        """Open every module."""
        self.opened = set(self._inner)
        self._changed()

    def fold_all(self) -> None:
        """Fold every module."""
        self.opened = {OUTSIDE}
        self._changed()

    def _changed(self) -> None:
        self.rows = list(self._visible(OUTSIDE))
        self._places = {(row.scope, row.node): place for place, row in enumerate(self.rows)}

    def _visible(self, scope: str) -> Iterator[Row]:
        for row in self._inner[scope]:
            yield row
            if row.node is None and row.scope in self.opened:
                yield from self._visible(row.scope)

    def place_of(self, node: int) -> int:
        """Return the row of a node, or of the outermost folded module that hides it."""
        scope, folded = self.recording.nodes[node].scope, self.fold_of(node)
        return self._places[scope, node] if folded is None else self._places[folded, None]

    def row_of(self, node: int) -> Row:
        """Return the row of a node, or of the folded module that hides it."""
        return self.rows[self.place_of(node)]

    def fold_of(self, node: int) -> str | None:
        """Return the outermost folded module that hides a node; None where the node shows."""
        around = scopes_around(self.recording.nodes[node].scope)
        return next((scope for scope in around if scope not in self.opened), None)

    def reveal(self, node: int) -> None:
        """Open the modules that hide a node."""
        if self.fold_of(node) is not None:
            self.opened.update(scopes_around(self.recording.nodes[node].scope))
            self._changed()

    def fold_to(self, depth: int) -> None:
        """Open the modules that lie less deep than this, and fold all others."""
        self.opened = {OUTSIDE, *(scope for scope in self._inner if _depth(scope) < depth)}
        self._changed()

    def place_of_row(self, row: Row) -> int:
        """Return the place of a row, or of the folded module that hides it."""
        around = scopes_around(row.scope)[: None if row.node is not None else -1]
        folded = next((scope for scope in around if scope not in self.opened), row.scope)
        return self._places.get((row.scope, row.node), self._places.get((folded, None), 0))

    def place_of_scope(self, scope: str) -> int:
        """Return the row of a module in sight."""
        return self._places.get((scope, None), 0)


def scopes_around(scope: str) -> list[str]:
    """Return a module and those around it, the outermost first: `h[3]`, `h[3].attn`."""
    parts = scope.split(".") if scope else []
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _depth(scope: str) -> int:
    """How many modules a module lies in, itself included; outside of all it is 0."""
    return scope.count(".") + 1 if scope else 0


def tree_row(
    tree: ModuleTree, place: int, taken: int, width: int, glyphs: Glyphs, stop: bool = False
) -> Line:
    """Draw a row after so many steps: name, nodes visited, norm of what arrived; `stop`: a breakpoint."""
    row = tree.rows[place]
    here = taken > 0 and tree.place_of(tree.recording.steps[taken - 1].node) == place
    sign, name, count, norm = _of_node(tree, row.node, taken, glyphs) if row.node is not None else (
        _of_module(tree, row.scope, taken, glyphs)
    )  # fmt: skip
    if width < NARROW and row.node is not None and count.startswith((glyphs.arrow, glyphs.backward)):
        name = f"{name} {count}"  # nan or inf is said all the same
    start = f"{'  ' * min(row.depth, width // 8)}{sign} "
    end = f" {count:>8}{norm:>11} " if width >= NARROW else f"{norm:>10} "
    room = max(1, width - 2 - cells(start) - cells(end))
    shown = cut_in_middle(name, room, glyphs.ellipsis)
    style = "lit" if here else "strong" if row.node is None else ""
    marks = (glyphs.current if here else " ", style), (glyphs.breakpoint if stop else " ", "breakpoint")
    return (*marks, (start + shown + " " * (room - cells(shown)), style), (end, "lit" if here else "dim"))


def _of_module(tree: ModuleTree, scope: str, taken: int, glyphs: Glyphs) -> tuple[str, str, str, str]:
    steps = tree.steps[scope]
    done = bisect_left(steps, taken)
    arrived = norm_of(tree.recording.steps[steps[0]].grad) if done else None
    sign = glyphs.opened if scope in tree.opened else glyphs.folded
    name = plain(scope.rpartition(".")[2]) + (" !" if scope in born_scopes(tree.recording) else "")
    return sign, name, f"{done}/{len(steps)}", number(arrived)


def _of_node(tree: ModuleTree, node: int, taken: int, glyphs: Glyphs) -> tuple[str, str, str, str]:
    recording = tree.recording
    step, of = recording.step_of.get(node), recording.nodes[node]
    name = plain(of.label.rpartition(".")[2]) if of.label else f"{plain(_short(of.op))}#{node}"
    if step is not None and step < taken:
        sign = node_sign(recording, node, True, glyphs)
        return glyphs.done, name, sign, number(norm_of(recording.steps[step].grad))
    arrivals = recording.arrivals.get(node, [])
    some = bisect_left(arrivals, taken, key=lambda each: each[0])
    count = f"{some} of {len(arrivals)}" if some else ""
    return glyphs.waiting, name, node_sign(recording, node, False, glyphs) or count, "."


def _short(op: str) -> str:
    """What all ops end in says nothing in a list of them: `AddmmBackward0` is Addmm."""
    return op.partition("Backward")[0] or op


def norm_of(gradients: Iterable[Summary | None]) -> float | None:
    """Return the norm of several gradients together; None where there is none."""
    norms = [each.norm for each in gradients if each is not None]
    return math.hypot(*norms) if norms else None
