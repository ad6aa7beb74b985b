"""The largest of some numbers, to be taken off before `exp`: a leaf that no gradient goes through.

Softmax is the same whatever is taken off, so its gradient is too. In a graph that was built, the leaf is
a plain number; a function that is compiled looks for the largest anew in every pass.
"""

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from functools import reduce

from .. import ieee
from ..value import Value

on_largest: ContextVar[Callable[[Value, Sequence[Value]], object] | None]
on_largest = ContextVar("on_largest", default=None)
"""A hook: it is called with the leaf and the nodes whose largest number it has."""


def largest(nodes: Sequence[Value]) -> Value:
    """Return the largest number of at least one node, as a leaf; nan if any is nan, never -0.0."""
    found = Value(largest_number(node.data for node in nodes), label="largest")
    if hook := on_largest.get():
        hook(found, nodes)
    return found


def largest_number(numbers: Iterable[float]) -> float:
    """Return the largest of some numbers; nan if any is nan, 0.0 for -0.0."""
    return reduce(ieee.maximum, numbers) + 0.0
