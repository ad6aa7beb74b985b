"""Prediction in plain floats: the network's outputs for a row, where no graph is wanted.

It computes what `MLP` computes, in the order of its parameters: of every neuron the weights, then the
bias. One input through MLP(2, [16, 16, 1]) takes a fiftieth of the time the graph takes.
"""

from collections.abc import Sequence

from ..ops import OPS
from .config import Config


def predict(config: Config, parameters: Sequence[float], x: Sequence[float]) -> list[float]:
    """Return the outputs of the network with these parameters for one row's inputs."""
    return activations(config, parameters, x)[-1]


def activations(config: Config, parameters: Sequence[float], x: Sequence[float]) -> list[list[float]]:
    """Return what every layer gives for one row's inputs, the outputs last."""
    given, values = [], list(x)
    act = None if config.activation == "linear" else OPS[config.activation].forward
    for layer in config.layers:
        values = [_weighted(weights, values) for weights in layer.neurons_of(parameters)]
        if act and layer is not config.layers[-1]:
            values = [act(v) for v in values]
        given.append(values)
    return given


def _weighted(weights: Sequence[float], values: Sequence[float]) -> float:
    # The sum starts at the bias and goes from left to right, as in Neuron: the same to the bit.
    total = weights[-1]
    for w, v in zip(weights, values, strict=False):
        total += w * v
    return total
