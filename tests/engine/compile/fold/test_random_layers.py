"""Random networks of layers, windows, gathers, softmaxes and running sums: what a fold must keep apart."""

import random
from functools import reduce

import numpy as np
import pytest

from micrograd_tui.engine import Value, toposort
from micrograd_tui.engine.compile import compile_function, compile_graph
from micrograd_tui.engine.compile.native import plan
from micrograd_tui.engine.compile.verify import contributions

Vector = list[Value]


class Layers:
    """A random program on vectors of scalars; it asks `new()` for parameters, in a fixed order."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.parameters: Vector = []

    def loss(self, row: Vector) -> Value:
        self.rng, self.taken = random.Random(self.seed), 0
        self.pool = [list(row)]
        for _ in range(self.rng.randint(2, 7)):
            self.pool.append(self.rng.choice(LAYERS)(self, self.rng.choice(self.pool)))
        sums = [
            sum(x * 0.5 for x in v) + sum((x * x for x in v[:5]), Value(0.0)).tanh()
            for v in self.pool[-3:]
        ]
        return reduce(lambda a, b: a + b.tanh(), sums)

    def new(self) -> Value:
        if self.taken == len(self.parameters):
            self.parameters.append(Value(self.rng.gauss(0, 0.7)))
        else:
            self.rng.gauss(0, 0.7)
        self.taken += 1
        return self.parameters[self.taken - 1]


def dense(layers: Layers, v: Vector) -> Vector:
    bias, act = layers.rng.random() < 0.7, layers.rng.choice(["relu", "tanh", "sigmoid", "abs"])
    out = []
    for _ in range(layers.rng.randint(1, 5)):
        weights = [layers.new() for _ in v]
        start = layers.new() if bias else 0.0
        out.append(getattr(sum((w * x for w, x in zip(weights, v, strict=True)), start), act)())
    return out


def window(layers: Layers, v: Vector) -> Vector:
    a, b = layers.new(), layers.new()
    return [a * v[i] + v[i - 1] * b for i in range(len(v))]


def outer(layers: Layers, v: Vector) -> Vector:
    return [a * b for a in v[:4] for b in layers.rng.choice(layers.pool)[:4]]


def softmax(layers: Layers, v: Vector) -> Vector:
    odds = [x.tanh().exp() for x in v]
    total = sum(odds)
    return [x / total for x in odds]


def gather(layers: Layers, v: Vector) -> Vector:
    return [layers.rng.choice(v) for _ in range(layers.rng.randint(1, 6))]


def running(layers: Layers, v: Vector) -> Vector:
    return [sum((x.tanh() for x in v[: i + 1]), Value(0.0)) for i in range(len(v))]


def residual(layers: Layers, v: Vector) -> Vector:
    return [a + b for a, b in zip(v, layers.rng.choice(layers.pool), strict=False)]


def mixed(layers: Layers, v: Vector) -> Vector:
    p, q = layers.new(), layers.new()
    return [(x * p).sin() + q * q - x.max(p) for x in reversed(v)]


LAYERS = [dense, dense, dense, window, outer, softmax, gather, running, residual, mixed]


@pytest.mark.requires("llvmlite")
@pytest.mark.parametrize("seed", range(20))
def test_random_layers_as_loops_of_machine_code(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "CAP", 0)  # nothing is small enough to be spelled out
    expect_gradients_of_backward(seed, "native")


@pytest.mark.parametrize("seed", range(60))
def test_random_layers_give_the_gradients_of_backward(seed: int) -> None:
    expect_gradients_of_backward(seed, "numpy")


def expect_gradients_of_backward(seed: int, backend: str) -> None:
    rng = random.Random(seed)
    layers, count = Layers(seed), rng.randint(2, 6)
    rows = [[rng.gauss(0, 1) for _ in range(count)] for _ in range(rng.randint(1, 4))]
    losses = [layers.loss([Value(x) for x in row]) for row in rows]
    penalty = 0.01 * sum((p * p for p in layers.parameters), Value(0.0))
    total = reduce(lambda a, b: a + b, losses) * (1 / len(rows)) + penalty
    order = rng.sample(layers.parameters, len(layers.parameters))
    graph = compile_graph(total, order, backend=backend)
    function = compile_function(
        lambda row: layers.loss(list(row)),
        order,
        rows,
        lambda: 0.01 * sum((p * p for p in layers.parameters), Value(0.0)),
        backend=backend,
    )
    total.backward()
    expected, size = np.array([p.grad for p in order]), contributions(toposort(total), order)

    function.backward()
    function.set_rows(rows * 300)
    for program in (graph, function):
        program.backward()
        loss = program.backward()

        assert program.backend == backend
        assert loss == pytest.approx(total.data, rel=1e-11)
        assert (np.abs(program.gradients - expected) <= 1e-12 * (1 + size)).all()
