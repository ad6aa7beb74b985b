"""The backward pass: visit every node after all its consumers, let each hand its gradient on."""

from collections.abc import Iterator

from .graph import walked, walking
from .value import Value, propagate


def backward_steps(root: Value) -> Iterator[Value]:
    """Run the backward pass from `root`, pausing after each node; yield the node just visited.

    Inner nodes start at 0, so they show this pass only; leaves keep what they have and accumulate.
    The first node yielded is the root, its gradient 1 because d(root)/d(root) = 1.
    """
    with walking:
        order = _seeded(root)
    for node in order:
        propagate(node)
        yield node


def backward(root: Value) -> None:
    """Add d(root)/d(leaf) to the `grad` of every leaf; calling it twice adds the same again."""
    with walking:  # += from two threads would lose contributions to a node they share
        for node in _seeded(root):  # backward_steps without the pauses, which cost a sixth of the time
            propagate(node)


def _seeded(root: Value) -> Iterator[Value]:
    """Return the nodes in the order of the pass, gradients as they are before its first visit."""
    order = walked(root)
    for node in order:
        if node.op is not None:
            node.grad = 0.0
    root.grad += 1.0
    return reversed(order)


Value.backward = backward
