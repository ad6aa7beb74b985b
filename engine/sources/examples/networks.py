"""Graphs of small networks, with their scopes."""

import random
from typing import Any

from ...graph import toposort
from ...learning.gpt import GPT
from ...learning.nn import MLP
from ...origin import scope
from ...value import Value


def lecture(rows: Any) -> tuple[Value, list[Value]]:
    """The network of the micrograd lecture: four samples, the sum of squared errors."""
    xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    ys = [1.0, -1.0, -1.0, 1.0]
    model = MLP(3, [4, 4, 1], rng=random.Random(1337))
    losses = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        with scope(f"sample[{i}]"):
            losses.append((model(x).tanh() - y) ** 2)
    loss: Any = sum(losses)
    loss.label = "loss"
    return loss, model.parameters()


def moon(rows: Any) -> tuple[Value, list[Value]]:
    """One moons point through micrograd's demo network, with hinge loss and L2."""
    model = MLP(2, [16, 16, 1], rng=random.Random(1337))
    (x, y) = rows[0]
    hinge = (1 + -y * model(_inputs(x))).relu()
    loss = hinge + _penalty(model)
    loss.label = "loss"
    return loss, model.parameters()


def demo(rows: Any) -> tuple[Value, list[Value]]:
    """micrograd's demo: the mean hinge loss of 100 moons, plus L2 on the parameters."""
    model = MLP(2, [16, 16, 1], rng=random.Random(1337))
    losses = []
    for i, (x, y) in enumerate(rows):
        with scope(f"sample[{i}]"):
            losses.append((1 + -y * model(_inputs(x))).relu())
    with scope("mean"):
        data_loss = sum(losses) * (1.0 / len(losses))
    loss = data_loss + _penalty(model)
    loss.label = "loss"
    return loss, model.parameters()


def gpt(rows: Any) -> tuple[Value, list[Value]]:
    """An untrained GPT, microgpt's size, that is to predict each letter of a name from those before."""
    name, letters = "emma", "abcdefghijklmnopqrstuvwxyz"
    model = GPT(len(letters) + 1, rng=random.Random(42))
    tokens = [len(letters), *map(letters.index, name), len(letters)]
    loss = model.loss(tokens, ["begin", *name])
    loss.label = "loss"
    used = set(toposort(loss))  # of the embeddings only the rows of these letters
    return loss, [p for p in model.parameters() if p in used]


def _penalty(model: MLP) -> Any:
    with scope("L2"):
        return 1e-4 * sum(p * p for p in model.parameters())


def _inputs(x: Any) -> list[Value]:
    return [Value(number, label=f"x{i}") for i, number in enumerate(x)]
