"""A tensor's elements as one flat view, without a copy wherever they lie side by side in memory.

A weight's gradient comes transposed, and `reshape(-1)` would copy all of it.
"""

from typing import Any


def in_memory_order(tensor: Any) -> Any:
    """Return a strided tensor's elements in the order they lie in; copied where there are gaps."""
    if not lies_together(tensor):
        return tensor.reshape(-1)
    return tensor.as_strided((tensor.numel(),), (1,))


def lies_together(tensor: Any) -> bool:
    """Whether a tensor fills a piece of memory without gaps, each place once."""
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1 and stride != expected:
            return False
        expected *= size if size != 1 else 1
    return True
