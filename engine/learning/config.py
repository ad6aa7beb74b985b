"""The configuration of a training run: plain data, everything a run needs beside its rows."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from .breaks import Breaks, parse_breaks
from .losses import LOSSES, encode
from .optim import OPTIMIZERS, SCHEDULES
from .shape import LayerSpan, spans

BACKENDS = ("python", "numpy", "native")
"""The names of what may do a run's arithmetic; who trains with each is runs/trainer/backends.py."""
MOST_STEPS = 10**15
"""So that every step is a whole number exactly, in SQLite and as a float."""
MOST_PARAMETERS = 200_000


@dataclass(frozen=True)
class Config:
    """Everything a run needs beside its rows. `batch` 0 means all rows, `steps` are training steps."""

    name: str
    dataset: str
    inputs: tuple[str, ...]
    target: str = "y"
    classes: tuple[str, ...] = ()
    hidden: tuple[int, ...] = (16, 16)
    activation: str = "relu"
    loss: str = "mse"
    optimizer: str = "sgd"
    lr: float = 0.1
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"
    l2: float = 0.0
    batch: int = 16
    steps: int = 1000
    seed: int = 0
    backend: str = "python"
    check_every: int = 25
    """Training steps between two looks at the validation rows and at the network's health."""
    broken: tuple[str, ...] = ()
    """What is broken on purpose, by the names of learning/breaks.py."""

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                there = ", ".join(choices)
                raise ValueError(f"no {name} is called {getattr(self, name)!r}; there are {there}")
        for name in ("lr", "momentum", "weight_decay", "l2", "batch", "steps"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}")
        if self.steps > MOST_STEPS:
            raise ValueError(f"a run can have at most {MOST_STEPS:,} steps, not {self.steps}")
        if not self.inputs:
            raise ValueError("a network needs an input, and inputs is empty")
        if self.breaks.of_gradients and self.backend != "python":
            raise ValueError(f"{', '.join(self.broken)} is for the python backend, not {self.backend}")
        encode(self.loss, 0.0, self.classes)  # raises where this loss cannot be had
        if self.parameters > MOST_PARAMETERS:
            shape = ", ".join(map(str, self.sizes))
            raise ValueError(
                f"a network of {shape} has {self.parameters:,} parameters; "
                f"at most {MOST_PARAMETERS:,} can be trained here, where each is a Value"
            )

    @cached_property
    def breaks(self) -> Breaks:
        """What is broken on purpose."""
        return parse_breaks(self.broken)

    @property
    def outputs(self) -> int:
        """How many numbers the network gives."""
        return len(encode(self.loss, 0.0, self.classes))

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many numbers each layer gives: the inputs, the hidden layers, the outputs."""
        return (len(self.inputs), *self.hidden, self.outputs)

    @cached_property
    def layers(self) -> tuple[LayerSpan, ...]:
        """Where each layer lies in the flat list of parameters."""
        return spans(self.sizes)

    @property
    def parameters(self) -> int:
        """How many parameters the network has."""
        return self.layers[-1].last

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Config:
        """Make it from what `to_json` gave; unknown names are left out."""
        known = {f.name for f in fields(cls)} & set(data)
        given: dict[str, Any] = {k: tuple(v) if isinstance(v := data[k], list) else v for k in known}
        return cls(**given)


_CHOICES: dict[str, Collection[str]] = {
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "activation": ("relu", "tanh", "sigmoid", "linear"),
    "backend": BACKENDS,
}
