"""Rows whose numbers choose from tables, and rows of several lengths: against Values, over many rows."""

import random
from collections.abc import Callable, Sequence

import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import Program, compile_function
from micrograd_tui.engine.compile.fold.fold import fold
from micrograd_tui.engine.compile.ir.update import Update
from micrograd_tui.engine.learning.gpt import GPT, cross_entropy, softmax
from micrograd_tui.engine.learning.optim import Adam
from micrograd_tui.engine.learning.select import select

Row = Sequence[float]
BACKENDS = ("python", "numpy", "native")


def table(rng: random.Random, rows: int, columns: int) -> list[list[Value]]:
    return [[Value(rng.gauss(0, 1)) for _ in range(columns)] for _ in range(rows)]


def flat(*tables: list[list[Value]]) -> list[Value]:
    return [p for each in tables for row in each for p in row]


def expect_values(
    program: Program,
    loss_of: Callable[[Sequence[Value]], Value],
    parameters: list[Value],
    rows: Sequence[Row],
) -> None:
    """Compare loss and gradients with those of Values, to 1e-9."""
    for p in parameters:
        p.grad = 0.0
    losses = [loss_of([Value(x) for x in row]) for row in rows]
    total = losses[0]
    for loss in losses[1:]:
        total = total + loss
    total = total * (1 / len(rows))
    total.backward()

    program.set_rows(rows)

    assert program.backward() == pytest.approx(total.data, rel=1e-9, abs=1e-12)
    assert program.forward() == pytest.approx(total.data, rel=1e-9, abs=1e-12)
    assert program.gradients.tolist() == pytest.approx([p.grad for p in parameters], rel=1e-9, abs=1e-12)


def bigram(rng: random.Random):
    """Logits of the next token straight from the last one's row."""
    weights = table(rng, 5, 5)
    return lambda row: cross_entropy(select(weights, row[0]), row[1]), flat(weights), [5, 5]


def mlp_of_tokens(rng: random.Random):
    """Bengio's model: three tokens embedded, a hidden layer, a distribution; hundreds of rows a step."""
    embedding, hidden, out = table(rng, 6, 2), table(rng, 4, 6), table(rng, 6, 4)

    def loss(row):
        x = [each for token in row[:3] for each in select(embedding, token)]
        h = [sum(w * v for w, v in zip(ws, x, strict=True)).tanh() for ws in hidden]
        return cross_entropy([sum(w * v for w, v in zip(ws, h, strict=True)) for ws in out], row[3])

    return loss, flat(embedding, hidden, out), [6, 6, 6, 6]


def computed_table(rng: random.Random):
    """What is chosen from is computed, of parameters and of the row; one number is index and number both."""
    w = table(rng, 1, 4)[0]

    def loss(row):
        own = [(a * row[1]).sin() for a in w]
        return select([a * a for a in w], row[0]) + select(own, row[0]) * row[0] + row[1] * w[0]

    return loss, w, [4, None]


def fixed_numbers(rng: random.Random):
    """A table of plain numbers, beside parameters in another."""
    w = table(rng, 1, 3)[0]
    steps = [Value(rng.gauss(0, 1)) for _ in range(3)]
    return lambda row: (select(steps, row[0]) * select(w, row[1])).exp(), w, [3, 3]


def one_of_mixed(rng: random.Random):
    """A table that holds a parameter, a plain number and a result."""
    w = table(rng, 1, 2)[0]
    return lambda row: select([w[0], Value(0.5), w[0] * w[1]], row[0]) * w[1], w, [3]


def chained(rng: random.Random):
    """Who is chosen was itself chosen."""
    weights = table(rng, 3, 3)
    return lambda row: select(select(weights, row[0]), row[1]).tanh(), flat(weights), [3, 3]


def same_twice(rng: random.Random):
    """One entry chosen twice gets both gradients."""
    w = table(rng, 1, 3)[0]
    return lambda row: select(w, row[0]) * select(w, row[1]) + select(w, row[0]), w, [3, 3]


MODELS = [bigram, mlp_of_tokens, computed_table, fixed_numbers, one_of_mixed, chained, same_twice]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_rows_choose_from_tables(make, backend: str) -> None:
    rng = random.Random(1)
    loss, parameters, places = make(rng)

    def row() -> list[float]:
        return [rng.gauss(0, 1) if p is None else rng.randrange(p) for p in places]

    program = compile_function(loss, parameters, [row()], backend=backend)
    for count in (1, 2, 7, 40):
        expect_values(program, loss, parameters, [row() for _ in range(count)])
    if backend == "numpy":
        assert program.backend == "numpy", program.declined


