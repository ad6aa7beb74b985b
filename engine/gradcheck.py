"""Gradient check by central differences: nudge an input both ways, and measure the slope."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .backward import backward
from .value import Value

CLOSE = 1e-7
"""An error at which the first step is good enough."""
SMALLER = 7
"""How many steps are tried, each ten times smaller than the one before."""


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
    section 8.1). Where the function bends within that, as 1/x does at 1e-3, smaller steps are better: of
    steps ten times smaller each, that one counts whose slope agrees best with the next (as in Ridders'
    method). Raise AssertionError naming the first input whose error exceeds `tolerance`.
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
    steps = [h / 10**k for k in range(SMALLER)]
    slopes = [first, *(_slope(f, inputs, i, step) for step in steps[1:])]
    apart = [abs(a - b) if abs(a - b) >= 0 else math.inf for a, b in pairwise(slopes)]
    best = min(range(len(apart)), key=apart.__getitem__)
    return Check(i, grad, slopes[best + 1], steps[best + 1])


def _slope(f: Callable[..., Value], inputs: Sequence[float], i: int, h: float) -> float:
    above, below = inputs[i] + h, inputs[i] - h
    if above == below:
        return math.nan
    return (_at(f, inputs, i, above) - _at(f, inputs, i, below)) / (above - below)


def _at(f: Callable[..., Value], inputs: Sequence[float], i: int, x: float) -> float:
    return f(*(Value(x if j == i else other) for j, other in enumerate(inputs))).data
