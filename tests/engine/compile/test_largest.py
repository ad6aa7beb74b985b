"""Leaves that have the largest of some numbers: found anew in every pass, whatever compiles them."""

import math
import random
from collections.abc import Sequence

import pytest
from compiled_rows import BACKENDS, NATIVE, expect_values, flat, table

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import compile_function
from micrograd_tui.engine.compile.ir.update import Update
from micrograd_tui.engine.learning.gpt import GPT, cross_entropy, linear, softmax
from micrograd_tui.engine.learning.largest import largest
from micrograd_tui.engine.learning.optim import SGD, Adam
from micrograd_tui.engine.learning.select import select

pytestmark = pytest.mark.requires("numpy")
FAR = (0.0, 1.0, 900.0, -900.0, 1e5, -1e5)
"""What is added to logits: beyond 709, exp overflows."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("trained", [0.0, 2000.0])
def test_a_softmax_stays_finite_wherever_its_logits_move(backend: str, trained: float) -> None:
    weights = [Value(x) for x in (0.3, -0.2, 0.1)]

    def loss_of(row: Sequence[Value]) -> Value:
        *logits, target = row
        moved = [z + w * 1000 for z, w in zip(logits, weights, strict=True)]
        return cross_entropy(moved, target) - softmax(moved)[0] * 0.5

    rng = random.Random(1)
    rows = [(*(far + rng.gauss(0, 1) for _ in weights), rng.randrange(3)) for far in FAR]
    program = compile_function(loss_of, weights, rows, backend=backend)
    assert program.backend == backend

    for i, w in enumerate(weights):
        w.data += i * trained
        program.parameters[i] = w.data

    assert math.isfinite(program.forward())
    expect_values(program, loss_of, weights, rows)
    expect_values(program, loss_of, weights, rows[-1:])


@pytest.mark.parametrize("backend", BACKENDS)
def test_softmaxes_of_growing_lists(backend: str) -> None:
    """As attention has them: one leaf a length, all of them in one statement."""
    rng = random.Random(2)
    queries = table(rng, 6, 3)

    def loss_of(row: Sequence[Value]) -> Value:
        total = Value(0.0)
        for i in range(len(queries)):
            scores = [q * row[0] + r * row[1] for q, r, _ in queries[: i + 1]]
            for weight, (_, _, v) in zip(softmax(scores), queries, strict=False):
                total = total + weight * v
        return total

    rows = [(far, rng.gauss(0, 1)) for far in FAR]
    program = compile_function(loss_of, flat(queries), rows, backend=backend)
    assert program.backend == backend
    expect_values(program, loss_of, flat(queries), rows)


def only_numbers_of_the_row(w: Value, row: Sequence[Value]) -> Value:
    return w * largest(row[:2])


def only_parameters(w: Value, row: Sequence[Value]) -> Value:
    return largest([w, w * w]) * row[0] + w


def only_constants(w: Value, row: Sequence[Value]) -> Value:
    return largest([Value(1.0), Value(3.0)]) * w * row[0]


def parameters_beside_constants(w: Value, row: Sequence[Value]) -> Value:
    return (w - largest([w, Value(0.5)])).exp() * row[0]


def numbers_of_the_row_beside_parameters(w: Value, row: Sequence[Value]) -> Value:
    return (w * row[0] - largest([w, row[0], row[1] * w])).exp()


def the_largest_of_the_largest(w: Value, row: Sequence[Value]) -> Value:
    return w * largest([largest(row), largest([w * row[0], row[1]])])


def one_number(w: Value, row: Sequence[Value]) -> Value:
    return (w * row[0] - largest([w * row[0]])).exp() * w


def the_same_node_twice(w: Value, row: Sequence[Value]) -> Value:
    z = w * row[0]
    return largest([z, z]) * w


def a_sign_of_zero_that_shows(w: Value, row: Sequence[Value]) -> Value:
    return (w + 2.0) / largest([w * -0.0, row[0] * -0.0 * w])


def the_largest_as_the_loss(w: Value, row: Sequence[Value]) -> Value:
    return largest([w * row[0], w * row[1]])


def compared_and_not_used(w: Value, row: Sequence[Value]) -> Value:
    return w * row[0] if largest([w * row[0], w * row[1]]) > 1.0 else w * row[1]


def looked_up_then_taken_off(w: Value, row: Sequence[Value]) -> Value:
    places = [w, w * 2, w * w]
    chosen = [select(places, row[0]), select(places, row[1])]
    return (chosen[0] - largest(chosen)).exp() + chosen[1]


KINDS = [
    only_numbers_of_the_row,
    only_parameters,
    only_constants,
    parameters_beside_constants,
    numbers_of_the_row_beside_parameters,
    the_largest_of_the_largest,
    one_number,
    the_same_node_twice,
    a_sign_of_zero_that_shows,
    the_largest_as_the_loss,
    compared_and_not_used,
    looked_up_then_taken_off,
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_way_to_use_it_is_as_with_values(kind, backend: str) -> None:
    w = Value(1.5)
    rows = [(0.0, 2.0), (2.0, 1.0), (1.0, 0.0), (1.0, 1.0)]
    program = compile_function(lambda row: kind(w, row), [w], rows, backend=backend)
    for number in (1.5, -0.7, 0.0):
        program.parameters[0] = w.data = number
        expect_values(program, lambda row: kind(w, row), [w], rows)


@pytest.mark.parametrize("backend", BACKENDS)
def test_nan_is_the_largest(backend: str) -> None:
    w = Value(1.0)
    rows = [(1.0, math.nan, 2.0), (math.nan, 1.0, 2.0), (1.0, 2.0, math.nan)]
    program = compile_function(lambda row: largest(row) * w, [w], rows, backend=backend)
    for row in rows:
        program.set_rows([row])
        assert math.isnan(program.forward())
    program.set_rows([(1.0, 5.0, 2.0)])
    assert program.forward() == 5.0


def test_it_is_a_leaf_that_gets_a_gradient_and_gives_none() -> None:
    a, b = Value(2.0), Value(-0.0)
    found = largest([a, b])
    (found * 3 + a).backward()
    assert (found.data, found.label, found.op) == (2.0, "largest", None)
    assert (a.grad, b.grad) == (1.0, 0.0)
    assert math.copysign(1.0, largest([b]).data) == 1.0


@pytest.mark.parametrize("backend", ["numpy", NATIVE])
def test_a_gpt_at_a_reckless_rate_trains_as_with_values(backend: str) -> None:
    """At a rate of 10 the logits move by some 700 between two documents."""
    documents = [(0, 3, 1, 2, 0), (0, 2, 2, 1, 0), (0, 1, 0), (0, 3, 3, 3, 0)] * 3

    def losses(which: str) -> list[float]:
        model = GPT(4, embed=4, heads=2, context=4, rng=random.Random(3))
        parameters = model.parameters()
        program = compile_function(model.loss, parameters, documents, backend=which)
        assert program.backend == which
        update = Update.of(Adam(parameters, 10.0), len(parameters))
        steps = len(documents)
        return program.train(update, [10.0] * steps, [[row] for row in documents]).loss.tolist()

    plain = losses("python")
    assert all(map(math.isfinite, plain))
    assert max(plain) > 700
    assert losses(backend) == pytest.approx(plain, rel=1e-6)


def test_the_python_backend_steps_as_values_do() -> None:
    """It is what the others are compared with above."""
    rng = random.Random(4)
    weights = table(rng, 3, 2)
    row = (700.0, 1.5)

    def loss_of(given: Sequence[Value]) -> Value:
        return cross_entropy(linear(list(given), weights), 1)

    program = compile_function(loss_of, flat(weights), [row], backend="python")
    update, optimizer = Update.of(SGD(flat(weights), 10.0), 6), SGD(flat(weights), 10.0)
    for found in program.train(update, [10.0] * 5).loss:
        optimizer.zero_grad()
        loss = loss_of([Value(x) for x in row])
        loss.backward()
        optimizer.step()
        assert math.isfinite(loss.data)
        assert found == pytest.approx(loss.data)
