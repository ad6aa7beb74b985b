"""A tensor averaged down for a small picture: the mean of |x| over blocks, in one pass."""

from math import prod
from typing import Any

import torch

from ..summary import shape_of

PIECE = 1 << 20
"""Elements that are worked on at a time."""
WIDE = 4.0
"""Columns a row that a picture of a terminal has room for."""


def block_means(tensor: Any, rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
    """Return the mean of |x| of at most so many rows and columns of blocks, all of about one size."""
    if tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    height, width = rows_and_columns(shape_of(tensor))
    if not height or not width:
        return ()
    flat = tensor.reshape(height, width)
    columns = min(columns, width)
    return tuple(_row_of_blocks(band, columns) for band in flat.tensor_split(min(rows, height)))


def rows_and_columns(shape: tuple[int, ...]) -> tuple[int, int]:
    """Join the dimensions of a tensor to two, so that they are as wide as a picture, if they can be."""
    if len(shape) < 2 or not prod(shape):
        return (1, prod(shape)) if prod(shape) else (0, 0)
    return min(
        ((prod(shape[:i]), prod(shape[i:])) for i in range(1, len(shape))),
        key=lambda sides: max(sides[1] / sides[0] / WIDE, sides[0] * WIDE / sides[1]),
    )


def _row_of_blocks(band: Any, columns: int) -> tuple[float, ...]:
    height, width = band.shape
    total = torch.zeros(width, dtype=torch.float64, device=band.device)
    for piece in band.split(max(1, PIECE // width)):
        total += _size_of(piece).sum(0, dtype=torch.float64)
    parts = total.tensor_split(columns)
    sums = torch.stack([part.sum() for part in parts]).tolist()
    return tuple(each / (height * len(part)) for each, part in zip(sums, parts, strict=True))


def _size_of(piece: Any) -> Any:
    if piece.is_quantized:
        piece = piece.dequantize()
    if piece.is_complex() or (piece.is_floating_point() and piece.element_size() > 1):
        return piece.abs()
    return piece.to(torch.float64).abs()
