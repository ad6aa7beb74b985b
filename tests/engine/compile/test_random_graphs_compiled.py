"""Compiled random graphs over the whole op table give Value.backward()'s gradients.

|g - g'| <= 1e-12 * (1 + the sum of the |contributions|), nan and inf in the same places whenever no
intermediate exceeds 1e300. Where last bits of the forward pass decide (a sum that cancels, then divided
by) no two orders of summation agree: such programs are found by nudging every result by its last bit.
"""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from random_graphs import Program, apply_value, programs, values_of
from tame_graphs import NUMBERS, tame

from micrograd_tui.engine import Value, toposort
from micrograd_tui.engine.compile import compile_function, compile_graph
from micrograd_tui.engine.compile.verify import contributions

FEW = settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])


def assert_same(loss: float, found, root: Value, leaves: list[Value]) -> None:
    nodes = toposort(root)
    size = contributions(nodes, leaves)

    assert loss == pytest.approx(root.data, rel=1e-11, abs=1e-12, nan_ok=True)
    for g, leaf, contributed in zip(found, leaves, size, strict=True):
        if math.isnan(leaf.grad):
            assert math.isnan(g)
        elif math.isinf(leaf.grad):
            assert g == leaf.grad
        else:
            assert abs(g - leaf.grad) <= 1e-12 * (1 + contributed) or math.isinf(contributed)


@FEW
@given(program=programs(lines=14, numbers=NUMBERS), backend=st.sampled_from(["numpy", "python"]))
def test_a_compiled_graph_gives_the_gradients_of_backward(program: Program, backend: str) -> None:
    assume(tame(program))
    root, values = values_of(program)
    leaves = values[: len(program.numbers)]

    compiled = compile_graph(root, leaves, backend=backend)
    compiled.backward()
    loss = compiled.backward()  # a pass leaves nothing behind for the next
    root.backward()

    assert_same(loss, compiled.gradients, root, leaves)


@FEW
@given(program=programs(lines=14, numbers=NUMBERS), data=st.data())
def test_a_compiled_function_gives_the_mean_over_rows(program: Program, data: st.DataObject) -> None:
    count = len(program.numbers)
    inputs = data.draw(st.sets(st.integers(0, count - 1)))
    rows = data.draw(st.lists(st.tuples(*[NUMBERS] * len(inputs)), min_size=1, max_size=3))
    at = dict(zip(sorted(inputs), range(count), strict=False))
    for row in rows:
        assume(
            tame(
                Program(
                    tuple(row[at[i]] if i in at else x for i, x in enumerate(program.numbers)),
                    program.lines,
                )
            )
        )
    parameters = [Value(x) for i, x in enumerate(program.numbers) if i not in at]

    def sample(row):
        own = iter(parameters)
        leaves = iter([row[at[i]] if i in at else next(own) for i in range(count)])
        return program.run(lambda x: next(leaves), apply_value)[0]

    compiled = compile_function(sample, parameters, rows, backend="numpy")
    compiled.backward()
    loss = compiled.backward()  # a pass leaves nothing behind for the next
    total = sample([Value(x) for x in rows[0]])
    for row in rows[1:]:
        total = total + sample([Value(x) for x in row])
    total = total * (1.0 / len(rows))
    total.backward()

    assume(math.isnan(total.data) or abs(total.data) < 1e300)
    assert_same(loss, compiled.gradients, total, parameters)


@pytest.mark.parametrize("leaf", [0.0, -0.0])
def test_the_sign_of_a_zero_sum_shows_as_the_sign_of_an_infinity(leaf: float) -> None:
    a, b, c = Value(leaf), Value(-0.0), Value(1.0)
    root = c / (a + b + a * c) + c / (b + b + b)

    compiled = compile_graph(root, [a, b, c], backend="numpy")
    root.backward()

    assert str(compiled.backward()) == str(root.data)
    assert np.array_equal(compiled.gradients, [a.grad, b.grad, c.grad], equal_nan=True)
