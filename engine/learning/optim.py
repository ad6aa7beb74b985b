"""Optimizers and learning-rate schedules, with PyTorch's names, arguments and formulas.

An optimizer holds the parameters and what it remembers of past gradients; `state()` is all of that
as plain numbers, so a run can be stopped and restored to the bit.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from ..graph import zero_grad
from ..ieee import divide
from ..value import Value


class Optimizer:
    """Parameters, a learning rate that may change, and what `step` remembers of past gradients."""

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float) -> None:
        _refuse_negative(lr=lr, weight_decay=weight_decay)
        self.parameters = list(parameters)
        self.lr = lr
        self.weight_decay = weight_decay

    def step(self) -> None:
        """Move every parameter by its gradient: one training step."""
        raise NotImplementedError

    def settings(self) -> dict[str, float]:
        """Return the numbers in the formula of the next step, by PyTorch's names."""
        return {"lr": self.lr, "weight_decay": self.weight_decay}

    def remembered(self, i: int) -> tuple[float, ...]:
        """Return what it remembers of the past gradients of its parameter `i`."""
        return tuple(column[i] for column in self._columns() if len(column) == len(self.parameters))

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0."""
        zero_grad(self.parameters)

    def state(self) -> list[list[float]]:
        """Return a copy of what it remembers, one list a kind."""
        return [list(column) for column in self._columns()]

    def restore(self, state: Sequence[Sequence[float]]) -> None:
        """Take back what `state()` gave; raise ValueError if it is of another optimizer."""
        columns = self._columns()
        if list(map(len, state)) != list(map(len, columns)):
            raise ValueError(f"this is not the state of {type(self).__name__} with these parameters")
        for column, saved in zip(columns, state, strict=True):
            column[:] = saved

    def _gradient(self, p: Value) -> float:
        # Not of a weight decay of 0: that times an infinite parameter is nan.
        return p.grad + self.weight_decay * p.data if self.weight_decay else p.grad

    def _columns(self) -> list[list[float]]:
        return []


class SGD(Optimizer):
    """Gradient descent, with momentum if asked: `torch.optim.SGD`."""

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        _refuse_negative(momentum=momentum)
        if nesterov and not momentum:
            raise ValueError("nesterov needs a momentum above 0")
        self.momentum = momentum
        self.nesterov = nesterov
        self.velocity = [0.0] * (len(self.parameters) if momentum else 0)

    def step(self) -> None:
        """Move every parameter against its gradient, or against its velocity."""
        for i, p in enumerate(self.parameters):
            g = self._gradient(p)
            p.data -= self.lr * (self._velocity(i, g) if self.momentum else g)

    def settings(self) -> dict[str, float]:
        """Return the numbers in the formula of the next step."""
        return super().settings() | {"momentum": self.momentum, "nesterov": float(self.nesterov)}

    def _velocity(self, i: int, g: float) -> float:
        self.velocity[i] = self.momentum * self.velocity[i] + g
        return g + self.momentum * self.velocity[i] if self.nesterov else self.velocity[i]

    def _columns(self) -> list[list[float]]:
        return [self.velocity]


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and its square: `torch.optim.Adam`."""

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        _refuse_negative(eps=eps)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be at least 0 and below 1, not {betas}")
        self.betas = betas
        self.eps = eps
        self.means = [0.0] * len(self.parameters)
        self.squares = [0.0] * len(self.parameters)
        self.steps = [0.0]

    def step(self) -> None:
        """Move every parameter by its mean gradient over the root of its mean square."""
        self.steps[0] += 1
        scale = self.lr / (1 - self.betas[0] ** self.steps[0])
        correction = math.sqrt(1 - self.betas[1] ** self.steps[0])
        for i, p in enumerate(self.parameters):
            self._remember(i, self._gradient(p))
            p.data -= scale * divide(self.means[i], math.sqrt(self.squares[i]) / correction + self.eps)

    def settings(self) -> dict[str, float]:
        """Return the numbers in the formula of the next step; `t` counts it from 1."""
        (beta1, beta2), t = self.betas, self.steps[0] + 1
        return super().settings() | {"beta1": beta1, "beta2": beta2, "eps": self.eps, "t": t}

    def remembered(self, i: int) -> tuple[float, ...]:
        """Return the running means of the gradient and of its square."""
        return self.means[i], self.squares[i]

    def _remember(self, i: int, g: float) -> None:
        beta1, beta2 = self.betas
        self.means[i] = beta1 * self.means[i] + (1 - beta1) * g
        self.squares[i] = beta2 * self.squares[i] + (1 - beta2) * g * g

    def _columns(self) -> list[list[float]]:
        return [self.means, self.squares, self.steps]


class AdamW(Adam):
    """Adam, but weight decay shrinks the parameter, not the gradient: `torch.optim.AdamW`."""

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _gradient(self, p: Value) -> float:
        p.data *= 1 - self.lr * self.weight_decay
        return p.grad


def constant(step: int, steps: int, factor: float = 1.0, total_iters: int = 0) -> float:
    """Return `factor` for the first `total_iters` steps, then 1: `ConstantLR`. As it is: always 1."""
    return factor if step < total_iters else 1.0


def linear(
    step: int,
    steps: int,
    start_factor: float = 1.0,
    end_factor: float = 0.1,
    total_iters: int | None = None,
) -> float:
    """Return the way from `start_factor` to `end_factor` over `total_iters` steps: `LinearLR`.

    As it is, over all steps from 1 to 0.1: the schedule of micrograd's demo.
    """
    total = steps if total_iters is None else total_iters
    part = min(step, total) / max(1, total)
    return start_factor + (end_factor - start_factor) * part


def cosine(step: int, steps: int, T_max: int | None = None, eta_min: float = 0.0) -> float:  # noqa: N803
    """Return half a cosine from 1 to `eta_min` over `T_max` steps: `CosineAnnealingLR`.

    `eta_min` is a part of the learning rate here. `T_max` is PyTorch's name; all steps if not given.
    """
    period = max(1, steps if T_max is None else T_max)
    return eta_min + (1 - eta_min) * (1 + math.cos(math.pi * step / period)) / 2


def stepwise(step: int, steps: int, step_size: int | None = None, gamma: float = 0.1) -> float:
    """Return `gamma` to the number of whole `step_size` gone by: `StepLR`. As it is, in three parts."""
    size = max(1, math.ceil(steps / 3) if step_size is None else step_size)
    return float(gamma ** (step // size))


def linear_to_zero(step: int, steps: int) -> float:
    """Return the way from 1 to 0 over all steps: the schedule of microgpt."""
    return max(0.0, 1.0 - step / max(1, steps))


def _refuse_negative(**numbers: float) -> None:
    for name, number in numbers.items():
        if not number >= 0:
            raise ValueError(f"{name} must be 0 or more, not {number}")


OPTIMIZERS: dict[str, type[SGD] | type[Adam]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}

SCHEDULES: dict[str, Callable[..., float]] = {
    "constant": constant,
    "linear": linear,
    "linear-to-zero": linear_to_zero,
    "cosine": cosine,
    "step": stepwise,
}