def test_an_index_that_is_computed_is_left_to_the_python_backend() -> None:
    w = [Value(0.5), Value(2.0), Value(-1.0)]

    def loss(row):
        return select(w, row[0] + 1) * w[0]

    program = compile_function(loss, w, [(0,)], backend="numpy")
    expect_values(program, loss, w, [(1,), (0,)])

    assert program.backend == "python"
    assert "computed from a row's numbers" in program.declined


def documents(rng: random.Random, count: int, longest: int, vocabulary: int) -> list[list[int]]:
    end = vocabulary - 1
    lengths = [rng.randint(1, longest) for _ in range(count)]
    return [[end, *(rng.randrange(end) for _ in range(n - 1)), end] for n in lengths]


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("layers", [1, 2])
def test_documents_of_mixed_length_as_with_values(layers: int, backend: str) -> None:
    rng = random.Random(2)
    model = GPT(7, embed=8, heads=2, layers=layers, context=6, rng=rng)
    parameters = model.parameters()
    traced: list[int] = []

    def loss(row):
        traced.append(len(row))
        return model.loss(row)

    program = compile_function(loss, parameters, documents(rng, 1, 6, 7), backend=backend)
    rows = documents(rng, 40, 6, 7)
    program.set_rows(rows)
    seen = len(traced)
    for start in range(0, 40, 4):
        expect_values(program, model.loss, parameters, rows[start : start + 4])

    assert len(traced) == seen == len(set(traced))


def test_a_row_by_row_program_takes_a_penalty_and_comparisons() -> None:
    rng = random.Random(3)
    weights = table(rng, 30, 30)
    parameters = flat(weights)

    def loss(row):
        x = select(weights, row[0])
        for _ in range(2):
            x = softmax([sum(a * b for a, b in zip(ws, x, strict=True)) for ws in weights])
        score = select(x, row[1])
        return score * 3 if select(weights[0], row[1]) > 0 else score.log()

    def penalty():
        return 0.01 * sum(p * p for p in parameters)

    rows = [(rng.randrange(30), rng.randrange(30)) for _ in range(9)]
    program = compile_function(loss, parameters, rows, penalty, backend="numpy")

    assert program.job.row_by_row
    assert program.verify()


def test_lengths_may_differ_without_a_table() -> None:
    w = Value(0.5)

    def loss(row):
        state = w * 0.1
        for x in row:
            state = (state * w + x).tanh()
        return state

    program = compile_function(loss, [w], [(1.0, 2.0), (0.5,)], backend="numpy")
    expect_values(program, loss, [w], [(1.0, 2.0), (0.5,), (0.1, 0.2, 0.3)])


@pytest.mark.parametrize("bad", [3, -1, 0.5, float("nan")])
def test_a_number_that_is_no_place_is_refused(bad: float) -> None:
    w = [Value(0.5), Value(2.0), Value(-1.0)]
    program = compile_function(lambda row: select(w, row[0]), w, [(0,)], backend="numpy")

    with pytest.raises(IndexError, match="is no place of a table of 3"):
        program.set_rows([(1,), (bad,)])


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_training_steps_as_with_values(backend: str) -> None:
    rng = random.Random(4)
    rows = documents(rng, 12, 6, 7)
    model = GPT(7, embed=8, heads=2, context=6, rng=random.Random(5))
    parameters = model.parameters()
    optimizer = Adam(parameters, lr=0.01, betas=(0.85, 0.99))
    program = compile_function(model.loss, parameters, rows[:1], backend=backend)
    update = Update.of(Adam(parameters, lr=0.01, betas=(0.85, 0.99)), len(parameters))
    losses = []
    for row in rows:
        program.set_rows([row])
        losses.append(program.train(update, [0.01]).loss[0])

    wanted = []
    for row in rows:
        loss = model.loss(row)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        wanted.append(loss.data)

    assert losses == pytest.approx(wanted, rel=1e-9)
    assert program.parameters.tolist() == pytest.approx([p.data for p in parameters], rel=1e-9, abs=1e-12)


def test_a_gpt_of_one_layer_takes_fewer_than_200_statements() -> None:
    rng = random.Random(6)
    model = GPT(27, rng=rng)
    row = documents(rng, 1, 16, 27)[0][:1] + [rng.randrange(26) for _ in range(16)]

    program = compile_function(model.loss, model.parameters(), [row], backend="numpy")

    assert fold(program.job).stages()["statements"] <= 200
