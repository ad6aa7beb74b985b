"""The backward pass: visit every node after all its consumers, let each hand its gradient on."""

from collections import deque
from collections.abc import Iterator
from typing import Any

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
            a: Any = node.first
            if vjps is None:
                propagate(node)
            elif b is None:  # from here on what propagate does, without a call a node
                a.grad += vjps[0](node.grad, node.data, a.data)
            else:
                g, ans, x, y = node.grad, node.data, a.data, b.data
                to_a, to_b = vjps
                a.grad += to_a(g, ans, x, y)
                b.grad += to_b(g, ans, x, y)
        yield node


def backward(root: Value) -> None:
    """Add d(root)/d(leaf) to the `grad` of every leaf; calling it twice adds the same again."""
    deque(backward_steps(root), maxlen=0)  # the quickest way to exhaust an iterator


Value.backward = backward  # type: ignore[method-assign,assignment]  # here: value.py imports nothing above it
