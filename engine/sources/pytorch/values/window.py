"""The numbers of a part of a tensor, as Python's: only the part is copied, whatever its layout."""

from typing import Any

import torch

from ....recording.tensor import Number
from ....recording.tensor_slice import Grid, Pick, Place, unravelled
from ....recording.tensor_values import View

MOST_DENSE = 1 << 28
"""Elements of a sparse tensor that are written out at most."""


def numbers(tensor: Any, view: View) -> tuple[tuple[Number, ...], ...]:
    """Return the numbers of a view, row by row."""
    shape = view.pick.shape
    grid = Grid(shape, max(1, view.wrap))
    rows = range(max(0, view.rows[0]), min(view.rows[1], grid.rows))
    left, right = max(0, view.columns[0]), min(view.columns[1], grid.columns)
    if not rows or right <= left:
        return ()
    tensor, places = _narrowed(tensor, view.pick, rows)
    picked = tensor[tuple(map(_index, places))]
    if not shape:
        return ((_listed(picked),),)
    if len(shape) == 1:
        starts = [row * grid.wrap for row in rows]
        return tuple(
            tuple(_listed(picked[start + left : start + min(right, grid.wrap)])) for start in starts
        )
    first = 0 if places is view.pick.places else rows[0] // _inner(shape)
    several = []
    for row in rows:
        outer, *inner = unravelled(row, shape[:-1])
        several.append(picked[(outer - first, *inner)][left:right])
    return tuple(map(tuple, _listed(torch.stack(several))))


def _inner(shape: tuple[int, ...]) -> int:
    """How many rows stand below one index of the first dimension."""
    rows = 1
    for size in shape[1:-1]:
        rows *= size
    return rows


def _narrowed(tensor: Any, pick: Pick, rows: range) -> tuple[Any, tuple[Place, ...]]:
    """Return a strided tensor, and what is picked of it: of a sparse one only what the rows need."""
    places = pick.places
    if tensor.layout == torch.strided:
        return tensor, places
    if tensor.layout == torch.sparse_coo and places and tensor.sparse_dim():
        first = places[0]
        if isinstance(first, range) and len(pick.shape) > 1:
            inner = _inner(pick.shape)
            needed = first[rows[0] // inner : rows[-1] // inner + 1]
        else:
            needed = first if isinstance(first, range) else range(first, first + 1)
        tensor = tensor.index_select(0, torch.tensor(list(needed), device=tensor.device))
        places = (range(len(needed)) if isinstance(first, range) else 0, *places[1:])
    if tensor.numel() > MOST_DENSE:
        raise RuntimeError("it is sparse, and too large to be written out: slice it")
    return tensor.to_dense(), places


def _index(place: Place) -> int | slice:
    return (
        place if isinstance(place, int) else slice(place.start, max(place.start, place.stop), place.step)
    )


def _listed(tensor: Any) -> Any:
    """Return a small tensor as lists of Python's numbers."""
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    tensor = tensor.resolve_conj().resolve_neg().cpu()
    return (tensor.to(torch.float64) if tensor.is_floating_point() else tensor).tolist()
