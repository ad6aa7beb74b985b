"""Which folded row of the tree, or folded box of the drawing, a node is hidden in."""

from __future__ import annotations

from dataclasses import dataclass

from ....engine.recording.log import Recording
from ...text.format import plain
from ..steps.chain_rule import name
from .boxes import FEW, FoldedGraph
from .outline import UNREACHED, Outline


@dataclass(frozen=True)
class Fold:
    """A part of the graph that is folded: a scope, or what stands below row `row` of the tree."""

    title: str
    scope: str = ""
    row: int = -1
    many: bool = False
    """Whether it is one of so many of its kind that a step passes over all of them that are beside it."""

    @property
    def kind(self) -> str:
        """Of a scope that is one of many, what they are: `sample` of `sample[3]`."""
        return plain(self.scope.rpartition("/")[2].partition("[")[0]) if self.scope.endswith("]") else ""

    def is_like(self, other: Fold | None) -> bool:
        """Whether another fold is of the same kind, as `sample[4]` is, beside it."""
        if other is None or other == self or not (self.many and other.many):
            return False
        return self.scope.rpartition("[")[0] == other.scope.rpartition("[")[0]


def in_scope(recording: Recording, node: int, scope: str) -> bool:
    """Whether a node is in a scope, or in one inside it."""
    own = recording.scopes[node]
    return own == scope or own.startswith(f"{scope}/")


def fold_in_tree(outline: Outline, node: int) -> Fold | None:
    """Return the fold that hides a node in the tree; None where the node shows.

    A parameter stands in the tree where it is used first, maybe in a folded sample; it is hidden with
    its own layer then, not with that sample.
    """
    recording = outline.recording
    if outline.tree.place_of[node] == UNREACHED:
        return None
    row = outline[outline.nearest(node)]
    own = recording.scopes[node]
    if row.kind != "scope" and row.node == node:
        return None
    if row.kind == "scope" and in_scope(recording, node, row.scope):
        return _scope_fold(row.scope, outline)
    if own and (row.kind == "scope" or own != recording.scopes[row.node]):
        return _scope_fold(own.partition("/")[0], outline)
    return Fold(plain(own) or name(recording, row.node), row=row.place)


def fold_in_drawing(graph: FoldedGraph, node: int) -> Fold | None:
    """Return the folded box that a node is drawn in; None where it has a box of its own."""
    item = graph.item_of(node)
    if item.scope:
        return _scope_fold(item.scope)
    return None if item.node == node else Fold(name(graph.recording, item.node), row=item.node)


def _scope_fold(scope: str, outline: Outline | None = None) -> Fold:
    """A folded scope; in the tree each has a row of its own, in the drawing many are one box already."""
    alike = outline.alike[scope.rpartition("[")[0]] if outline and scope.endswith("]") else 1
    return Fold(plain(scope), scope, many=alike > FEW)
