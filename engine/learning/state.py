"""The state of a training run as plain data: rows, changes made on the way, parameters, metrics.

All of it is numbers in lists and columns, so a store can keep it and any backend can go on from it: what
one training gave as `State` another takes, and goes on with to the bit.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

Row = tuple[Sequence[float], float]
"""A row of a data set: the inputs x, and y, a number or the index of a class."""


@dataclass(frozen=True)
class Change:
    """From training step `step` on, `name` ("lr" or "steps") has another value than the config's."""

    step: int
    name: str
    value: float


@dataclass(frozen=True, eq=False)
class State:
    """Where training stands: before training step `step`, with these parameters."""

    step: int
    parameters: array[float]
    optimizer: list[list[float]]


@dataclass(eq=False)
class Metrics:
    """The metrics of training steps in columns, one entry a step; a step's loss is before its update."""

    step: array[int] = field(default_factory=lambda: array("q"))
    loss: array[float] = field(default_factory=lambda: array("d"))
    lr: array[float] = field(default_factory=lambda: array("d"))
    grad_norm: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.step)

    def append(self, step: int, loss: float, lr: float, grad_norm: float) -> None:
        """Add a training step."""
        self.step.append(step)
        self.loss.append(loss)
        self.lr.append(lr)
        self.grad_norm.append(grad_norm)

    def first(self, count: int) -> Metrics:
        """Return the first `count` training steps."""
        return Metrics(self.step[:count], self.loss[:count], self.lr[:count], self.grad_norm[:count])

    def first_nonfinite(self) -> int | None:
        """Return the index of the first step whose loss or gradient is not finite."""
        for i, pair in enumerate(zip(self.loss, self.grad_norm, strict=True)):
            if not all(map(math.isfinite, pair)):
                return i
        return None


@dataclass(frozen=True)
class Score:
    """How well the network does on some rows. No accuracy where the target is a number."""

    loss: float
    accuracy: float | None
