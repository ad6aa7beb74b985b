"""Index arrays that are steps of even width, and so need no copy: strided views."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..ir.dtypes import Ints

Shape = tuple[int, ...]


def strides_of(index: Ints) -> Shape | None:
    """Return the step along each axis, or None where the steps are not even."""
    start = index.flat[0]
    corner = (0,) * index.ndim
    steps = [
        int(index[(*corner[:axis], 1, *corner[axis + 1 :])] - start) if length > 1 else 0
        for axis, length in enumerate(index.shape)
    ]
    rebuilt = np.array(start)
    for length, step in zip(index.shape, steps, strict=True):
        rebuilt = rebuilt[..., None] + np.arange(length) * step
    return tuple(steps) if (rebuilt == index).all() else None


def shape_for(operands: Iterable[Ints]) -> Shape:
    """Return the shape in which most of these flat index arrays are even: (n,), or (rows, columns)."""
    flat = list(operands)
    shapes: list[Shape] = [(len(flat[0]),)]
    for index in flat:
        period = _period(index)
        if 1 < period < len(index) and len(index) % period == 0:
            shapes.append((len(index) // period, period))
    return max(shapes, key=lambda s: sum(strides_of(i.reshape(s)) is not None for i in flat))


def _period(index: Ints) -> int:
    """Return after how many entries the even steps of the beginning break off."""
    steps = np.diff(index)
    breaks = np.flatnonzero(steps != steps[:1]) if len(steps) else steps
    return int(breaks[0]) + 1 if len(breaks) else len(index)
