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
    kept: Kept = []
    with walking:
        order = _seeded(root, kept)
    try:
        for node in reversed(order):
            propagate((node,))
            yield node
    finally:
        _add(kept)


def backward(root: Value) -> None:
    """Add d(root)/d(leaf) to the `grad` of every leaf; calling it twice adds the same again."""
    kept: Kept = []
    walking.acquire()  # += from two threads would lose contributions; `with` takes twice as long
    try:
        propagate(reversed(_seeded(root, kept)))
    finally:
        if kept:
            _add(kept)
        walking.release()


def _seeded(root: Value, kept: Kept) -> list[Value]:
    """Return the nodes, gradients as they are before the first visit; what that took away goes to `kept`.

    A root that has a gradient already has been through a pass: its graph begins anew.
    """
    order, fresh = walked(root), not root.grad
    for node in order:
        grad = node.grad
        if grad:
            if node.op is not None:
                node.grad = 0.0
                if fresh:
                    kept.append((node, grad))
        elif grad is None:  # as PyTorch's users reset it
            node.grad = 0.0
    root.grad += 1.0
    return order


def _add(kept: Kept) -> None:
    for node, grad in kept:
        node.grad += grad


Value.backward = backward
