"""Guards: whether the comparisons made while a graph was built still have the answers they had."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from .trace import Guard, Trace

SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""A comparison by the sign it is written with."""


def holds(trace: Trace, numbers: Sequence[float]) -> bool:
    """Return whether all comparisons have the answers they had, for these numbers of the nodes."""
    return all(_holds(guard, numbers) for guard in trace.guards)


def broken_sentence(trace: Trace, numbers: Sequence[float]) -> str:
    """Return a sentence on a comparison that has another answer now; empty if all hold."""
    for guard in trace.guards:
        if not _holds(guard, numbers):
            node = trace.nodes[guard.left]
            name = node.label or node.source or f"node {guard.left}"
            return (
                f"{name} {guard.sign} {_right(guard, numbers):g} was {guard.answer} when the graph was "
                f"built, and is {not guard.answer} now at {numbers[guard.left]:g}: build it again"
            )
    return ""


def _holds(guard: Guard, numbers: Sequence[float]) -> bool:
    return bool(SIGNS[guard.sign](numbers[guard.left], _right(guard, numbers)) == guard.answer)


def _right(guard: Guard, numbers: Sequence[float]) -> float:
    return float(guard.right) if guard.plain else numbers[int(guard.right)]
