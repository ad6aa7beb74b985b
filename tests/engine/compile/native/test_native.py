"""The native backend gives Value.backward()'s gradients, and the updates of the plain backend."""

import math
import random
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from micrograd_tui.engine import OPS, Value
from micrograd_tui.engine.compile import compile_function, compile_graph
from micrograd_tui.engine.compile.ir.job import Job
from micrograd_tui.engine.compile.ir.trace import CannotCompile, trace_graph, trace_penalty, trace_sample
from micrograd_tui.engine.compile.ir.update import Update
from micrograd_tui.engine.learning.losses import LOSSES, encode, l2
from micrograd_tui.engine.learning.nn import ACTIVATIONS, MLP
from micrograd_tui.engine.learning.optim import OPTIMIZERS

pytestmark = pytest.mark.requires("llvmlite")

EDGES = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 1e-310, 800.0, -800.0, 1e6, math.inf, -math.inf, math.nan)
CLASSES = {"hinge": ("no", "yes"), "bce": ("no", "yes"), "cross_entropy": ("a", "b", "c"), "mse": ()}


def kernel_of(job: Job):
    from micrograd_tui.engine.compile.native import kernel as native

    return native.build(job)


def apply(name: str, *operands):
    methods = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__"}
    methods |= {"pow": "__pow__", "neg": "__neg__"}
    return getattr(operands[0], methods.get(name, name))(*operands[1:])


def moons(count: int, seed: int = 1) -> list[tuple[float, float, float]]:
    rng = random.Random(seed)
    return [(rng.gauss(0, 1), rng.gauss(0, 1), rng.choice([-1.0, 1.0])) for _ in range(count)]


def hinge_of(model: MLP):
    return lambda row: (1 - row[2] * model(row[:2])).relu()


def backward(parameters, loss: Value) -> list[float]:
    for p in parameters:
        p.grad = 0.0
    loss.backward()
    return [p.grad for p in parameters]


def mean(losses: list[Value]) -> Value:
    return sum(losses[1:], losses[0]) * (1.0 / len(losses))


def same(found, expected) -> bool:
    return np.allclose(found, expected, rtol=1e-12, atol=1e-13, equal_nan=True)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_op_has_the_same_edges_in_lanes(op) -> None:
    zeros = [Value(0.0) for _ in op.vjps]
    rows = [(x,) for x in EDGES] if len(zeros) == 1 else [(x, y) for x in EDGES for y in EDGES]
    kernel = kernel_of(
        Job(
            trace_sample(
                lambda row: apply(op.name, *(z + x for z, x in zip(zeros, row, strict=True))),
                zeros,
                rows[0],
            )
        )
    )
    gradients = np.zeros(len(zeros))

    for row in rows:
        kernel.set_rows(np.array([row]))
        loss = kernel.gradient(np.zeros(len(zeros)), gradients)
        root = apply(op.name, *(z + x for z, x in zip(zeros, row, strict=True)))

        assert same(loss, root.data), row
        assert same(gradients, backward(zeros, root)), row


