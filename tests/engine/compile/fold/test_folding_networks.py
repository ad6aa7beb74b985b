"""What people build with scalars folds, and gives Value.backward()'s gradients."""

import random
from collections.abc import Callable
from functools import reduce

import numpy as np
import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import Program, compile_function, compile_graph
from micrograd_tui.engine.compile.fold.fold import Fold
from micrograd_tui.engine.compile.fold.kernel import NumpyKernel
from micrograd_tui.engine.compile.verify import contributions
from micrograd_tui.engine.graph import toposort
from micrograd_tui.engine.learning.losses import LOSSES, l2
from micrograd_tui.engine.learning.nn import ACTIVATIONS, MLP

Built = tuple[Value, list[Value]]


def leaves(rng: random.Random, *shape: int):
    if not shape:
        return Value(rng.gauss(0, 1))
    return [leaves(rng, *shape[1:]) for _ in range(shape[0])]


def flat(nested) -> list[Value]:
    return [nested] if isinstance(nested, Value) else [v for each in nested for v in flat(each)]


def dot(a, b, start=0.0):
    return sum((x * y for x, y in zip(a, b, strict=True)), start)


def fold_of(program: Program) -> Fold:
    assert isinstance(program.kernel, NumpyKernel)
    return program.kernel.fold


def softmax(z):
    odds = [v.exp() for v in z]
    total = sum(odds)
    return [v / total for v in odds]


def convolution(rng: random.Random) -> Built:
    """A 1-D convolution, relu, and the mean of squares, as the window slides."""
    kernels, bias = leaves(rng, 4, 3), leaves(rng, 4)
    signal = leaves(rng, 20)
    out = [
        (dot(kernel, signal[i : i + 3]) + b).relu()
        for i in range(18)
        for kernel, b in zip(kernels, bias, strict=True)
    ]
    return sum(o * o for o in out) / len(out), flat([kernels, bias])


def two_convolutions(rng: random.Random) -> Built:
    """The windows of a second layer overlap on results, so their gradients are scattered."""
    first, second, signal = leaves(rng, 3), leaves(rng, 3), leaves(rng, 12)
    hidden = [dot(first, signal[i : i + 3]).tanh() for i in range(10)]
    out = [dot(second, hidden[i : i + 3]).tanh() for i in range(8)]
    return sum(out), flat([first, second])


def recurrent(rng: random.Random) -> Built:
    w, u, b = leaves(rng, 5, 3), leaves(rng, 5, 5), leaves(rng, 5)
    inputs, state = leaves(rng, 6, 3), [Value(0.0)] * 5
    for x in inputs:
        state = [(dot(w[i], x) + dot(u[i], state) + b[i]).tanh() for i in range(5)]
    return dot(state, state), flat([w, u, b])


def attention(rng: random.Random) -> Built:
    tokens = leaves(rng, 5, 4)
    wq, wk, wv = leaves(rng, 4, 4), leaves(rng, 4, 4), leaves(rng, 4, 4)
    q, k, v = ([[dot(row, t) for row in w] for t in tokens] for w in (wq, wk, wv))
    out = []
    for i in range(5):
        share = softmax([dot(q[i], k[j]) * 0.5 for j in range(i + 1)])
        out += [dot(share, [v[j][c] for j in range(i + 1)]) for c in range(4)]
    return sum(o**2 for o in out), flat([wq, wk, wv])


def polynomial(rng: random.Random) -> Built:
    c = leaves(rng, 4)
    loss = Value(0.0)
    for _ in range(30):
        x, y = rng.gauss(0, 1), rng.gauss(0, 1)
        fit = c[0] + c[1] * x + c[2] * x**2 + c[3] * x**3
        loss += (fit - y) ** 2
    return loss / 30, c


def shared(rng: random.Random) -> Built:
    """One weight everywhere, and parameters that are 0 and 1."""
    w, zero, one = Value(0.7), Value(0.0), Value(1.0)
    x = leaves(rng, 7)
    out = [(w * v + w * zero + one * v).relu() * w for v in x]
    return sum(out) * w + zero * one + w * w * w, [w, zero, one]


def powers(rng: random.Random) -> Built:
    a, b = leaves(rng, 6), leaves(rng, 6)
    out = [abs(x) ** y for x, y in zip(a, b, strict=True)]
    out += [x**3 + x**-1 + (x * x) ** 0.5 + (x * x + 1) ** -0.5 + x**0 for x in a]
    return sum(out) + reduce(lambda x, y: x.max(y), a) - reduce(lambda x, y: x.min(y), b), a + b


BUILDS = [convolution, two_convolutions, recurrent, attention, polynomial, shared, powers]


def assert_agrees(program: Program, loss: Value, parameters: list[Value]) -> None:
    program.backward()
    found = program.backward()  # a pass leaves nothing behind for the next
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    size = contributions(toposort(loss), parameters)

    assert found == pytest.approx(loss.data, rel=1e-12, abs=1e-12)
    assert (np.abs(program.gradients - [p.grad for p in parameters]) <= 1e-12 * (1 + size)).all()


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_a_graph_gives_the_gradients_of_backward(build: Callable, seed: int) -> None:
    loss, parameters = build(random.Random(seed))

    assert_agrees(compile_graph(loss, parameters, backend="numpy"), loss, parameters)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("count", [1, 7, 600])
