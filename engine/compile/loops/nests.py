"""Loop nests: the axes that some arrays are walked along together, as few as possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ..ir.dtypes import Ints


@dataclass(frozen=True)
class Axis:
    """An axis: how many places, and how far the next one is in each array, in numbers."""

    size: int
    steps: tuple[int, ...]

    def turned(self, turned: bool) -> Axis:
        """Return it with the second and the third array changed over."""
        return Axis(self.size, (self.steps[0], self.steps[2], self.steps[1])) if turned else self


def axes_of(shape: tuple[int, ...], *arrays: NDArray[np.float64]) -> list[Axis]:
    """Return the axes along which arrays are walked that spread to a shape."""
    strides = [np.broadcast_to(array, shape).strides for array in arrays]
    return [
        Axis(size, tuple(each[i] // 8 for each in strides)) for i, size in enumerate(shape) if size != 1
    ]


def merged(axes: Iterable[Axis]) -> list[Axis]:
    """Return fewer axes for the same walk in any order: the first array's longest steps outermost."""
    made: list[Axis] = []
    for axis in sorted(axes, key=lambda axis: [-abs(step) for step in axis.steps]):
        if made and all(
            far == near * axis.size for far, near in zip(made[-1].steps, axis.steps, strict=True)
        ):
            made[-1] = Axis(made[-1].size * axis.size, axis.steps)
        else:
            made.append(axis)
    return made


def starts(axes: Iterable[Axis], arrays: int) -> Iterator[tuple[int, ...]]:
    """Yield where each array is at every place of a walk along the axes."""
    for at in product(*(range(axis.size) for axis in axes)):
        yield tuple(
            sum(i * axis.steps[n] for i, axis in zip(at, axes, strict=True)) for n in range(arrays)
        )


def places(array: NDArray[np.float64]) -> Ints:
    """Return how far every number of an array is from its first, in C order."""
    found = np.zeros((), np.int64)
    for length, step in zip(array.shape, array.strides, strict=True):
        found = found[..., None] + np.arange(length) * (step // 8)
    return found.reshape(-1)