@pytest.mark.parametrize(
    "n", [0, 1, 2, 3, 7, -1, -2, -3, 0.5, -0.5, 1.5, 2.5, -1.5, 65, math.inf, math.nan]
)
def test_every_plain_power_has_the_same_edges(n: float) -> None:
    zero = Value(0.0)
    kernel = kernel_of(Job(trace_sample(lambda row: (zero + row[0]) ** n, [zero], (1.0,))))
    gradients = np.zeros(1)

    for x in EDGES:
        kernel.set_rows(np.array([[x]]))
        loss = kernel.gradient(np.zeros(1), gradients)
        root = (zero + x) ** n

        assert same(loss, root.data), x
        assert same(gradients, backward([zero], root)), x


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100])
def test_any_number_of_rows_gives_the_mean(count: int) -> None:
    model = MLP(2, [4, 1], activation="tanh", rng=random.Random(1))
    parameters, rows = model.parameters(), moons(count)
    program = compile_function(hinge_of(model), parameters, moons(11, 2), backend="native")
    program.set_rows(rows)

    loss = program.backward()
    root = mean([hinge_of(model)([Value(x) for x in row]) for row in rows])

    assert program.backend == "native"
    assert same(loss, root.data)
    assert same(program.gradients, backward(parameters, root))


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("width", [2, 4, 8])
def test_any_width_of_vectors_and_any_effort_of_the_compiler_will_do(width: int, quick: bool) -> None:
    from micrograd_tui.engine.compile.native import code as native_code
    from micrograd_tui.engine.compile.native import jit as native_jit
    from micrograd_tui.engine.compile.native import kernel as native
    from micrograd_tui.engine.compile.native import plan as native_plan

    model = MLP(2, [5, 1], activation="sigmoid", rng=random.Random(1))
    parameters, rows = model.parameters(), moons(13)
    job = Job(
        trace_sample(hinge_of(model), parameters, rows[0]),
        trace_penalty(lambda: l2(parameters, 0.01), parameters),
    )
    plan, gradients = native_plan.plan_of(job), np.zeros(len(parameters))
    kernel = native.NativeKernel(plan, width, native_jit.Code(native_code.text_of(plan, width), quick))
    kernel.set_rows(np.array(rows))

    loss = kernel.gradient(np.array([p.data for p in parameters]), gradients)
    root = mean([hinge_of(model)([Value(x) for x in row]) for row in rows]) + l2(parameters, 0.01)

    assert same(loss, root.data)
    assert same(gradients, backward(parameters, root))


def test_a_row_that_is_not_a_number_stays_in_its_place_among_the_others() -> None:
    a, b = Value(2.0), Value(3.0)
    rows = [(float(i), 0.0) for i in range(10)]
    program = compile_function(lambda row: a * row[0] + b * row[1], [a, b], rows, backend="native")
    program.set_rows([*rows, (1.0, math.nan)])

    loss = program.backward()

    assert math.isnan(loss)
    assert same(program.gradients[0], 46 / 11)
    assert math.isnan(program.gradients[1])


