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
    rows, columns = min(rows, height), min(columns, width)
    if flat.stride(0) < flat.stride(1):  # a transposed one, gone through as it lies in memory
        return tuple(zip(*_block_means(flat.t(), columns, rows), strict=True))
    return _block_means(flat, rows, columns)


def _block_means(flat: Any, rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
    return tuple(_row_of_blocks(band, columns) for band in flat.tensor_split(rows))


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
        total += _sizes_by_column(piece)
    parts = total.tensor_split(columns)
    sums = torch.stack([part.sum() for part in parts]).tolist()
    return tuple(each / (height * len(part)) for each, part in zip(sums, parts, strict=True))


def _sizes_by_column(piece: Any) -> Any:
    """The sums of |x|, column by column."""
    if piece.is_quantized:
        piece = piece.dequantize()
    if not (piece.is_complex() or (piece.is_floating_point() and piece.element_size() > 1)):
        piece = piece.to(torch.float64)
    return piece.abs().sum(0, dtype=torch.float64)
