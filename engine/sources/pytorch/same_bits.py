"""Whether two tensors are the same to the last bit."""

from typing import Any

import torch

from .flat import in_memory_order, lies_together


def same_bits(one: Any, other: Any) -> bool:
    """Compare shape, dtype and every bit; a nan is one as another, whatever its bits carry."""
    if one is None or other is None:
        return one is other
    if (one.shape, one.dtype, one.layout) != (other.shape, other.dtype, other.layout):
        return False
    with torch.no_grad():
        return all(
            _same_dense(a, b) for a, b in zip(_parts(one.detach()), _parts(other.detach()), strict=True)
        )


def _parts(tensor: Any) -> tuple[Any, ...]:
    if tensor.layout == torch.sparse_coo:
        tensor = tensor.coalesce()
        return tensor.indices(), tensor.values()
    return (tensor.to_dense() if tensor.layout != torch.strided else tensor,)


def _same_dense(one: Any, other: Any) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype.is_complex:
        one, other = torch.view_as_real(one.resolve_conj()), torch.view_as_real(other.resolve_conj())
    if one.stride() == other.stride() and lies_together(one):
        one, other = in_memory_order(one), in_memory_order(other)
    if torch.equal(_bits(one), _bits(other)):
        return True
    both = one.isnan() & other.isnan()
    return bool(both.any()) and torch.equal(
        _bits(one.masked_fill(both, 0)), _bits(other.masked_fill(both, 0))
    )


def _bits(tensor: Any) -> Any:
    """The elements as whole numbers of their size, in the order of their indices."""
    dense = tensor.resolve_neg().contiguous()
    return in_memory_order(dense).view(_WHOLE.get(dense.element_size(), torch.uint8))


_WHOLE = {2: torch.int16, 4: torch.int32, 8: torch.int64}
