"""Random programs over the whole op table, in native code: lanes, remainders, and whole graphs.

|g - g'| <= 1e-12 * (1 + the sum of the |contributions|), nan and inf in the same places, wherever no
intermediate exceeds 1e300 and last bits do not decide: programs that a nudge of every result by its
last bit changes visibly are left out.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_graphs import Program, apply_value, programs, values_of
from tame_graphs import NUMBERS, tame

from micrograd_tui.engine import Value, toposort
from micrograd_tui.engine.compile.ir.job import Job
from micrograd_tui.engine.compile.ir.trace import trace_graph, trace_penalty, trace_sample
from micrograd_tui.engine.compile.verify import contributions

pytestmark = pytest.mark.requires("llvmlite")

MANY = settings(
    max_examples=200, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


FORMS = pytest.mark.parametrize("form", ["native", "loops"])
"""Every node an instruction, and folded statements as loops: small graphs have the one, large the other."""


def kernel_of(job: Job, form: str):
    from micrograd_tui.engine.compile.loops import kernel as loops
    from micrograd_tui.engine.compile.native import kernel as native

    return (native if form == "native" else loops).build(job)


def assert_gradients(kernel, root: Value, parameters: Sequence[Value]) -> None:
    for p in parameters:
        p.grad = 0.0
    root.backward()
    found, size = np.zeros(len(parameters)), contributions(toposort(root), parameters)

    loss = kernel.gradient(np.array([p.data for p in parameters]), found)

    assert loss == pytest.approx(root.data, rel=1e-11, abs=1e-12, nan_ok=True)
    for g, p, contributed in zip(found, parameters, size, strict=True):
        if math.isfinite(p.grad):
            assert abs(g - p.grad) <= 1e-12 * (1 + contributed) or math.isinf(contributed)
        else:
            assert g == p.grad or (math.isnan(g) and math.isnan(p.grad))


def with_rows(
    program: Program, data: st.DataObject, least: int, most: int
) -> tuple[Callable[[Sequence[Value]], Value], list[Value], list[tuple[float, ...]]]:
    """Some leaves become inputs and get rows; return the function of a row, the other leaves, the rows."""
    count = len(program.numbers)
    inputs = sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1)))
    rows = data.draw(st.lists(st.tuples(*[NUMBERS] * len(inputs)), min_size=least, max_size=most))
    for row in rows:
        given_row = dict(zip(inputs, row, strict=True))
        leaves = tuple(given_row.get(i, x) for i, x in enumerate(program.numbers))
        assume(tame(Program(leaves, program.lines)))
    parameters = [Value(x) for i, x in enumerate(program.numbers) if i not in inputs] or [Value(1.0)]

    def sample(row: Sequence[Value]) -> Value:
        own, given_row = iter(parameters), dict(zip(inputs, row, strict=True))
        leaves = iter([given_row[i] if i in given_row else next(own) for i in range(count)])
        return program.run(lambda x: next(leaves), apply_value)[0]

    return sample, parameters, rows


@FORMS
@MANY
@given(program=programs(lines=14, numbers=NUMBERS))
def test_a_whole_graph(form: str, program: Program) -> None:
    assume(tame(program))
    root, values = values_of(program)
    leaves = values[: len(program.numbers)]

    kernel = kernel_of(Job(trace_graph(root, leaves)), form)
    kernel.set_rows(np.zeros((1, 0)))

    assert_gradients(kernel, root, leaves)


@FORMS
@MANY
@given(program=programs(lines=10, numbers=NUMBERS), data=st.data())
def test_the_mean_over_rows_and_a_penalty(form: str, program: Program, data: st.DataObject) -> None:
    sample, parameters, rows = with_rows(program, data, 1, 10)

    def penalty() -> Any:
        return 0.01 * sum(p * p for p in parameters)

    kernel = kernel_of(
        Job(trace_sample(sample, parameters, rows[0]), trace_penalty(penalty, parameters)), form
    )
    kernel.set_rows(np.array(rows))
    losses = [sample([Value(x) for x in row]) for row in rows]

    root: Any = sum(losses[1:], losses[0]) * (1.0 / len(rows)) + penalty()
    assume(math.isnan(root.data) or abs(root.data) < 1e300)
    assert_gradients(kernel, root, parameters)


@FORMS
@MANY
@given(program=programs(lines=8, numbers=NUMBERS), data=st.data())
def test_a_sum_of_equal_terms_in_a_whole_graph(form: str, program: Program, data: st.DataObject) -> None:
    sample, parameters, rows = with_rows(program, data, 8, 19)

    root: Any = sum(sample([Value(x) for x in row]) for row in rows) * (1.0 / len(rows))
    assume(math.isnan(root.data) or abs(root.data) < 1e300)
    kernel = kernel_of(Job(trace_graph(root, parameters)), form)
    kernel.set_rows(np.zeros((1, 0)))

    assert_gradients(kernel, root, parameters)
