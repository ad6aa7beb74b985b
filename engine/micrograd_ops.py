"""Arithmetic made of micrograd's own ops: `+`, `*`, a plain power and ReLU, as its operators are.

A class that says `op_names="micrograd"` gets these methods, so that its graphs have the very nodes and
`_op` names that code written for micrograd's graphs switches on: `a - b` is `a + b * -1`.
"""

from collections.abc import Callable
from typing import Any

from . import ieee

SYMBOLS = {"relu": "ReLU"}
"""What micrograd calls an op otherwise than its row is written."""


def _negated(self: Any) -> Any:
    return self * -1


def _less(self: Any, other: Any) -> Any:
    return self + other * -1


def _less_than(self: Any, other: Any) -> Any:
    return self * -1 + other


def _divided(self: Any, other: Any) -> Any:
    return self * _inverse(other)


def _dividing(self: Any, other: Any) -> Any:
    return self**-1 * other


def _inverse(number: Any) -> Any:
    return ieee.divide(1.0, number) if isinstance(number, int | float) else number**-1


METHODS: dict[str, Callable[..., Any]] = {
    "__neg__": _negated,
    "__sub__": _less,
    "__rsub__": _less_than,
    "__truediv__": _divided,
    "__rtruediv__": _dividing,
}
