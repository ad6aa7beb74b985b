"""Which nodes of a graph gave out nan or inf in the forward pass, as the notes on it say."""

import math
from collections.abc import Collection
from typing import Any

from ...recording.tensor import NotFinite
from .forward import ForwardNotes
from .forward_values import Bad, counts
from .graph import NO_SEQUENCE, Graph
from .summary import shape_of

SAME = ("TBackward0", "TransposeBackward0", "PermuteBackward0", "ToCopyBackward0")
"""Ops between a parameter and its use that were not looked at, and give the same values."""


def not_finite(
    graph: Graph, notes: ForwardNotes | None, leaves: Collection[int] | None = None
) -> tuple[NotFinite, ...] | None:
    """Return them parents first; None where the forward pass was not watched.

    Leaves are looked at too, for no op has made them: those that are known to be bad, or all.
    """
    made = [number for number in graph.sequence if number != NO_SEQUENCE]
    if notes is None or not notes.values.saw(made):
        return None
    found: dict[int, NotFinite] = {}
    for node, number in enumerate(graph.sequence):
        is_leaf = number == NO_SEQUENCE
        looks = is_leaf and (leaves is None or node in leaves)
        bad = _of_leaf(graph.leaf(node)) if looks else notes.values.bad.get(number)
        if bad is not None:
            each = _noted(graph, node, bad)
        else:
            each = _handed_on(graph, node, found)
        if each is not None:
            found[node] = each
    return tuple(found.values())


def _of_leaf(leaf: Any) -> Bad | None:
    try:
        held = counts(leaf)
    except Exception:  # a leaf of a kind that has no such numbers
        return None
    return Bad((held,)) if any(held) else None


def _noted(graph: Graph, node: int, bad: Bad) -> NotFinite | None:
    """Of outputs only those that the graph has; others are for the backward pass alone."""
    outputs = graph.outputs[node]
    several = bad.outputs[: max(1, len(outputs))]
    nan, inf, minus = (sum(each[i] for each in several) for i in range(3))
    total = sum(math.prod(shape_of(output)) for output in outputs)
    return NotFinite(node, nan, inf, minus, total, bad.operands) if nan or inf or minus else None


def _handed_on(graph: Graph, node: int, found: dict[int, NotFinite]) -> NotFinite | None:
    parents = [parent for parent, _ in graph.edges[node] if parent in found]
    if len(parents) != 1 or graph.leaf(parents[0]) is None or graph.op(node) not in SAME:
        return None
    before = found[parents[0]]
    return NotFinite(node, before.nan, before.inf, before.minus_inf, before.total)