def test_the_empty_lanes_of_an_infinite_row_bring_nothing() -> None:
    a = Value(1.0)
    rows = [(1.0,)] * 8 + [(math.inf,)]
    program = compile_function(lambda row: (a * row[0]).exp(), [a], rows, backend="native")

    assert program.backward() == math.inf
    assert program.gradients[0] == math.inf


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_training_goes_as_on_the_plain_backend(loss: str, activation: str, optimizer: str) -> None:
    classes = CLASSES[loss]
    outputs = 3 if loss == "cross_entropy" else 1
    model = MLP(2, [5, outputs], activation=activation, rng=random.Random(2))
    rng = random.Random(3)
    rows = [
        (rng.gauss(0, 1), rng.gauss(0, 1), *encode(loss, rng.randrange(len(classes) or 2), classes))
        for _ in range(13)
    ]
    parameters = model.parameters()

    def sample(row):
        out = model(row[:2])
        return LOSSES[loss](out if isinstance(out, list) else [out], row[2:])

    found = []
    for backend in ("native", "python"):
        program = compile_function(sample, parameters, rows, lambda: l2(parameters, 1e-3), backend)
        settings: dict[str, Any] = {"weight_decay": 0.01} | (
            {"momentum": 0.9} if optimizer == "sgd" else {}
        )
        made = OPTIMIZERS[optimizer]([Value(p.data) for p in parameters], lr=0.05, **settings)
        done = program.train(Update.of(made, len(parameters)), [0.05, 0.04, 0.03, 0.02])
        found.append((program.backend, done.loss, done.grad_norm, program.parameters))

    native, plain = found
    assert (native[0], plain[0]) == ("native", "python")
    for ours, theirs in zip(native[1:], plain[1:], strict=True):
        assert np.allclose(ours, theirs, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(
    "update",
    [
        Update("sgd", 3),
        Update("sgd", 3, weight_decay=0.1),
        Update("sgd", 3, momentum=0.9),
        Update("sgd", 3, 0.1, momentum=0.9, nesterov=True),
        Update("adam", 3),
        Update("adam", 3, weight_decay=0.1),
        Update("adamw", 3, weight_decay=0.1),
    ],
    ids=lambda update: f"{update.kind}-{update.weight_decay}-{update.momentum}-{update.nesterov}",
)
def test_every_update_is_that_of_the_plain_backend_and_goes_on_from_its_memory(update: Update) -> None:
    parameters = [Value(0.5), Value(-1.0), Value(2.0)]

    def sample(row):
        a, b, c = parameters
        return (a * row[0] + b.tanh() * row[1] + c) ** 2

    native = compile_function(sample, parameters, moons(9), backend="native")
    plain = compile_function(sample, parameters, moons(9), backend="python")
    other = Update(
        update.kind, 3, update.weight_decay, update.momentum, update.nesterov, update.betas, update.eps
    )
    for count in (1, 3, 2):
        ours, theirs = (p.train(u, [0.1] * count) for p, u in ((native, update), (plain, other)))

        assert np.allclose(ours.loss, theirs.loss, rtol=1e-11)
        assert np.allclose(native.parameters, plain.parameters, rtol=1e-11)
        for column, same_column in zip(update.state(), other.state(), strict=True):
            assert np.allclose(column, same_column, rtol=1e-11)


def test_a_run_has_the_same_bits_however_it_is_cut_and_whoever_compiles_it() -> None:
    def trained(cuts: list[int]):
        model = MLP(2, [6, 1], activation="sigmoid", rng=random.Random(5))
        parameters = model.parameters()
        program = compile_function(
            hinge_of(model), parameters, moons(21), lambda: l2(parameters, 1e-3), "native"
        )
        update = Update("adam", len(parameters))
        losses = [program.train(update, [0.01] * cut).loss for cut in cuts]
        return np.concatenate(losses).tobytes(), program.parameters.tobytes()

    assert trained([12]) == trained([1, 4, 7])


def test_a_parameter_that_does_not_reach_the_loss_has_gradient_zero() -> None:
    a, unused = Value(2.0), Value(3.0)
    program = compile_function(lambda row: a * row[0], [unused, a], [(1.0,), (3.0,)], backend="native")
    program.gradients[:] = 7.0

    program.backward()

    assert program.gradients.tolist() == [0.0, 2.0]


def test_a_number_made_of_parameters_alone_is_computed_once_and_has_its_gradient() -> None:
    a, b = Value(0.3), Value(-0.7)
    rows = moons(10)

    def sample(row):
        return ((a.exp() + 1.0).log() * row[0] + b) ** 2

    program = compile_function(sample, [a, b], rows, backend="native")
    loss = program.backward()
    root = mean([sample([Value(x) for x in row]) for row in rows])

    assert program.backend == "native"
    assert same(loss, root.data)
    assert same(program.gradients, backward([a, b], root))


def test_inputs_that_are_zero_one_or_equal_are_not_taken_for_constants() -> None:
    a = Value(2.0)
    program = compile_function(
        lambda row: a * row[0] * row[1] + row[2], [a], [(0.0, 1.0, 1.0)], backend="native"
    )
    program.set_rows([(2.0, 3.0, 4.0)])

    assert program.backward() == 16.0
    assert program.gradients[0] == 6.0


# What is derived from a whole graph.


def plan_of(loss: Value, parameters):
    from micrograd_tui.engine.compile.native import plan as native_plan

    return native_plan.plan_of(Job(trace_graph(loss, parameters)))


def check_graph(loss: Value, parameters) -> None:
    program = compile_graph(loss, parameters, backend="native")
    found = program.backward()

    assert program.backend == "native"
    assert same(found, loss.data)
    assert same(program.gradients, backward(parameters, loss))


def test_the_samples_of_a_whole_graph_become_lanes_and_the_penalty_a_loop_over_parameters() -> None:
    model = MLP(2, [4, 4, 1], rng=random.Random(1))
    parameters = model.parameters()
    losses = [hinge_of(model)([Value(x) for x in row]) for row in moons(30)]
    loss: Any = sum(losses) * (1.0 / 30) + 1e-4 * sum(p * p for p in parameters)

    plan = plan_of(loss, parameters)

    assert sorted(group.lanes for group in plan.groups) == [30, len(parameters)]
    assert plan.top.instructions() < 6
    check_graph(loss, parameters)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_lanes_are_found_under_any_top(activation: str) -> None:
    model = MLP(2, [4, 1], activation=activation, rng=random.Random(1))
    parameters = model.parameters()
    outputs = [model([Value(x) for x in row[:2]]) for row in moons(19)]
    loss: Any = (mean([out**2 for out in outputs]) + 1.0).sqrt() * parameters[0]

    assert [group.lanes for group in plan_of(loss, parameters).groups] == [19]
    check_graph(loss, parameters)


def test_a_polynomial_fit_is_a_loop_over_its_points() -> None:
    a, b, c = Value(0.5), Value(-1.0), Value(2.0)
    points = moons(40)
    loss: Any = sum((a * x * x + b * x + c - y) ** 2 for x, y, _ in points)

    assert [group.lanes for group in plan_of(loss, [a, b, c]).groups] == [40]
    check_graph(loss, [a, b, c])


def test_lanes_that_share_a_node_made_of_parameters_read_it() -> None:
    a, b = Value(0.5), Value(-1.0)
    shared = (a.exp() + b * b).log()
    loss: Any = sum((shared * x + y).tanh() for x, y, _ in moons(30))

    plan = plan_of(loss, [a, b])

    assert [group.lanes for group in plan.groups] == [30]
    assert len(plan.derived) == 1
    check_graph(loss, [a, b])


def test_lanes_that_read_a_number_made_of_all_of_them_are_right_too() -> None:
    a = Value(0.5)
    hidden = [(a * x).tanh() for x, _, _ in moons(20)]
    centre = sum(hidden) * (1.0 / 20)
    loss: Any = sum((h - centre) ** 2 for h in hidden)

    check_graph(loss, [a])


def test_a_small_expression_needs_no_lanes() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(0.5)
    d = a * b + c
    e = (d * c).relu() + a * a
    loss = (e + d * b) * (c + e)

    check_graph(loss, [a, b, c])


def test_the_loss_may_be_a_parameter_or_a_constant() -> None:
    a = Value(2.0)

    check_graph(a, [a])
    assert compile_graph(Value(3.0), [a], backend="native").backward() == 3.0


def test_a_sum_of_negative_zeros_keeps_its_sign() -> None:
    a = Value(-1.0)
    rows = [(0.0,)] * 20
    products = [a * x for (x,) in rows]
    total = sum(products[1:], products[0])
    loss = 1.0 / total

    program = compile_graph(loss, [a], backend="native")

    assert program.backward() == loss.data == -math.inf


# Networks of other shapes.


def convolution(take, row):
    """Three kernels of width 3 over a signal of 8, the largest of each summed."""
    kernels = [[take() for _ in range(4)] for _ in range(3)]
    out = []
    for *w, b in kernels:
        seen = [(sum(wi * row[i + j] for j, wi in enumerate(w)) + b).relu() for i in range(len(row) - 3)]
        largest = seen[0]
        for each in seen[1:]:
            largest = largest.max(each)
        out.append(largest)
    return (sum(out) - row[-1]) ** 2


def recurrent(take, row):
    """Six steps of a cell of 4 with shared weights."""
    wx, b = [take() for _ in range(4)], [take() for _ in range(4)]
    wh = [[take() for _ in range(4)] for _ in range(4)]
    state = [take() for _ in range(4)]
    for x in row[:-1]:
        state = [
            (w * x + sum(u * h for u, h in zip(us, state, strict=True)) + bias).tanh()
            for w, us, bias in zip(wx, wh, b, strict=True)
        ]
    return (sum(state) - row[-1]).abs()


def attention(take, row):
    """One head over four tokens of 2, a softmax of products."""
    query, key, value = ([[take(), take()] for _ in range(2)] for _ in range(3))
    tokens = [row[i : i + 2] for i in range(0, 8, 2)]

    def times(matrix, token):
        return [sum(w * x for w, x in zip(ws, token, strict=True)) for ws in matrix]

    def dot(x, y):
        return sum(a * b for a, b in zip(x, y, strict=True))

    out = 0.0
    for token in tokens:
        scores = [(dot(times(query, token), times(key, other)) * 0.7).exp() for other in tokens]
        total = sum(scores)
        for score, other in zip(scores, tokens, strict=True):
            out = out + (score / total) * dot(times(value, other), [1.0, -0.5])
    return (out - row[-1]) ** 2


@pytest.mark.parametrize("network", [convolution, recurrent, attention])
def test_networks_with_shared_weights(network) -> None:
    rng = random.Random(4)
    parameters: list[Value] = []

    def fresh() -> Value:
        parameters.append(Value(rng.uniform(-1, 1)))
        return parameters[-1]

    rows = [tuple(rng.uniform(-1, 1) for _ in range(9)) for _ in range(11)]
    network(fresh, rows[0])

    def sample(row):
        taken = iter(parameters)
        return network(lambda: next(taken), row)

    program = compile_function(sample, parameters, rows, backend="native")
    loss = program.backward()
    root = mean([sample([Value(x) for x in row]) for row in rows])

    assert program.backend == "native"
    assert same(loss, root.data)
    assert same(program.gradients, backward(parameters, root))
    check_graph(root, parameters)


# What it refuses.


def test_beyond_its_size_the_folded_statements_run_as_loops() -> None:
    model = MLP(2, [48, 48, 1], rng=random.Random(1))
    job = Job(trace_sample(hinge_of(model), model.parameters(), (0.0, 0.0, 1.0)))

    with pytest.raises(CannotCompile, match="instructions"):
        kernel_of(job)
    program = compile_function(hinge_of(model), model.parameters(), moons(3), backend="native")

    assert program.backend == "native"
    assert program.verify()


def test_a_comparison_is_left_to_a_backend_that_checks_it() -> None:
    a = Value(2.0)
    job = Job(trace_sample(lambda row: a * row[0] if a > 1.0 else a, [a], (1.0,)))

    with pytest.raises(CannotCompile, match="comparison"):
        kernel_of(job)


def test_no_text_of_the_user_reaches_the_compiler() -> None:
    from micrograd_tui.engine import scope
    from micrograd_tui.engine.compile.native.code import text_of
    from micrograd_tui.engine.compile.native.plan import plan_of as plan_job

    evil = '"\n}\ndeclare void @system(ptr)\n; evil'
    with scope(evil):
        a = Value(2.0, label=evil)
        row = (Value(1.0, label=evil),)
        job = Job(
            trace_sample(lambda row: (a * row[0]) ** 1.5, [a], row),
            trace_penalty(lambda: a * a, [a]),
        )

    text = text_of(plan_job(job), 8)

    assert "evil" not in text
    assert "system" not in text
    assert re.fullmatch(r"[\w\s@%.,=*(){}<>:\[\]+-]*", text)


def test_llvmlite_is_imported_only_when_a_program_is_compiled() -> None:
    code = "import sys, micrograd_tui.engine.compile, micrograd_tui.engine.compile.native.kernel; print('llvmlite' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