def test_a_network_gives_the_gradients_of_backward(activation: str, loss: str, count: int) -> None:
    rng = random.Random(3)
    outputs = 3 if loss == "cross_entropy" else 1
    model = MLP(2, [5, 4, outputs], activation=activation, rng=rng)
    parameters = [*model.parameters(), Value(2.0)]  # the last one does not reach the loss
    rows = [(rng.gauss(0, 1), rng.gauss(0, 1), *_targets(rng, loss)) for _ in range(count)]

    def sample(row):
        out = model(row[:2])
        return LOSSES[loss](out if isinstance(out, list) else [out], row[2:])

    program = compile_function(
        sample, parameters, rows, lambda: l2(model.parameters(), 0.01), backend="numpy"
    )
    total = reduce(lambda a, b: a + b, [sample([Value(x) for x in row]) for row in rows])
    assert_agrees(program, total * (1 / count) + l2(model.parameters(), 0.01), parameters)
    assert_agrees(
        compile_graph(total * (1 / count) + l2(model.parameters(), 0.01), parameters, backend="numpy"),
        total * (1 / count) + l2(model.parameters(), 0.01),
        parameters,
    ) if count < 100 else None


def _targets(rng: random.Random, loss: str) -> list[float]:
    if loss == "cross_entropy":
        return rng.sample([0.0, 0.0, 1.0], 3)
    return [
        {"hinge": rng.choice([-1.0, 1.0]), "bce": float(rng.random() < 0.5)}.get(loss, rng.gauss(0, 1))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_rows_may_hold_tokens_windows_and_sequences(seed: int) -> None:
    """The builds above, with what they took for constants as inputs of a row."""
    rng = random.Random(seed)
    kernel, gate, w = leaves(rng, 3, 3), leaves(rng, 3), leaves(rng, 4, 4)
    parameters = flat([kernel, gate, w])

    def sample(row):
        x = list(row)
        hidden = [[dot(k, x[i : i + 3]).tanh() for i in range(6)] for k in kernel]
        mixed = [dot(w[i], hidden[0][i % 2 : i % 2 + 4]) for i in range(4)]
        scores = softmax([dot(hidden[0], h) for h in hidden])
        state = gate[0] * 0.0
        for v in x:
            state = (gate[0] * v + gate[1] * state + gate[2]).tanh()
        outer = sum((a * b).max(a - 1) for a in mixed for b in scores)
        return dot(scores, hidden[1][:3]) + outer * state + dot(mixed, x[:4]) + gate[1] * gate[2]

    rows = [[rng.gauss(0, 1) for _ in range(8)] for _ in range(5)]
    program = compile_function(sample, parameters, rows, backend="numpy")
    total = reduce(lambda a, b: a + b, [sample([Value(x) for x in row]) for row in rows])

    assert_agrees(program, total * 0.2, parameters)


def test_an_mlp_on_samples_folds_into_a_matrix_product_a_layer() -> None:
    rng = random.Random(0)
    model = MLP(2, [8, 8, 1], rng=rng)
    rows = [([rng.gauss(0, 1), rng.gauss(0, 1)], rng.choice([-1, 1])) for _ in range(20)]
    losses = [(1 + -y * model(list(map(Value, x)))).relu() for x, y in rows]
    loss = sum(losses) * (1 / 20) + 1e-4 * sum(p * p for p in model.parameters())

    fold = fold_of(compile_graph(loss, model.parameters(), backend="numpy"))

    assert [(g.op, g.shape) for g in fold.groups if g.parts and len(g.nodes) > 20] == [
        ("sum", (1, 20, 8)),
        ("sum", (1, 20, 8)),
    ]
    assert len(fold.groups) < 14


def test_no_text_of_a_user_is_in_the_source() -> None:
    a = Value(2.0, label="__import__('os')")
    loss = (a * a + Value(1.5, label="\n evil")).tanh() ** float("nan")

    source = fold_of(compile_graph(loss, [a], backend="numpy")).source

    assert "evil" not in source
    assert "import" not in source


def test_every_line_knows_the_nodes_behind_it() -> None:
    w, b = [Value(0.5), Value(1.5)], Value(0.1)
    rows = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
    scores = [(dot(w, x) + b).relu() for x in rows]
    loss = scores[0] + scores[1]
    program = compile_graph(loss, [*w, b], backend="numpy")
    fold = fold_of(program)

    first = fold.statements[0]
    behind = [program.trace.nodes[i] for i in fold.behind(first)[0]]

    assert "matmul" in first.text
    assert [node.op.name for node in behind] == ["mul", "add", "mul", "add", "add"] * 2
    assert fold.stages()["statements"] == 4
