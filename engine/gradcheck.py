"""Gradient check by central differences: nudge an input both ways, and measure the slope."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .backward import backward
from .value import Value


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

    The measured slope is (f(x+h) - f(x-h)) / 2h with h = 6e-6 * max(1, |x|): the cube root of the
    float's epsilon balances truncation against rounding (Nocedal & Wright, Numerical Optimization,
    section 8.1). Raise AssertionError naming the first input whose error exceeds `tolerance`.
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
    above, below = inputs[i] + h, inputs[i] - h
    rise = _at(f, inputs, i, above) - _at(f, inputs, i, below)
    return Check(i, grad, rise / (above - below), h)


def _at(f: Callable[..., Value], inputs: Sequence[float], i: int, x: float) -> float:
    return f(*(Value(x if j == i else other) for j, other in enumerate(inputs))).data
