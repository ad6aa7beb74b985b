"""A model that is watched while it trains: when it is looked at, and what a look finds.

The numbers are taken around the optimizer's step that the training step ends with: there the gradient is
whole, unscaled and clipped, and an update is one update. Where no optimizer of PyTorch's updates the
model they are taken when the step is logged.
"""

import contextlib
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from ....learning.module_look import Look, ModuleLook, Spread
from ..modules import in_brackets
from .forward import Forward, compiles
from .readings import Read, Readings, spreads
from .relus import Key, Relus
from .updates import STEPS, Measured, Parameters

MOST = 3000
"""Modules of a model that are looked at."""
PATIENCE = 16
"""Steps that may be logged, of a look that is due, until the optimizer takes its own."""


class WatchedModel:
    """One model. It is held by a weak reference: to be watched keeps nothing alive."""

    def __init__(self, model: Any) -> None:
        self._outer = weakref.ref(model)
        self.unseen = ""
        """What of the model cannot be seen, in words."""
        self._forward = Forward()
        self._rhythm: dict[int, int] = {}
        """By optimizer: its steps between the last two steps that were logged."""
        self._count: dict[int, int] = {}
        self._due = False
        self._waited = 0
        self._measured: Measured | None = None
        self._stepped: set[int] = set()
        self._alive_before: dict[Key, Any] = {}
        self._refresh()
        STEPS.add(self)

    # What there is to look at

    @property
    def _root(self) -> Any:
        return unwrapped(self._outer())

    def _refresh(self) -> None:
        """Look anew what modules there are, and have hooks on them: a model may be rebuilt."""
        root = self._root
        modules = {} if root is None else dict(_owners(root))
        self._modules = {in_brackets(name): module for name, module in modules.items()}
        self._parameters = Parameters(self._modules)
        self._ids = set(map(id, self._parameters.all))
        self._owned: weakref.WeakKeyDictionary[Any, set[int]] = weakref.WeakKeyDictionary()
        if root is None:
            return
        self.unseen = _unseen(self._outer(), root) or self._parameters.skipped
        if compiled(root) or compiled(self._outer()):
            self._forward.remove()
        else:
            self._forward.hook(root, self._modules)

    @contextlib.contextmanager
    def measuring(self) -> Iterator[None]:
        """Measure in the middle of the script's step, which no failure of it may stop."""
        try:
            with torch.no_grad():
                yield
        except Exception as error:  # as of no memory for a copy
            self.unseen = f"a step was not measured: {type(error).__name__}: {error}".partition("\n")[0]
            self._measured = Measured() if self._due else None

    # When

    def expect(self) -> None:
        """The training step that comes next is to be looked at."""
        if self._due:
            return
        self._due, self._waited, self._stepped = True, 0, set()
        self._refresh()
        self._measured = Measured()
        self._forward.relus = Relus()
        if not self._rhythm and not self._count:
            self._measured.copy(self._parameters, lambda parameter: True)

    def before_step(self, optimizer: Any, closure: bool) -> None:
        """An optimizer is about to take a step; with a closure it has the gradients worked out itself."""
        own = self._own(optimizer)
        if not own:
            return
        key = id(optimizer)
        self._count[key] = self._count.get(key, 0) + 1
        last = self._count[key] >= self._rhythm.get(key, 1)
        if self._due and last and key not in self._stepped and self._measured is not None:
            self._stepped.add(key)
            scale = getattr(optimizer, "grad_scale", None)  # a fused one unscales by itself
            self._measured.look(self._parameters, lambda each: id(each) in own, scale, not closure)
            self._measured.copy(self._parameters, lambda each: id(each) in own)

    def after_step(self, optimizer: Any) -> None:
        """An optimizer has taken a step."""
        if id(optimizer) in self._stepped and self._measured is not None and self._measured.has_copy:
            own = self._own(optimizer)
            self._measured.gather(self._parameters, lambda each: id(each) in own)
            self._measured.move()

    def _own(self, optimizer: Any) -> set[int]:
        """Which of the model's parameters an optimizer updates; looked up once between two looks."""
        own = self._owned.get(optimizer)
        if own is None:
            groups = optimizer.param_groups
            own = {id(each) for group in groups for each in group["params"]} & self._ids
            self._owned[optimizer] = own
        return own

    # A look

    def logged(self, due: bool, broken: bool) -> Look | None:
        """A step was logged: return the look at it, if one is due or the loss is not finite.

        Between two steps of an optimizer a look that is due waits for the next.
        """
        due = due or self._due
        waits = self._rhythm and not self._stepped and self._waited < PATIENCE
        try:
            if broken or (due and not waits):
                return self._look()
            self._waited += due
            return None
        finally:
            self._rhythm |= {key: count for key, count in self._count.items() if count}
            self._count = dict.fromkeys(self._count, 0)
            self._forward.forget()

    def _look(self) -> Look | None:
        if self._root is None:
            return None
        self._refresh()
        measured = self._measured or Measured()
        with torch.no_grad():
            if measured.has_copy:
                measured.move()
            measured.look(self._parameters, lambda parameter: True)
            found = self._modules_of(measured)
        look = Look("", tuple(found[:MOST]), self._forward.first_nonfinite(), self._forward.passed)
        self._due, self._measured, self._forward.relus = False, None, None
        return look

    def _modules_of(self, measured: Measured) -> list[ModuleLook]:
        names, readings = list(self._parameters.of), measured.readings
        units = self._units(readings)
        weights = [self._reads(name, measured.weights) for name in names]
        gradients = [self._reads(name, measured.gradients) for name in names]
        readings.fetch()
        spread = spreads(readings, [*weights, *gradients])
        return [
            self._module(name, spread[i], spread[len(names) + i], measured, units.get(name, ()))
            for i, name in enumerate(names)
        ]

    def _reads(self, name: str, reads: Mapping[int, Read]) -> list[Read]:
        return [reads[id(each)] for each in self._parameters.of[name] if id(each) in reads]

    def _units(self, readings: Readings) -> dict[str, list[Any]]:
        """Have the units counted that are dead, and those that were so before: by module."""
        alive = self._forward.relus.alive if self._forward.relus else {}
        before, self._alive_before = self._alive_before, alive or self._alive_before
        found: dict[str, list[Any]] = {}
        for key, now in alive.items():
            then = before.get(key, now)
            same = key in before and then.shape == now.shape
            still = (~now & ~then).sum() if same else torch.zeros((), dtype=torch.long)
            places = readings.add((~now).sum()), readings.add(still)
            found.setdefault(key[0], []).append((now.numel(), *places))
        return found

    def _module(
        self, name: str, weights: Spread, gradients: Spread, measured: Measured, units: Any
    ) -> ModuleLook:
        own, number = self._parameters.of[name], measured.readings.number
        asking = [each for each in own if each.requires_grad]
        return ModuleLook(
            name,
            type(self._modules[name]).__name__,
            weights,
            gradients,
            measured.ratio(own),
            sum(count for count, _, _ in units),
            sum(int(number(dead)) for _, dead, _ in units),
            sum(int(number(still)) for _, _, still in units),
            sum(id(each) not in measured.gradients for each in asking),
            not asking,
        )

    def stop(self) -> None:
        """Leave the model as it was."""
        STEPS.remove(self)
        self._forward.remove()
        self._measured = None


