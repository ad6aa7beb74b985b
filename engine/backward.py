"""The backward pass: visit every node after all its consumers, let each hand its gradient on.

What a node hands on is the gradient of this pass alone. What it has in `grad` at the end depends: a leaf
accumulates over passes, and so does an inner node over the passes of several graphs that share it (a
parameter that was computed, `w = Value(0.5) * 2`), as PyTorch's `retain_grad` has it. A second pass over
one graph shows in its inner nodes that pass: twice the gradient there would be no derivative of anything.
"""

from collections.abc import Generator

from .graph import walked, walking
from .value import Value, propagate

Kept = list[tuple[Value, float]]
"""Inner nodes with the gradients that passes of other graphs have left in them."""


def backward_steps(root: Value) -> Generator[Value, None, None]:
    """Run the backward pass from `root`, pausing after each node; yield the node just visited.

    Inner nodes start at 0, so they show this pass only; leaves keep what they have and accumulate. What
    an inner node had from other graphs is added to it when the pass is over. The first node yielded is
    the root, its gradient 1 because d(root)/d(root) = 1.
    """
    with walking:
        order, kept = _seeded(root)
    try:
        for node in reversed(order):
            propagate(node)
            yield node
    finally:
        _add(kept)


def backward(root: Value) -> None:
    """Add d(root)/d(leaf) to the `grad` of every leaf; calling it twice adds the same again."""
    with walking:  # += from two threads would lose contributions to a node they share
        order, kept = _seeded(root)
        try:
            for node in reversed(order):  # backward_steps without the pauses, a sixth of the time
                propagate(node)
        finally:
            _add(kept)


def _seeded(root: Value) -> tuple[list[Value], Kept]:
    """Return the nodes, gradients as they are before the first visit, and what that took away.

    A root that has a gradient already has been through a pass: its graph begins anew.
    """
    order, kept = walked(root), []
    fresh = not root.grad
    for node in order:
        if node.grad and node.op is not None:
            if fresh:
                kept.append((node, node.grad))
            node.grad = 0.0
        elif node.grad is None:  # as PyTorch's users reset it
            node.grad = 0.0
    root.grad += 1.0
    return order, kept


def _add(kept: Kept) -> None:
    for node, grad in kept:
        node.grad += grad


Value.backward = backward
