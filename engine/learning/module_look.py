"""A look at the modules of a model in training, as plain numbers: what a watched script sends to its run.

Nothing of a framework is in it, so that whoever writes it down or shows it needs none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

BINS = 48
"""Bars of a histogram."""
FULLEST = 255
"""What the fullest one counts: the others are in proportion."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Many numbers, parameters or gradients: their norm, how far they reach, their histogram."""

    count: int = 0
    norm: float = 0.0
    """The 2-norm; not finite where one of them is not."""
    deviation: float = 0.0
    """The standard deviation of those in the histogram."""
    reach: float = 0.0
    """The largest modulus of a finite one."""
    nonfinite: int = 0
    """How many are nan or infinite."""
    bars: bytes = b""
    """The histogram from `-reach` to `reach`: of large parameters an even sample, as FULLEST says."""

    @property
    def rms(self) -> float:
        """The root of the mean square."""
        return self.norm / math.sqrt(self.count) if self.count else 0.0


@dataclass(frozen=True, slots=True)
class ModuleLook:
    """One module that has parameters of its own, and the relu behind it."""

    name: str
    """As PyTorch users write it: `h[3].attn`; "" for the model itself."""
    kind: str
    """The name of its class."""
    weights: Spread = Spread()
    gradients: Spread = Spread()
    """None were there where the count is 0."""
    update: float | None = None
    """The norm of what one training step changes its parameters by, as a part of their norm."""
    units: int = 0
    """Units of the relu behind it; 0 where there is none, or none was seen."""
    dead: int = 0
    """Those that gave 0 for the whole batch."""
    still_dead: int = 0
    """Those that did so in this look and in the one before."""
    silent: int = 0
    """Parameters that ask for a gradient and have received none."""
    frozen: bool = False
    """Whether none of its parameters asks for one."""

    @property
    def nonfinite(self) -> int:
        """How many of its parameters and gradients are nan or infinite."""
        return self.weights.nonfinite + self.gradients.nonfinite


@dataclass(frozen=True, slots=True)
class Look:
    """All modules of a model at one training step, in the order of the model's own."""

    model: str
    """The variable that holds it."""
    modules: tuple[ModuleLook, ...]
    born: str | None = None
    """Where the forward pass first gave a number that is not finite: the module; None if nowhere."""
    passed: bool = False
    """Whether a forward pass was seen, all the way through."""

    def plain(self) -> tuple[Any, ...]:
        """Return it as tuples of numbers, texts and bytes."""
        return astuple(self)

    @classmethod
    def of(cls, plain: Sequence[Any]) -> Look:
        """Build it from what `plain` gave."""
        model, modules, born, passed = plain
        return cls(model, tuple(map(_module, modules)), born, passed)


def _module(plain: Sequence[Any]) -> ModuleLook:
    name, kind, weights, gradients, *rest = plain
    return ModuleLook(name, kind, Spread(*weights), Spread(*gradients), *rest)


def placed(model: str, module: str, alone: bool) -> str:
    """Return what a module is called: `net[0]`, and with its model's name where there are several."""
    if not module or module[0] == "[":
        return model + module
    return module if alone else f"{model}.{module}"
