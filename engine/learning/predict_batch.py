"""Vectorised prediction: decision boundaries, fit curves and confusion matrices of the network.

numpy is imported by the first call, or by `prepare`: nobody pays for it who draws no boundary. What is
computed is what `predict.py` computes, up to the order of the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from .config import Config
from .state import Row


@cache
def prepare() -> Any:
    """Import numpy: a tenth of a second, the first time."""
    import numpy

    return numpy


def ready() -> bool:
    """Whether that is done."""
    return prepare.cache_info().currsize > 0


@dataclass(frozen=True)
class Box:
    """A rectangle of the plane of the two inputs."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def around(cls, points: Sequence[Sequence[float]], margin: float = 0.1) -> Box:
        """Return the box of all points with some room on every side."""
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        x_room, y_room = margin * (max(xs) - min(xs) or 1), margin * (max(ys) - min(ys) or 1)
        return cls(min(xs) - x_room, max(xs) + x_room, min(ys) - y_room, max(ys) + y_room)


@dataclass(frozen=True, eq=False)
class Field:
    """What the network predicts at the middles of `width` x `height` squares, line by line from the top.

    `classes` are class indices; `certainty` goes from 0 on the boundary to 1.
    """

    width: int
    height: int
    classes: list[int]
    certainty: list[float]


def outputs(config: Config, parameters: Sequence[float], points: Any) -> Any:
    """Return the outputs of the network, a row of them for each point."""
    np = prepare()

    values, flat = np.asarray(points, dtype=float), np.asarray(parameters, dtype=float)
    with np.errstate(all="ignore"):  # a diverged run has infinities to show, not to warn of
        for layer in config.layers:
            weights = flat[layer.first : layer.last].reshape(layer.neurons, layer.each)
            values = values @ weights[:, :-1].T + weights[:, -1]
            if layer is not config.layers[-1]:
                values = _activated(config.activation, values)
    return values


def _activated(activation: str, z: Any) -> Any:
    np = prepare()

    if activation == "relu":
        return np.maximum(z, 0.0)
    if activation == "tanh":
        return np.tanh(z)
    return 0.5 * (1.0 + np.tanh(0.5 * z)) if activation == "sigmoid" else z


def predictions(config: Config, values: Any) -> tuple[Any, Any]:
    """Return the class index and the certainty, 0 to 1, that each row of outputs stands for."""
    np = prepare()

    if values.shape[1] == 1:
        z = np.nan_to_num(values[:, 0])
        certainty = np.tanh(np.abs(z) / 2) if config.loss == "bce" else np.minimum(np.abs(z), 1.0)
        return (z > 0).astype(int), certainty
    shifted = np.nan_to_num(values - values.max(axis=1, keepdims=True))
    odds = np.exp(np.maximum(shifted, -700.0))
    best = odds.max(axis=1) / odds.sum(axis=1)
    least = 1.0 / values.shape[1]
    return values.argmax(axis=1), (best - least) / (1.0 - least)


def field(
    config: Config, parameters: Sequence[float], box: Box, width: int, height: int, middle: float = 0.0,
    reach: float = 1.0,
) -> Field:  # fmt: skip
    """Return what the network predicts all over a box.

    A regression's outputs count as two classes, above and below `middle`, certain at `reach` from it.
    """
    np = prepare()

    xs = box.left + (np.arange(width) + 0.5) / width * (box.right - box.left)
    ys = box.top - (np.arange(height) + 0.5) / height * (box.top - box.bottom)
    grid = np.stack([np.tile(xs, height), np.repeat(ys, width)], axis=1)
    values = outputs(config, parameters, grid)
    if not config.classes:
        values = (values - middle) / (reach or 1.0)
    classes, certainty = predictions(config, values)
    return Field(width, height, classes.tolist(), certainty.tolist())


def fit(config: Config, parameters: Sequence[float], xs: Sequence[float]) -> list[float]:
    """Return the first output of a network of one input at every x."""
    points = [(x,) for x in xs]
    return [float(y) for y in outputs(config, parameters, points)[:, 0]]


def confusion(config: Config, parameters: Sequence[float], rows: Sequence[Row]) -> list[list[int]]:
    """Return how many rows of class i (down) were taken for class j (across)."""
    counts = [[0] * len(config.classes) for _ in config.classes]
    if rows:
        found, _ = predictions(config, outputs(config, parameters, [x for x, _ in rows]))
        for (_, y), guess in zip(rows, found.tolist(), strict=True):
            counts[int(y)][guess] += 1
    return counts
