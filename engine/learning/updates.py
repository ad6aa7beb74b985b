"""The update-to-weight ratio of each layer: the part of its weights that one training step moves them by.

About 1e-3 is healthy (Karpathy, CS231n, "Ratio of weights:updates"): far above it the learning rate is
too high, far below it nothing much is learned.
"""

import math
from collections.abc import Sequence

from ..value import Value
from .optim import OPTIMIZERS, Adam, Optimizer
from .settings import Settings
from .state import State

HEALTHY = 1e-3


def make_optimizer(config: Settings, parameters: Sequence[Value]) -> Optimizer:
    """Return the optimizer that a run is configured with."""
    kind = OPTIMIZERS[config.optimizer]
    if issubclass(kind, Adam):
        return kind(parameters, lr=config.lr, betas=config.betas, weight_decay=config.weight_decay)
    return kind(parameters, lr=config.lr, momentum=config.momentum, weight_decay=config.weight_decay)


def split_memory(config: Settings, state: State) -> tuple[list[list[float]], list[float]]:
    """Return what a run's optimizer remembers, and the gradients it goes on with, mostly 0."""
    if config.breaks.keeps_gradients:
        return state.optimizer[:-1], state.optimizer[-1]
    return state.optimizer, [0.0] * len(state.parameters)


def update_ratios(config: Settings, state: State, gradients: Sequence[float], lr: float) -> list[float]:
    """Return every layer's ratio for the step that these gradients lead to; nan where all weights are 0.

    It is that of the root mean squares, as the optimizer of the run would do the step.
    """
    if len(gradients) != len(state.parameters):
        return []
    parameters = [Value(x) for x in state.parameters]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer = make_optimizer(config, parameters)
    optimizer.restore(split_memory(config, state)[0])
    optimizer.lr = lr
    optimizer.step()
    moves = [after.data - before for after, before in zip(parameters, state.parameters, strict=True)]
    return [_ratio(layer.of(moves), layer.of(state.parameters)) for layer in config.layers]


def _ratio(moves: Sequence[float], weights: Sequence[float]) -> float:
    size = math.hypot(*weights)
    return math.hypot(*moves) / size if size else math.nan
