"""What one step of an optimizer does to parameters: their gradients before it, and how far they move."""

import math
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.optim import optimizer as optimizers

from .forward import Hook
from .readings import Place, Read, Readings, flat, read, strided

COPIED = 1 << 16
"""Numbers of a parameter that are copied for as long as a step takes, to see how far it moves them: all
of a small one, of a large one an even sample, which costs next to no time and memory."""


class Parameters:
    """A model's parameters by module, each once, as they are now."""

    def __init__(self, modules: Mapping[str, Any]) -> None:
        self.of: dict[str, list[Any]] = {}
        self.skipped = ""
        """Why one of them is not looked at, if so."""
        seen: set[int] = set()
        for name, module in modules.items():
            own = [each for each in module._parameters.values() if each is not None]
            own = [each for each in own if id(each) not in seen and self._usable(each)]
            seen.update(map(id, own))
            if own:
                self.of[name] = own
        self.all = [each for own in self.of.values() for each in own]
        self.size = {name: sum(each.numel() for each in own) for name, own in self.of.items()}

    def _usable(self, parameter: Any) -> bool:
        if isinstance(parameter, torch.nn.parameter.UninitializedTensorMixin):
            return False  # it has no numbers until the first forward pass
        kind = type(parameter).__name__
        if kind == "DTensor" or parameter.device.type == "meta" or parameter.is_quantized:
            what = (
                "sharded" if kind == "DTensor" else "quantised" if parameter.is_quantized else "on meta"
            )
            self.skipped = f"parameters that are {what} are not looked at"
            return False
        return True


class Measured:
    """The readings of parameters and gradients, and of their updates once a step has been taken."""

    def __init__(self) -> None:
        self.readings = Readings()
        self.weights: dict[int, Read] = {}
        self.gradients: dict[int, Read] = {}
        self.moved: dict[int, tuple[Place, Place]] = {}
        """Of each parameter that was updated: the norm of the update, and of what it was before."""
        self._before: dict[int, tuple[Any, Any]] = {}

    def look(
        self, parameters: Parameters, of: Callable[[Any], bool], scale: Any = None, whole: bool = True
    ) -> None:
        """Have read what of the parameters is of interest, with gradients if it is to be `whole`."""
        for name, own in parameters.of.items():
            for each in own:
                if id(each) not in self.weights and of(each):
                    self.weights[id(each)] = read(self.readings, each, parameters.size[name])
                    if whole:
                        self._gather(each, parameters.size[name], scale)

    def gather(self, parameters: Parameters, of: Callable[[Any], bool]) -> None:
        """Have the gradients read of parameters that were looked at without."""
        for name, own in parameters.of.items():
            for each in own:
                if id(each) in self.weights and id(each) not in self.gradients and of(each):
                    self._gather(each, parameters.size[name], None)

    def _gather(self, parameter: Any, size: int, scale: Any) -> None:
        if parameter.grad is not None:
            self.gradients[id(parameter)] = read(self.readings, parameter.grad, size, scale)

    def copy(self, parameters: Parameters, of: Callable[[Any], bool]) -> None:
        """Keep what the parameters are now, so that `move` can tell how far they went."""
        for each in parameters.all:
            if each.requires_grad and of(each):
                before = _some(each).clone()
                self._before[id(each)] = (each, before)

    @property
    def has_copy(self) -> bool:
        """Whether there is something to compare with."""
        return bool(self._before)

    def move(self) -> None:
        """Tell how far the parameters went since `copy`, and let go of the copy."""
        before, self._before = self._before, {}
        for key, (parameter, old) in before.items():
            now = _some(parameter)
            if now.shape == old.shape and now.device == old.device:
                share = math.sqrt(max(1, parameter.numel()) / max(1, old.numel()))
                size = torch.linalg.vector_norm(old, dtype=_wide(old)) * share
                by = torch.linalg.vector_norm(old.sub_(now), dtype=_wide(old)) * share
                self.moved[key] = self.readings.add(by), self.readings.add(size)

    def ratio(self, own: Sequence[Any]) -> float | None:
        """Return the update of some parameters as a part of what they were; None if none was seen."""
        found = [self.moved[id(each)] for each in own if id(each) in self.moved]
        if not found:
            return None
        by = math.hypot(*(self.readings.number(by) for by, _ in found))
        size = math.hypot(*(self.readings.number(size) for _, size in found))
        return by / size if size else None


def _some(parameter: Any) -> Any:
    elements = flat(parameter)
    return strided(elements, COPIED, elements.numel())


def _wide(tensor: Any) -> Any:
    return torch.float64 if tensor.dtype == torch.float64 else torch.float32


class Steps:
    """The steps of all optimizers, announced to whoever watches a model whose parameters they update."""

    def __init__(self) -> None:
        self._watchers: weakref.WeakSet[Any] = weakref.WeakSet()
        self._handles: list[Any] = []

    def add(self, watcher: Any) -> None:
        """Announce steps to a watcher: `before_step` and `after_step`, with the optimizer."""
        self._watchers.add(watcher)
        if not self._handles:
            self._handles = [
                optimizers.register_optimizer_step_pre_hook(Hook(self._before)),
                optimizers.register_optimizer_step_post_hook(Hook(self._after)),
            ]

    def remove(self, watcher: Any) -> None:
        """Announce nothing to it any more."""
        self._watchers.discard(watcher)
        if not self._watchers:
            for handle in self._handles:
                handle.remove()
            self._handles = []

    def _before(self, optimizer: Any, given: Any, named: Any) -> None:
        closure = (given[1] if len(given) > 1 else None) or named.get("closure")
        for watcher in list(self._watchers):
            with watcher.measuring():
                watcher.before_step(optimizer, closure is not None)

    def _after(self, optimizer: Any, *arguments: Any) -> None:
        for watcher in list(self._watchers):
            with watcher.measuring():
                watcher.after_step(optimizer)


STEPS = Steps()
