"""The gradients of a pass that are kept within a budget of bytes: those that come first and fit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from ....recording.tensor import TensorStep
from ....recording.tensor_values import MEGABYTE, Budget
from ..backward_call import BackwardCall
from ..dry_run import Visit
from ..graph import Graph

Place = tuple[int, str, int]
"""A step, "grad" or "sent", and which output or slot."""


RECENT = 64 * MEGABYTE
"""Bytes of what was computed again that stay at hand, beside what is kept."""


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


class Recent:
    """What was computed again last, up to some bytes: the steps beside it are asked for next, mostly."""

    def __init__(self, most: int = RECENT) -> None:
        self._most = most
        self._size = 0
        self._tensors: dict[Place, tuple[Any, int]] = {}

    def offer(self, step: int, visit: Visit) -> None:
        """Take in a visit, and leave out the oldest where that is too much."""
        for output, gradient in enumerate(visit.arrived):
            self._add((step, "grad", output), gradient, 0 if gradient is None else gradient._version)
        for sent in visit.sent:
            version = 0 if sent.amount is None else sent.amount._version
            self._add((step, "sent", sent.slot), sent.amount, version)

    def take_in(self, other: "Recent") -> None:
        """Take in all that another has."""
        for place, (tensor, version) in other._tensors.items():
            self._add(place, tensor, version)

    def has(self, place: Place) -> bool:
        """Whether a gradient is there as it was."""
        tensor, version = self._tensors.get(place, (None, -1))
        return version == 0 if tensor is None else tensor._version == version

    def tensor(self, place: Place) -> Any:
        """Return one that is there."""
        return self._tensors[place][0]

    def _add(self, place: Place, tensor: Any, version: int) -> None:
        if place in self._tensors:
            self._size -= _size(self._tensors.pop(place)[0])
        self._tensors[place] = (tensor, version)
        self._size += _size(tensor)
        while self._size > self._most:
            self._size -= _size(self._tensors.pop(next(iter(self._tensors)))[0])


def _size(tensor: Any) -> int:
    return 0 if tensor is None else sum(size for _, size in _storages(tensor))


def _storages(tensor: Any) -> list[tuple[int, int]]:
    """The memory behind a tensor: addresses and bytes."""
    if tensor.layout == torch.sparse_coo:
        return [each for part in (tensor._indices(), tensor._values()) for each in _storages(part)]
    try:
        storage = tensor.untyped_storage()
        return [(storage.data_ptr(), storage.nbytes())] if storage.nbytes() else []
    except Exception:  # of another layout, or a class of its own
        return [(id(tensor), tensor.numel() * tensor.element_size())]
