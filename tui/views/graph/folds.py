"""Which folded row of the tree, or folded box of the drawing, a node is hidden in."""

from __future__ import annotations

from dataclasses import dataclass

from ....engine.recording.log import Recording
from ...text.format import plain
from ..steps.chain_rule import name
from .boxes import FoldedGraph
from .outline import UNREACHED, Outline


@dataclass(frozen=True)
class Fold:
    """A part of the graph that is folded: a scope, or what stands below row `row` of the tree."""

    title: str
    scope: str = ""
    row: int = -1


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
        return _scope_fold(row.scope)
    if own and (row.kind == "scope" or own != recording.scopes[row.node]):
        return _scope_fold(own.partition("/")[0])
    return Fold(plain(own) or name(recording, row.node), row=row.place)


def fold_in_drawing(graph: FoldedGraph, node: int) -> Fold | None:
    """Return the folded box that a node is drawn in; None where it has a box of its own."""
    item = graph.item_of(node)
    if item.scope:
        return _scope_fold(item.scope)
    return None if item.node == node else Fold(name(graph.recording, item.node), row=item.node)


def _scope_fold(scope: str) -> Fold:
    return Fold(plain(scope), scope)
