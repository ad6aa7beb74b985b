"""Programs: rows, branches, nodes that folding absorbed, and what is refused."""

import random

import numpy as np
import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import (
    CannotCompile,
    GuardFailed,
    compile_function,
    compile_graph,
    recorded_comparisons,
)
from micrograd_tui.engine.learning.nn import MLP
from micrograd_tui.engine.learning.optim import SGD


def test_inputs_stay_inputs_when_they_are_0_1_or_equal() -> None:
    w, v = Value(2.0), Value(3.0)
    one = Value(1.0)
    program = compile_function(
        lambda row: 0 + row[0] + w * row[1] + v * row[2] * row[0],
        [w, v],
        [(0.0, one, one)],
        backend="numpy",
    )

    program.set_rows([(1.0, 2.0, 3.0), (0.5, 0.0, 4.0)])

    assert program.backward() == pytest.approx((1 + 4 + 9 + 0.5 + 0 + 6) / 2)
    assert program.gradients.tolist() == pytest.approx([1.0, 2.5])


@pytest.mark.parametrize("count", [1, 2, 255, 1500])
def test_any_number_of_rows_follows_without_a_new_trace(count: int) -> None:
    traced = []
    w = Value(0.3)

    def sample(row):
        traced.append(row)
        return (w * row[0] - row[1]).tanh()

    program = compile_function(sample, [w], [(1.0, 2.0)] * 10, backend="numpy")
    rows = np.random.default_rng(0).normal(size=(count, 2))
    program.set_rows(rows)

    assert program.forward() == pytest.approx(np.tanh(0.3 * rows[:, 0] - rows[:, 1]).mean(), rel=1e-12)
    assert program.backward() == pytest.approx(program.forward(), rel=1e-14)
    assert len(traced) == 1


def test_parameters_are_live() -> None:
    w = Value(2.0)
    program = compile_graph(w * w, [w], backend="numpy")

    program.parameters[0] = 5.0

    assert program.forward() == 25.0
    assert program.backward() == 25.0
    assert program.gradients[0] == 10.0


def test_a_parameter_that_does_not_reach_the_loss_has_gradient_0() -> None:
    w, lost = Value(2.0), Value(7.0)
    program = compile_graph(w * 3, [lost, w], backend="numpy")

    program.backward()

    assert program.gradients.tolist() == [0.0, 3.0]


@pytest.mark.parametrize("backend", ["numpy", "python"])
def test_a_loss_may_be_a_parameter_or_a_constant(backend: str) -> None:
    w = Value(2.0)
    itself = compile_graph(w, [w], backend=backend)
    constant = compile_graph(Value(3.0) * 2, [w], backend=backend)
    plain = compile_function(lambda row: w * 2, [w], [(1.0,), (2.0,)], lambda: 1.5, backend=backend)

    assert (itself.backward(), itself.gradients[0]) == (2.0, 1.0)
    assert (constant.backward(), constant.gradients[0]) == (6.0, 0.0)
    assert (plain.backward(), plain.gradients[0]) == (5.5, 2.0)


def test_the_number_of_an_absorbed_node_is_computed_again() -> None:
    w, b = Value(2.0, label="w"), Value(1.0)
    inner: list[Value] = []

    def sample(row):
        inner[:] = [w * row[0]]
        return inner[0] + b + row[1] * b

    program = compile_function(sample, [w, b], [(3.0, 1.0), (5.0, 0.0)], backend="numpy")

    assert program.value_of(inner[0], 0) == 6.0
    assert program.value_of(inner[0], 1) == 10.0
    program.parameters[0] = 4.0
    assert program.value_of(inner[0], 1) == 20.0
    with pytest.raises(ValueError, match="not in the graph"):
        program.value_of(Value(1.0))


def test_every_row_takes_its_own_branch() -> None:
    w, v = Value(1.0), Value(1.0)

    def sample(row):
        return w * row[0] if row[0] * w > 0 else v * row[0] ** 2

    program = compile_function(sample, [w, v], [(2.0,)], backend="numpy")
    program.set_rows([(2.0,), (-3.0,), (4.0,), (-1.0,)])

    assert program.backward() == pytest.approx((2 + 9 + 4 + 1) / 4)
    assert program.gradients.tolist() == pytest.approx([1.5, 2.5])
    assert program.verify()


def test_a_guard_that_fails_later_on_traces_again() -> None:
    w = Value(3.0)

    def sample(row):
        return w * w * row[0] if w > 1 else abs(w) + row[0]

    program = compile_function(sample, [w], [(1.0,)], backend="numpy")
    assert program.backward() == 9.0

    program.parameters[0] = -2.0

    assert program.backward() == 3.0
    assert program.gradients[0] == -1.0
    program.run(3, SGD([w], lr=0.1))
    assert w.data == pytest.approx(-1.7)


