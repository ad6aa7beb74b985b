"""The backward pass: visit every node after all its consumers, let each hand its gradient on."""

from collections.abc import Iterator

from .graph import toposort
from .value import Value, propagate


def backward_steps(root: Value) -> Iterator[Value]:
    """Run the backward pass from `root`, pausing after each node; yield the node just visited.

    Inner nodes start at 0, so they show this pass only; leaves keep what they have and accumulate.
    The first node yielded is the root, its gradient 1 because d(root)/d(root) = 1.
    """
    order = toposort(root)
    for node in order:
        if node.op is not None:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        propagate(node)
        yield node


def backward(root: Value) -> None:
    """Add d(root)/d(leaf) to the `grad` of every leaf; calling it twice adds the same again."""
    for _ in backward_steps(root):
        pass
