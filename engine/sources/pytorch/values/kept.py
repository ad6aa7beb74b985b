"""The gradients of a pass that are kept within a budget of bytes: those that come first and fit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from ....recording.tensor import TensorStep
from ....recording.tensor_values import Budget
from ..backward_call import BackwardCall
from ..dry_run import Visit
from ..graph import Graph

Place = tuple[int, str, int]
"""A step, "grad" or "sent", and which output or slot."""


class Keeper:
    """Is shown a pass while it is recorded. This one keeps nothing of it."""

    def begin(self, graph: Graph, call: BackwardCall, live: bool) -> None:
        """A pass begins; one that was begun before counts no more."""

    def see(self, step: int, visit: Visit) -> None:
        """A step is taken."""

    def end(self, steps: Sequence[TensorStep]) -> None:
        """All steps are taken; this is what is known of them."""


class Kept:
    """What is kept of each step. A tensor that somebody has changed since then counts as not kept."""

    def __init__(self, most: int, live: bool = False) -> None:
        self.budget = Budget(most, live=live)
        self._tensors: dict[Place, tuple[Any, int]] = {}
        self._storages: set[int] = set()
        """The addresses of what is kept, each counted once: most is sent as it arrives, or is a view."""

    def offer(self, step: int, visit: Visit) -> None:
        """Keep what fits of a visit."""
        for output, gradient in enumerate(visit.arrived):
            self._offer((step, "grad", output), gradient)
        for sent in visit.sent:
            self._offer((step, "sent", sent.slot), sent.amount)

    def arrived(self, step: int, outputs: int) -> tuple[Any, ...] | None:
        """Return all that arrived at a step; None where not all of it is kept."""
        places = [(step, "grad", output) for output in range(max(1, outputs))]
        if not all(map(self.has, places)):
            return None
        return tuple(self._tensors[place][0] for place in places)

    def has(self, place: Place) -> bool:
        """Whether a gradient is kept, or is known to be None."""
        if place not in self._tensors:
            return False
        tensor, version = self._tensors[place]
        return tensor is None or tensor._version == version

    def tensor(self, place: Place) -> Any:
        """Return a gradient that is kept."""
        return self._tensors[place][0]

    def _offer(self, place: Place, tensor: Any) -> None:
        if tensor is None:
            self._tensors[place] = (None, 0)
            return
        parts = {address: size for address, size in _storages(tensor) if address not in self._storages}
        size = sum(parts.values())
        if self.budget.kept + size > self.budget.bytes or not self.budget.bytes:
            self.budget = replace(self.budget, left_out=self.budget.left_out + 1)
            return
        self.budget = replace(self.budget, kept=self.budget.kept + size)
        self._storages.update(parts)
        self._tensors[place] = (tensor.detach(), tensor._version)


def _storages(tensor: Any) -> list[tuple[int, int]]:
    """The memory behind a tensor: addresses and bytes."""
    if tensor.layout == torch.sparse_coo:
        return [each for part in (tensor._indices(), tensor._values()) for each in _storages(part)]
    try:
        storage = tensor.untyped_storage()
        return [(storage.data_ptr(), storage.nbytes())] if storage.nbytes() else []
    except Exception:  # of another layout, or a class of its own
        return [(id(tensor), tensor.numel() * tensor.element_size())]
