"""The settings that every training run has, whatever it trains: optimizer, rate, batch, steps, seed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Self

from .breaks import Breaks, parse_breaks
from .optim import OPTIMIZERS, SCHEDULES
from .shape import LayerSpan

BACKENDS = ("python", "numpy", "native")
"""The names of what may do a run's arithmetic; who trains with each is runs/trainer/backends.py."""
MOST_STEPS = 10**15
"""So that every step is a whole number exactly, in SQLite and as a float."""
MOST_PARAMETERS = 200_000


@dataclass(frozen=True)
class Settings:
    """What each kind of configuration adds its model to. `batch` 0 means all rows."""

    CHOICES: ClassVar[Mapping[str, Collection[str]]] = {
        "optimizer": OPTIMIZERS,
        "schedule": SCHEDULES,
        "backend": BACKENDS,
    }
    TOLD: ClassVar[tuple[str, ...]] = (
        *("optimizer", "lr", "momentum", "weight_decay", "schedule"),
        *("batch", "steps", "seed", "backend", "broken"),
    )
    """The settings that tell runs apart, in the order in which they are told."""

    name: str
    dataset: str
    optimizer: str = field(default="sgd", kw_only=True)
    lr: float = field(default=0.1, kw_only=True)
    betas: tuple[float, float] = field(default=(0.9, 0.999), kw_only=True)
    """How slowly Adam forgets past gradients, and their squares."""
    momentum: float = field(default=0.0, kw_only=True)
    weight_decay: float = field(default=0.0, kw_only=True)
    schedule: str = field(default="constant", kw_only=True)
    batch: int = field(default=16, kw_only=True)
    steps: int = field(default=1000, kw_only=True)
    """Training steps."""
    seed: int = field(default=0, kw_only=True)
    backend: str = field(default="python", kw_only=True)
    check_every: int = field(default=25, kw_only=True)
    """Training steps between two looks at the validation rows and at the model's health."""
    broken: tuple[str, ...] = field(default=(), kw_only=True)
    """What is broken on purpose, by the names of learning/breaks.py."""

    def __post_init__(self) -> None:
        for name, choices in self.CHOICES.items():
            if getattr(self, name) not in choices:
                there = ", ".join(choices)
                raise ValueError(f"no {name} is called {getattr(self, name)!r}; there are {there}")
        for name in ("lr", "momentum", "weight_decay", "batch", "steps"):
            self.refuse_negative(name)
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be at least 0 and below 1, not {self.betas}")
        if self.steps > MOST_STEPS:
            raise ValueError(f"a run can have at most {MOST_STEPS:,} steps, not {self.steps}")
        if self.breaks.of_gradients and self.backend != "python":
            raise ValueError(f"{', '.join(self.broken)} is for the python backend, not {self.backend}")

    def refuse_negative(self, name: str) -> None:
        """Raise ValueError where a setting is below 0, or no finite number."""
        if not 0 <= getattr(self, name) < math.inf:
            raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")

    @cached_property
    def breaks(self) -> Breaks:
        """What is broken on purpose."""
        return parse_breaks(self.broken)

    @property
    def layers(self) -> tuple[LayerSpan, ...]:
        """Where each layer, or matrix, lies in the flat list of parameters."""
        raise NotImplementedError

    @property
    def summary(self) -> str:
        """What is trained, in some words for a title."""
        raise NotImplementedError

    @property
    def parameters(self) -> int:
        """How many parameters the model has."""
        return self.layers[-1].last

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Make it from what `to_json` gave; unknown names are left out."""
        known = {f.name for f in fields(cls)} & set(data)
        given: dict[str, Any] = {k: tuple(v) if isinstance(v := data[k], list) else v for k in known}
        return cls(**given)
