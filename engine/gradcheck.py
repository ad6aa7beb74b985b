"""Gradient check by central differences: nudge an input both ways, and measure the slope."""

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .backward import backward
from .value import Value

CLOSE = 1e-7
"""An error at which the first step is good enough."""
LARGER, SMALLER = 3, 7
"""How many larger steps are tried, and how many from the first on, each ten times smaller."""
SMALLEST = 30
"""How many more at most where the input is small."""


@dataclass(frozen=True)
class Check:
    """One input's gradient by the vjps and by central differences."""

    input: int
    grad: float
    measured: float
    step: float

    @property
    def error(self) -> float:
        """|grad - measured| over the larger of 1 and the two magnitudes."""
        return abs(self.grad - self.measured) / max(1.0, abs(self.grad), abs(self.measured))


def gradcheck(f: Callable[..., Value], inputs: Sequence[float], tolerance: float = 1e-5) -> list[Check]:
    """Compare `backward()` with central differences of `f` at `inputs`, one Check an input.

    The measured slope is (f(x+h) - f(x-h)) / 2h. It starts with h = 6e-6 * max(1, |x|): the cube root of
    the float's epsilon balances truncation against rounding (Nocedal & Wright, Numerical Optimization,
    section 8.1). Where the function bends within that, as 1/x does at 1e-3, smaller steps are better, and
    larger ones where it is large beside its changes: of steps ten times smaller each, that one counts
    whose slope agrees best with the next (as in Ridders' method), what rounding makes of them included.
    Raise AssertionError naming the first input whose error exceeds `tolerance`.
    """
    leaves = [Value(x) for x in inputs]
    backward(f(*leaves))
    checks = [_check(f, inputs, i, leaf.grad) for i, leaf in enumerate(leaves)]
    for check in checks:
        if not check.error <= tolerance:
            raise AssertionError(
                f"input {check.input}: grad is {check.grad!r}, "
                f"central difference gives {check.measured!r}"
            )
    return checks


def _check(f: Callable[..., Value], inputs: Sequence[float], i: int, grad: float) -> Check:
    h = 6e-6 * max(1.0, abs(inputs[i]))
    first = _slope(f, inputs, i, h)
    if Check(i, grad, first, h).error <= CLOSE:
        return Check(i, grad, first, h)
    steps = [h * 10 ** (LARGER - k) for k in range(LARGER + _smaller(inputs[i]))]
    slopes = [_slope(f, inputs, i, step) for step in steps]
    rounding = abs(_at(f, inputs, i, inputs[i])) * sys.float_info.epsilon
    apart = [_doubt(a, b, rounding / h) for (a, b), h in zip(pairwise(slopes), steps[1:], strict=True)]
    best = min(range(len(apart)), key=apart.__getitem__)
    return Check(i, grad, slopes[best + 1], steps[best + 1])


def _doubt(a: float, b: float, rounding: float) -> float:
    """How far a slope is from being known; two zeros may be all that rounding has left of it."""
    doubt = (abs(a - b) + rounding) / max(1.0, abs(a), abs(b))
    return doubt if doubt >= 0 and (a or b or not rounding) else math.inf


def _smaller(x: float) -> int:
    """How many steps are tried: the smaller the input, the closer to it may a pole be."""
    return SMALLER + min(SMALLEST, max(0, math.ceil(-math.log10(abs(x))) - 1)) if x else SMALLER


def _slope(f: Callable[..., Value], inputs: Sequence[float], i: int, h: float) -> float:
    above, below = inputs[i] + h, inputs[i] - h
    if above == below:
        return math.nan
    return (_at(f, inputs, i, above) - _at(f, inputs, i, below)) / (above - below)


def _at(f: Callable[..., Value], inputs: Sequence[float], i: int, x: float) -> float:
    return f(*(Value(x if j == i else other) for j, other in enumerate(inputs))).data
