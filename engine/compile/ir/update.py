"""The optimizers' updates on arrays: what learning/optim.py does to one number at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...learning.optim import SGD, Adam, AdamW, Optimizer
from .dtypes import Floats


@dataclass(eq=False)
class Update:
    """An optimizer's numbers, and what it remembers of past gradients as arrays that change in place.

    `kind` is "sgd", "adam" or "adamw". For sgd `first` is the velocity (empty without momentum); for
    the others `first` and `second` are the running means and `taken[0]` counts the steps.
    """

    kind: str
    count: int
    weight_decay: float = 0.0
    momentum: float = 0.0
    nesterov: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    first: Floats = field(init=False)
    second: Floats = field(init=False)
    taken: Floats = field(init=False)

    def __post_init__(self) -> None:
        adam = self.kind != "sgd"
        self.first = np.zeros(self.count if adam or self.momentum else 0)
        self.second = np.zeros(self.count if adam else 0)
        self.taken = np.zeros(1 if adam else 0)
        self._buffer, self._other = np.zeros(self.count), np.zeros(self.count)

    @classmethod
    def of(cls, optimizer: Optimizer, count: int) -> Update:
        """Return the update that `optimizer` stands for, with a copy of its memory."""
        made = cls(_kind(optimizer), count, optimizer.weight_decay)
        if isinstance(optimizer, SGD):
            made.momentum, made.nesterov = optimizer.momentum, optimizer.nesterov
        if isinstance(optimizer, Adam):
            made.betas, made.eps = optimizer.betas, optimizer.eps
        made.__post_init__()
        made.restore(optimizer.state())
        return made

    def state(self) -> list[list[float]]:
        """Return what `optim.Optimizer.state` returns."""
        return [column.tolist() for column in self._columns()]

    def restore(self, state: Sequence[Sequence[float]]) -> None:
        """Take back what `state()` gave."""
        for column, saved in zip(self._columns(), state, strict=True):
            column[:] = saved

    def step(self, parameters: Floats, gradients: Floats, lr: float) -> None:
        """Move every parameter by its gradient, in place; the gradients stay as they are."""
        if self.kind == "sgd":
            self._step_sgd(parameters, gradients, lr)
        else:
            self._step_adam(parameters, gradients, lr)

    def _columns(self) -> list[Floats]:
        return [self.first] if self.kind == "sgd" else [self.first, self.second, self.taken]

    def _step_sgd(self, parameters: Floats, gradients: Floats, lr: float) -> None:
        g = self._decayed(parameters, gradients)
        if self.momentum:
            self.first *= self.momentum
            self.first += g
            g = self._nesterov(g) if self.nesterov else self.first
        np.multiply(g, lr, out=self._buffer)
        parameters -= self._buffer

    def _nesterov(self, g: Floats) -> Floats:
        np.multiply(self.first, self.momentum, out=self._other)
        self._other += g
        return self._other

    def _step_adam(self, parameters: Floats, gradients: Floats, lr: float) -> None:
        if self.kind == "adamw":
            parameters *= 1 - lr * self.weight_decay
            g = gradients
        else:
            g = self._decayed(parameters, gradients)
        self.taken += 1
        self._remember(g)
        size, floor = self.corrections(int(self.taken[0]))
        np.sqrt(self.second, out=self._other)
        self._other += floor
        np.divide(self.first, self._other, out=self._buffer)
        self._buffer *= lr * size
        parameters -= self._buffer

    def corrections(self, step: int) -> tuple[float, float]:
        """Return Adam's corrections of its first steps: a factor of the learning rate, and its epsilon.

        first / (1 - beta1**t) / (sqrt(second / (1 - beta2**t)) + eps), with one division a parameter.
        """
        beta1, beta2 = self.betas
        root = math.sqrt(1 - beta2**step)
        return root / (1 - beta1**step), root * self.eps

    def _remember(self, g: Floats) -> None:
        beta1, beta2 = self.betas
        np.multiply(g, 1 - beta1, out=self._other)
        self.first *= beta1
        self.first += self._other
        np.multiply(g, 1 - beta2, out=self._other)
        self._other *= g
        self.second *= beta2
        self.second += self._other

    def _decayed(self, parameters: Floats, gradients: Floats) -> Floats:
        # Not of a weight decay of 0: that times an infinite parameter is nan.
        if not self.weight_decay:
            return gradients
        np.multiply(parameters, self.weight_decay, out=self._buffer)
        self._buffer += gradients
        return self._buffer


def _kind(optimizer: Optimizer) -> str:
    return "adamw" if isinstance(optimizer, AdamW) else "adam" if isinstance(optimizer, Adam) else "sgd"
