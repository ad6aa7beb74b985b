"""The models that a script has watched: at which of its steps each is looked at.

PyTorch is never imported for it: a model can only be one where the script has done so.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..store.loss_names import training_loss

if TYPE_CHECKING:
    from ...sources.pytorch.watching.watched import WatchedModel

EVERY = 50
"""Steps from one look to the next, where the script does not say."""

Put = Callable[..., None]
"""Hands over what is beside the numbers: the step, or None, what it is, and what there is of it."""


@dataclass(eq=False)
class _Watch:
    model: WatchedModel
    of: int
    """The id of the module."""
    every: int
    period: int | None = None
    """In which stretch of `every` steps it was looked at last."""
    unseen: str = ""
    """What was said of it."""


class Models:
    """Those of one run."""

    def __init__(self, put: Put, note: Callable[[str], None]) -> None:
        self._put, self._note = put, note
        self._watches: dict[str, _Watch] = {}
        self._last: int | None = None
        self._stride = 1
        self._broken = False

    def __bool__(self) -> bool:
        return bool(self._watches)

    def add(self, model: Any, every: Any, name: Any, frame: FrameType | None) -> None:
        """Watch a model from now on; one that is watched already, at another rhythm."""
        kind = getattr(getattr(sys.modules.get("torch"), "nn", None), "Module", None)
        if kind is None or not isinstance(model, kind):
            self._note(f"watch takes a torch.nn.Module, not a {type(model).__name__}")
            return
        steps = self._every(every)
        for watch in self._watches.values():
            if watch.of == id(model):
                watch.every = steps
                return
        from ...sources.pytorch.watching.watched import WatchedModel

        called = self._free(str(name) if name is not None else _variable(model, frame))
        watch = self._watches[called] = _Watch(WatchedModel(model), id(model), steps)
        watch.model.expect()
        self._say_unseen(called, watch)

    def _every(self, every: Any) -> int:
        with suppress(Exception):  # of whatever it is instead
            if (whole := int(every)) == every and whole > 0:
                return whole
        self._note(f"every is a whole number of steps, 1 or more: {EVERY} is taken instead")
        return EVERY

    def _free(self, name: str) -> str:
        name, count, free = name[:100], 1, name[:100]
        while free in self._watches:
            count += 1
            free = f"{name}-{count}"
        return free

    def _say_unseen(self, name: str, watch: _Watch) -> None:
        if watch.model.unseen and watch.model.unseen != watch.unseen:
            watch.unseen = watch.model.unseen
            self._note(f"{name}: {watch.unseen}")

    def logged(self, step: int, numbers: Mapping[str, float]) -> None:
        """A step was logged: look at the models that are due, and at all where the loss broke."""
        name = _loss_of(tuple(numbers))
        broken = name is not None and not math.isfinite(numbers[name])
        broke = broken and not self._broken
        self._broken = broken if name is not None else self._broken
        if step == self._last and not broke:
            return
        if self._last is not None and step != self._last:
            self._stride = step - self._last if step > self._last else 1
        self._last = step
        for called, watch in list(self._watches.items()):
            try:
                self._look(called, watch, step, broke)
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                self._give_up(called, error)

    def _look(self, name: str, watch: _Watch, step: int, broke: bool) -> None:
        period = step // watch.every
        look = watch.model.logged(period != watch.period, broke)
        watch.period = period
        if look is not None:
            self._put(step, "look", replace(look, model=name).plain())
            self._say_unseen(name, watch)
        if (step + self._stride) // watch.every != period:
            watch.model.expect()

    def _give_up(self, name: str, error: BaseException) -> None:
        watch = self._watches.pop(name)
        watch.model.stop()
        self._note(f"{name} is watched no more: {type(error).__name__}: {error}")

    def stop(self) -> None:
        """Leave the models as they were."""
        watches, self._watches = self._watches, {}
        for watch in watches.values():
            watch.model.stop()


@lru_cache(maxsize=64)  # the names of every step are looked through
def _loss_of(names: tuple[str, ...]) -> str | None:
    return training_loss(names)


def _variable(model: Any, frame: FrameType | None) -> str:
    """Return the variable that holds a model, where the script says watch; else its class's name."""
    while frame is not None:
        for name, thing in [*frame.f_locals.items(), *frame.f_globals.items()]:
            if thing is model and not name.startswith("_"):
                return name
        own = getattr(frame.f_locals.get("self"), "__dict__", {})
        for name, thing in own.items():
            if thing is model:
                return str(name)
        frame = frame.f_back
    return type(model).__name__