def test_a_penalty_may_branch() -> None:
    w = Value(3.0)
    program = compile_function(
        lambda row: w * row[0], [w], [(1.0,), (2.0,)], lambda: w * w if w > 0 else w * 10, backend="numpy"
    )
    assert program.backward() == pytest.approx(4.5 + 9)

    program.parameters[0] = -1.0

    assert program.backward() == pytest.approx(-1.5 - 10)


def test_a_graph_says_which_comparison_no_longer_holds() -> None:
    w = Value(3.0, label="w")
    with recorded_comparisons() as comparisons:
        loss = w * 2 if w > 1 else -w
    program = compile_graph(loss, [w], backend="numpy", comparisons=comparisons)
    assert program.forward() == 6.0

    program.parameters[0] = 0.5

    with pytest.raises(GuardFailed, match="w > 1 was True when the graph was built"):
        program.backward()


def test_comparisons_outside_a_trace_are_not_noted() -> None:
    with recorded_comparisons() as comparisons:
        assert Value(2.0) > 1
    assert Value(2.0) > 1

    assert len(comparisons) == 1


def test_verify_sees_what_a_raw_read_froze() -> None:
    w = Value(2.0)

    def sample(row):
        return w * row[0] if w.data > 0 else w * w * w

    program = compile_function(sample, [w], [(1.0,)], backend="numpy")
    assert program.verify()

    program.parameters[0] = -2.0

    assert not program.verify()


def test_a_node_with_a_rule_of_its_own_is_refused_in_a_sentence() -> None:
    a = Value(1.0)
    made = Value(2.0, (a,), "twice")

    with pytest.raises(CannotCompile, match="rule of their own"):
        compile_graph(made, [a])
    with pytest.raises(CannotCompile, match="not a leaf"):
        compile_graph(a * 2, [a * 3])
    with pytest.raises(CannotCompile, match="twice"):
        compile_graph(a * 2, [a, a])


def test_rows_of_another_length_are_refused() -> None:
    w = Value(1.0)
    program = compile_function(lambda row: w * row[0], [w], [(1.0,)], backend="numpy")

    with pytest.raises(ValueError, match="each of 1 numbers"):
        program.set_rows([(1.0, 2.0)])
    with pytest.raises(ValueError, match="no backend"):
        compile_graph(w * 1, [w], backend="gpu")


@pytest.mark.parametrize("backend", ["auto", "numpy"])
def test_a_graph_too_deep_is_declined_before_anything_is_planned(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from micrograd_tui.engine.compile.fold import fold

    def planned(job: object) -> None:
        raise AssertionError("it was planned")

    monkeypatch.setattr(fold, "columns_of", planned)
    w = Value(0.5)
    node = w
    for _ in range(6_000):
        node = (node * w).tanh()

    assert "more than 5,000 of its operations" in compile_graph(node, [w], backend=backend).declined


def test_a_long_sum_is_not_deep() -> None:
    w = [Value(0.1) for _ in range(4)]
    loss = Value(0.0)
    for i in range(20_000):
        loss = loss + w[i % 4] * (i % 7)

    program = compile_graph(loss, w, backend="numpy")

    assert program.backend == "numpy"
    assert program.verify(lambda: loss)


def test_a_chain_of_its_own_for_every_node_still_runs() -> None:
    w = Value(0.5)
    node = w
    for i in range(30_000):
        node = (node * w).sin() if i % 2 else node + w.cos()
    program = compile_graph(node, [w])
    assert program.backend == "python"
    assert "wait for one another" in program.declined

    loss = program.backward()
    node.backward()

    assert loss == pytest.approx(node.data, rel=1e-12)
    assert program.gradients[0] == pytest.approx(w.grad, rel=1e-9)


def test_a_large_batch_in_chunks_is_the_same_as_a_small_one_repeated() -> None:
    model = MLP(2, [6, 6, 1], rng=random.Random(0))
    rows = [(random.Random(i).gauss(0, 1), 0.5, 1.0) for i in range(10)]
    program = compile_function(
        lambda row: (1 - row[2] * model(row[:2])).relu(), model.parameters(), rows, backend="numpy"
    )
    small, gradients = program.backward(), program.gradients.copy()

    program.set_rows(rows * 1000)

    for _ in range(3):
        assert program.backward() == pytest.approx(small, rel=1e-12)
        assert program.gradients == pytest.approx(gradients, rel=1e-11)


def test_what_is_no_loss_and_no_flat_row_is_a_sentence() -> None:
    w = Value(2.0)
    with pytest.raises(TypeError, match="takes the loss, one Value, not a list"):
        compile_graph([w * 2], [w])  # type: ignore[arg-type]  # the mistake that the sentence is for
    with pytest.raises(TypeError, match=r"write \(\*x, y\) for \(x, y\)"):
        compile_function(lambda row: w * row[0], [w], [((1.0, 2.0), 1.0)])
