"""What a loss was multiplied by so that small gradients do not vanish: by a GradScaler, or by hand."""

import math
from collections.abc import Sequence

from ...recording.tensor import LossScale, TensorStep
from .backward_call import BackwardCall
from .forward import ForwardNotes
from .graph import Graph

BY_HAND = 64.0
"""A factor from this on is a scale, and no weight of a loss among others."""


def loss_scale(
    graph: Graph, call: BackwardCall, notes: ForwardNotes | None, steps: Sequence[TensorStep]
) -> LossScale | None:
    """Return the factor of all roots together; None where there is none, or each has its own."""
    found = {_of_root(graph, node, notes, steps) for node, _ in graph.roots}
    return found.pop() if len(found) == 1 else None


def _of_root(
    graph: Graph, node: int, notes: ForwardNotes | None, steps: Sequence[TensorStep]
) -> LossScale | None:
    if notes is not None and (factor := notes.scales.get(graph.sequence[node])):
        return LossScale(factor, "GradScaler")
    step = next((step for step in steps if step.node == node), None)
    arrived = step.grad[0] if step is not None else None
    if step is None or arrived is None or arrived.shape or not math.isfinite(arrived.norm):
        return None
    given = [write.amount for write in step.writes]
    is_product = graph.op(node) == "MulBackward0" and len(given) == 1
    amount = given[0] if is_product and given[0] is not None and not given[0].shape else arrived
    by = "the gradient that backward() was given" if amount is arrived else "the last product"
    return (
        LossScale(amount.norm, by, amount is not arrived) if BY_HAND <= amount.norm < math.inf else None
    )
