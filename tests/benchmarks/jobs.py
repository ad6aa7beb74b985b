"""The jobs, written once as functions of the Value class, so that every engine runs the same code."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any


def demo(value: Any) -> Callable[[], Any]:
    """J1: one training step's graph and backward pass of micrograd's demo, rebuilt at each call."""
    rng = random.Random(1)
    sizes = [2, 16, 16, 1]
    layers = [
        [([value(rng.uniform(-1, 1)) for _ in range(nin)], value(0)) for _ in range(nout)]
        for nin, nout in pairwise(sizes)
    ]
    parameters = [p for layer in layers for w, b in layer for p in (*w, b)]
    points = [((rng.gauss(0, 1), rng.gauss(0, 1)), rng.choice([-1, 1])) for _ in range(100)]

    def model(x: list[Any]) -> Any:
        for depth, layer in enumerate(layers):
            sums = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
            x = sums if depth == 2 else [each.relu() for each in sums]
        return x[0]

    def step() -> Any:
        scores = [model([value(x) for x in point]) for point, _ in points]
        losses = [(1 + -y * score).relu() for (_, y), score in zip(points, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0
        loss.backward()
        return loss

    return step


def expression(value: Any) -> Callable[[], Any]:
    """J2: a 14-node expression, built and run backward."""

    def step() -> Any:
        a, b, c = value(2.0), value(-3.0), value(0.5)
        d = a * b + c
        e = (d * c).relu() + a * a
        out = (e + d * b) * (c + e)
        out.backward()
        return out

    return step


def recurrent(value: Any, steps: int, width: int) -> tuple[Any, list[Any]]:
    """A recurrent network's loss over some steps, and its weights: long sums over nodes that all share."""
    rng = random.Random(1)
    rows = [[value(rng.uniform(-1, 1)) for _ in range(width)] for _ in range(width)]
    state, losses = [value(0.0)] * width, []
    for _ in range(steps):
        state = [
            (sum(w * x for w, x in zip(row, state, strict=True)) + rng.gauss(0, 1)).tanh() for row in rows
        ]
        losses.append((state[0] - rng.random()) ** 2)
    return sum(losses), [w for row in rows for w in row]
