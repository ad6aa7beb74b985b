"""Central differences of somebody's own forward: what a gradient should be, whatever the op is."""

import math
from collections.abc import Callable, Sequence

STEP = 0.01
"""So large a step leaves float32 its digits; five points make up for it: the error falls with STEP**4."""
TOLERANCE = 1e-3
AGREE = 2e-4
"""Slopes of two steps that differ by more were not measured: the function is rounded, or bends."""

Function = Callable[[Sequence[float]], float]


def slope(f: Function, values: Sequence[float], i: int, likely: float | None = None) -> float | None:
    """Return the slope of `f` in its argument `i`; None where it cannot be measured.

    Where it is what is `likely` one step is enough to say so.
    """
    try:
        size = max(1.0, abs(values[i]))
        fine = _slope(f, values, i, STEP * size)
        if likely is not None and close(fine, likely):
            return fine
        coarse = _slope(f, values, i, 2.5 * STEP * size)
    except Exception:
        return None
    return fine if abs(fine - coarse) <= AGREE * max(1.0, abs(fine)) else None


def _slope(f: Function, values: Sequence[float], i: int, h: float) -> float:
    def at(steps: int) -> float:
        return f([x + steps * h if j == i else x for j, x in enumerate(values)])

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


def close(a: float, b: float, tolerance: float = TOLERANCE) -> bool:
    """Whether a gradient is the slope, as well as that could be measured."""
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) or (a != a and b != b)
