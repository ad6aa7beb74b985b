"""The backward pass: visit every node after all its consumers, let each hand its gradient on."""

from collections import deque
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
        op, b = node.op, node.second
        if op is not None:
            vjps = op.vjps
            if vjps is None:
                propagate(node)
            elif b is None:  # from here on what propagate does, without a call a node
                a = node.first
                a.grad += vjps[0](node.grad, node.data, a.data)  # type: ignore[union-attr]
            else:
                a, g, ans, y = node.first, node.grad, node.data, b.data
                x = a.data  # type: ignore[union-attr]
                to_a, to_b = vjps
                a.grad += to_a(g, ans, x, y)  # type: ignore[union-attr]
                b.grad += to_b(g, ans, x, y)
        yield node


def backward(root: Value) -> None:
    """Add d(root)/d(leaf) to the `grad` of every leaf; calling it twice adds the same again."""
    deque(backward_steps(root), maxlen=0)  # the quickest way to exhaust an iterator


Value.backward = backward  # type: ignore[method-assign]  # here, so that value.py imports nothing above it
