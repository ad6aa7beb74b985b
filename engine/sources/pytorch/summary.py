"""The summary of a tensor: norm, sum, least, greatest, mean, zeros, in double precision, in one pass.

A piece at a time, so that the doubles of a large tensor stay in the processor's cache.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch

from ...recording.tensor import Number, Summary
from .flat import in_memory_order

PIECE = 1 << 17


def dtype_name(dtype: Any) -> str:
    """Return `float32` for torch.float32."""
    return str(dtype).removeprefix("torch.")


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Return a tensor's shape, or that in a node's notes of one, as plain numbers."""
    return tuple(tensor.shape)


def summarise(tensor: Any) -> Summary:
    """Return the summary of a tensor of any layout."""
    elements = _elements(tensor.detach())  # of which no graph is made
    count = math.prod(shape_of(tensor))
    found = _Complex() if elements.dtype.is_complex else _Real()
    for piece, doubles in _pieces(elements):
        found.add(piece, doubles)
    found.add_zeros(count - elements.numel())
    total, nonfinite = found.total, found.nonfinite
    return Summary(
        shape_of(tensor),
        dtype_name(tensor.dtype),
        found.norm(elements),
        total,
        found.least,
        found.greatest,
        total / count if count else math.nan,
        found.zeros / count if count else 0.0,
        nonfinite,
    )


def _elements(tensor: Any) -> Any:
    """The elements as a flat tensor; of a sparse one those it holds, each place once."""
    if tensor.is_nested:
        raise TypeError("nested tensors have no summary yet")
    if tensor.layout == torch.sparse_coo:
        tensor = tensor.coalesce().values()
    elif tensor.layout in (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc):
        tensor = tensor.values()
    elif tensor.layout != torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    return in_memory_order(tensor)


def _pieces(elements: Any) -> Iterator[tuple[Any, Any]]:
    """Pieces as they are and in double precision; the next overwrites the doubles of the last.

    On a GPU all at once, for there each piece costs its kernels.
    """
    double = torch.complex128 if elements.dtype.is_complex else torch.float64
    count = elements.numel()
    size = min(PIECE, count) if elements.device.type == "cpu" else count
    room = torch.empty(size, dtype=double, device=elements.device)  # to make it anew costs most of it
    for start in range(0, count, max(1, size)):
        piece = elements[start : start + size]
        yield piece, room[: piece.numel()].copy_(piece)


class _Real:
    def __init__(self) -> None:
        self.total: Number = 0.0
        self.squares = 0.0
        self.least: float | None = None
        self.greatest: float | None = None
        self.zeros = 0
        self.nonfinite = 0

    def add(self, piece: Any, doubles: Any) -> None:
        least, greatest = torch.aminmax(piece if piece.is_floating_point() else doubles)
        squares = float(doubles.dot(doubles))
        self.squares += squares
        self.total += float(doubles.sum())
        self._bound(float(least), float(greatest))
        self.zeros += piece.numel() - int(torch.count_nonzero(piece))
        if not math.isfinite(squares):
            self.nonfinite += piece.numel() - int(torch.isfinite(piece).sum())

    def add_zeros(self, count: int) -> None:
        """Count the elements that a sparse tensor does not hold."""
        self.zeros += count
        if count:
            self._bound(0.0, 0.0)

    def _bound(self, least: float, greatest: float) -> None:
        # A nan stays: it compares as neither less nor greater.
        if self.least is None or self.greatest is None:
            self.least, self.greatest = least, greatest
            return
        self.least = self.least if math.isnan(self.least) or self.least <= least else least
        self.greatest = (
            self.greatest if math.isnan(self.greatest) or self.greatest >= greatest else greatest
        )

    def norm(self, elements: Any) -> float:
        """The root of the sum of squares; scaled where those would overflow, or vanish."""
        if self.nonfinite or 1e-290 < self.squares < math.inf:
            return math.nan if math.isnan(self.squares) else math.sqrt(self.squares)
        biggest = max(abs(self.least or 0.0), abs(self.greatest or 0.0))
        if not biggest:
            return 0.0
        scaled = (doubles / biggest for _, doubles in _pieces(elements))
        return biggest * math.sqrt(sum(float(piece.dot(piece)) for piece in scaled))


class _Complex(_Real):
    def __init__(self) -> None:
        super().__init__()
        self.total = 0j

    def add(self, piece: Any, doubles: Any) -> None:
        parts = torch.view_as_real(doubles).reshape(-1)
        squares = float(parts.dot(parts))
        self.squares += squares
        self.total += complex(doubles.sum())
        self.zeros += piece.numel() - int(torch.count_nonzero(piece))
        if not math.isfinite(squares):
            self.nonfinite += piece.numel() - int(torch.isfinite(piece).sum())

    def _bound(self, least: float, greatest: float) -> None:
        """Complex numbers have no order."""

    def norm(self, elements: Any) -> float:
        if self.nonfinite or 1e-290 < self.squares < math.inf:
            return math.nan if math.isnan(self.squares) else math.sqrt(self.squares)
        return float(elements.to(torch.complex128).abs().norm()) if elements.numel() else 0.0
