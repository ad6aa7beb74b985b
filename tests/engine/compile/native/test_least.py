"""The lower bound on instructions: never above what a plan takes, and not far below it."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile.ir.job import Job
from micrograd_tui.engine.compile.ir.trace import CannotCompile, trace_graph, trace_sample
from micrograd_tui.engine.nn import MLP

pytestmark = pytest.mark.requires("numpy")

Graph = tuple[Value, list[Value]]


def planned(job: Job, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many instructions the plan of a job takes, however many that are."""
    from micrograd_tui.engine.compile.native import plan

    with monkeypatch.context() as patch:
        patch.setattr(plan, "CAP", 10**9)
        return plan.plan_of(job).instructions()


def least(job: Job, enough: int = 10**9) -> int:
    from micrograd_tui.engine.compile.native.least import least_instructions

    return least_instructions(job.sample, enough)


def perceptron(sizes: Sequence[int], samples: int) -> Graph:
    rng = random.Random(1)
    model = MLP(sizes[0], sizes[1:], rng=rng)
    scores: list[Any] = [model([Value(rng.gauss(0, 1)) for _ in range(sizes[0])]) for _ in range(samples)]
    loss: Any = sum((score - 1.0) ** 2 for score in scores)
    return loss, list(model.parameters())


def recurrent(steps: int, width: int) -> Graph:
    rng = random.Random(1)
    rows = [[Value(rng.uniform(-1, 1)) for _ in range(width)] for _ in range(width)]
    state, loss = [Value(0.5) for _ in range(width)], Value(0.0)
    for _ in range(steps):
        state = [dot(row, state).tanh() for row in rows]
        loss = loss + state[0] ** 2
    return loss, [w for row in rows for w in row]


def dot(a: Sequence[Value], b: Sequence[Value]) -> Value:
    total: Any = sum(x * y for x, y in zip(a, b, strict=True))
    return total


GRAPHS: dict[str, Callable[[], Graph]] = {
    "one sample": lambda: perceptron([10, 12, 12, 1], 1),
    "a batch": lambda: perceptron([6, 8, 8, 1], 9),
    "small batch": lambda: perceptron([6, 8, 8, 1], 3),
    "recurrent": lambda: recurrent(5, 6),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_the_bound_is_below_the_plan_of_a_network_and_not_far_below(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss, parameters = GRAPHS[name]()
    job = Job(trace_graph(loss, parameters))
    takes = planned(job, monkeypatch)

    assert takes / 2 <= least(job) <= takes
    for enough in (10, 50):
        assert least(job, enough) <= takes


def test_the_bound_of_a_function_of_a_row_is_below_its_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MLP(3, [8, 8, 1], rng=random.Random(1))

    def loss(row: Any) -> Any:
        score: Any = model(row[:3])
        return (score - row[3]) ** 2

    job = Job(trace_sample(loss, list(model.parameters()), (1.0, 2.0, 3.0, 1.0)))
    takes = planned(job, monkeypatch)

    assert takes / 2 <= least(job) <= takes


@given(program=programs())
def test_the_bound_is_below_the_plan_of_any_graph(program: Program) -> None:
    root, values = values_of(program)
    job = Job(trace_graph(root, values[: len(program.numbers) // 2 + 1]))
    with pytest.MonkeyPatch.context() as patch:
        assert least(job) <= planned(job, patch)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_bound_is_below_the_plan_of_long_sums_that_share_nodes(seed: int) -> None:
    root, parameters = long_sums(random.Random(seed))
    job = Job(trace_graph(root, parameters))
    with pytest.MonkeyPatch.context() as patch:
        takes = planned(job, patch)

    assert all(least(job, enough) <= takes for enough in (5, 20, 10**9))


def long_sums(rng: random.Random) -> Graph:
    """A graph of sums of equal terms, some of which are others, inside one another, with nodes they share."""
    parameters = [Value(rng.uniform(0.5, 1)) for _ in range(rng.randint(3, 40))]
    shared = [p.tanh() for p in rng.sample(parameters, 2)]

    def number(kind: str, i: int, base: int) -> Value:
        row = {"one": 0, "row": i, "stride": 2 * i}
        if kind in row:
            return parameters[(base + row[kind]) % len(parameters)]
        return rng.choice(shared) if kind == "shared" else Value(rng.gauss(0, 1))

    def summed(depth: int) -> Value:
        kinds = rng.choices(["one", "row", "stride", "shared", "constant"], k=3)
        base, odd = rng.randrange(30), rng.choice([0.0, 0.0, 0.2])
        deeper = rng.random() < 0.5
        terms = []
        for i in range(rng.randint(2, 12)):
            a, b, c = (number(kind, i, base) for kind in kinds)
            inner = summed(depth + 1) if deeper and depth < 2 else b
            terms.append(a * inner + c if rng.random() >= odd else a.tanh())
        total: Any = sum(terms[1:], terms[0])
        shared.append(total)
        return total

    return summed(0) * summed(1), parameters


@pytest.mark.parametrize("name", ["one sample", "recurrent"])
def test_what_is_too_large_is_declined_before_it_is_planned(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from micrograd_tui.engine.compile.native import plan

    loss, parameters = GRAPHS[name]()
    monkeypatch.setattr(plan, "CAP", 100)
    monkeypatch.setattr(plan, "graph_of", lambda trace: pytest.fail("planned"))

    with pytest.raises(CannotCompile, match=r"at least [\d,]+ instructions, more than the 100"):
        plan.plan_of(Job(trace_graph(loss, parameters)))
