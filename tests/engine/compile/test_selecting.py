"""Rows whose numbers choose from tables, and rows of several lengths: against Values, over many rows."""

import itertools
import random
from functools import partial

import pytest
from compiled_rows import BACKENDS, NATIVE, expect_values, flat, table

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import compile_function
from micrograd_tui.engine.compile.fold.fold import fold
from micrograd_tui.engine.compile.ir.update import Update
from micrograd_tui.engine.learning.gpt import GPT, cross_entropy, softmax
from micrograd_tui.engine.learning.optim import SGD, Adam, AdamW
from micrograd_tui.engine.learning.select import select

pytestmark = pytest.mark.requires("numpy")


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


@pytest.mark.parametrize("backend", ["numpy", NATIVE])
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


@pytest.mark.parametrize("backend", ["numpy", NATIVE])
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


def weighted_words(rng: random.Random):
    """A long row whose first number is read as it is, and parameters that fill no whole vectors."""
    embedding, out = table(rng, 5, 7), table(rng, 5, 7)

    def loss(row):
        total, x = Value(0.0), embedding[0]
        for token, following in itertools.pairwise(row[1:]):
            x = [(a * 0.5 + b).tanh() for a, b in zip(x, select(embedding, token), strict=True)]
            logits = [sum(w * v for w, v in zip(ws, x, strict=True)) for ws in out]
            total = total + cross_entropy(logits, following)
        return total * row[0]

    def row(n: int) -> list[float]:
        return [rng.uniform(0.5, 2), *(rng.randrange(5) for _ in range(n))]

    return loss, flat(embedding, out), row


@pytest.mark.parametrize("backend", ["python", "numpy", NATIVE])
@pytest.mark.parametrize(
    "make", [partial(SGD, lr=0.1, momentum=0.9), partial(Adam, lr=0.01), partial(AdamW, lr=0.01)]
)
def test_steps_on_mini_batches_in_one_call_are_those_one_by_one(make, backend: str) -> None:
    rng = random.Random(6)
    loss, parameters, row = weighted_words(rng)
    batches = [[row(rng.choice([14, 15])) for _ in range(n)] for n in (1, 3, 2, 1)]
    lrs = [0.1, 0.05, 0.02, 0.01]
    programs = [
        compile_function(
            loss, parameters, batches[0], lambda: 0.01 * sum(p * p for p in parameters), backend
        )
        for _ in range(2)
    ]
    updates = [Update.of(make(parameters), len(parameters)) for _ in programs]
    assert programs[0].job.row_by_row
    assert programs[0].backend == backend

    done = programs[0].train(updates[0], lrs, batches)

    for i, (batch, lr) in enumerate(zip(batches, lrs, strict=True)):
        programs[1].set_rows(batch)
        one = programs[1].train(updates[1], [lr])
        assert done.loss[i] == pytest.approx(one.loss[0], rel=1e-12)
        assert done.grad_norm[i] == pytest.approx(one.grad_norm[0], rel=1e-12)
    ours, theirs = programs
    assert ours.parameters.tolist() == pytest.approx(theirs.parameters.tolist(), rel=1e-12)
    assert ours.gradients.tolist() == pytest.approx(theirs.gradients.tolist(), rel=1e-12)
    assert updates[0].taken.tolist() == updates[1].taken.tolist()


@pytest.mark.parametrize("backend", ["numpy", NATIVE])
def test_steps_are_the_same_to_the_bit_however_they_are_cut(backend: str) -> None:
    rng = random.Random(7)
    loss, parameters, row = weighted_words(rng)
    batches = [[row(14), row(14)] if i % 3 else [row(15)] for i in range(8)]

    def losses(sizes: list[int]) -> list[float]:
        program = compile_function(loss, parameters, batches[0], backend=backend)
        update = Update.of(Adam(parameters), len(parameters))
        rest, found = iter(batches), []
        for size in sizes:
            found += program.train(update, [0.01] * size, [next(rest) for _ in range(size)]).loss.tolist()
        return found

    assert losses([8]) == losses([1, 3, 4]) == losses([1] * 8)


def test_a_number_of_a_mini_batch_that_is_no_place_is_refused() -> None:
    w = [Value(0.5), Value(2.0), Value(-1.0)]
    program = compile_function(lambda row: select(w, row[0]), w, [(0,)], backend="numpy")

    with pytest.raises(IndexError, match="is no place of a table of 3"):
        program.train(Update.of(SGD(w, 0.1), 3), [0.1, 0.1], [[(1,)], [(3,)]])


def test_a_gpt_of_one_layer_takes_fewer_than_200_statements() -> None:
    rng = random.Random(6)
    model = GPT(27, rng=rng)
    row = documents(rng, 1, 16, 27)[0][:1] + [rng.randrange(26) for _ in range(16)]

    program = compile_function(model.loss, model.parameters(), [row], backend="numpy")

    assert fold(program.job).stages()["statements"] <= 200