def unwrapped(model: Any) -> Any:
    """Return the model that torch.compile, DataParallel and their like were given."""
    seen = 0
    while model is not None and seen < 8:
        inner = getattr(model, "_orig_mod", None)
        wraps = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
        if inner is None and isinstance(model, wraps):
            inner = model.module
        if not isinstance(inner, torch.nn.Module):
            break
        model, seen = inner, seen + 1
    return model


def compiled(model: Any) -> bool:
    """Whether torch.compile has taken over a model, or a part of it."""
    parts = model.modules() if isinstance(model, torch.nn.Module) else ()
    return any(
        "_orig_mod" in part._modules or getattr(part, "_compiled_call_impl", None) is not None
        for part in parts
    )


def _owners(root: Any) -> Any:
    """Yield the modules that have parameters of their own, by name; a compiled part's as its own."""
    for name, module in root.named_modules():
        if any(each is not None for each in module._parameters.values()):
            yield name.replace("_orig_mod.", "").removesuffix("._orig_mod"), module


def _unseen(outer: Any, root: Any) -> str:
    if compiled(root) or compiled(outer) or compiles():
        return "dead units are not counted where torch.compile is used"
    with contextlib.suppress(Exception):
        if isinstance(outer, torch.nn.DataParallel) and len(outer.device_ids) > 1:
            return "dead units are not counted where DataParallel has several devices"
    return ""
