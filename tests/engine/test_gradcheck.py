"""gradcheck: it finds what is wrong, passes what is right, and says which input."""

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_graphs import Program, apply_value, programs

from micrograd_tui.engine import Value, gradcheck


def scaled(factor: float) -> Callable[[Value, Value], Value]:
    """A product whose closure hands `factor` times the right amount to its second argument."""

    def f(a: Value, b: Value) -> Value:
        out = Value(a.data * b.data, (a, b), "product")

        def rule() -> None:
            a.grad += b.data * out.grad
            b.grad += factor * a.data * out.grad

        out._backward = rule
        return out

    return f


def test_a_right_closure_passes_and_every_input_gets_its_check() -> None:
    checks = gradcheck(scaled(1.0), [3.0, -2.0])

    assert [check.input for check in checks] == [0, 1]
    assert [check.grad for check in checks] == [-2.0, 3.0]
    assert [check.measured for check in checks] == pytest.approx([-2.0, 3.0])
    assert all(check.error < 1e-8 for check in checks)


@pytest.mark.parametrize("factor", [0.0, -1.0, 0.999, 1.001, 2.0, float("nan"), float("inf")])
def test_a_wrong_closure_is_found_and_its_input_named(factor: float) -> None:
    with pytest.raises(AssertionError, match=r"^input 1: grad is .* central difference gives"):
        gradcheck(scaled(factor), [3.0, -2.0])


@pytest.mark.parametrize("x", [1e-8, 1.0, 1e4, -1e9, 1e15])
def test_the_step_scales_with_the_input(x: float) -> None:
    (check,) = gradcheck(lambda a: a * a / x, [x])

    assert check.grad == 2
    assert 1e-6 < check.step / max(1.0, abs(x)) < 1e-4


def test_inputs_may_be_ignored_or_returned_as_they_are() -> None:
    assert [check.grad for check in gradcheck(lambda a, b: a, [2.0, 3.0])] == [1.0, 0.0]


def test_the_tolerance_is_the_callers() -> None:
    gradcheck(scaled(1.01), [3.0, -2.0], tolerance=0.1)
    with pytest.raises(AssertionError):
        gradcheck(scaled(1.01), [3.0, -2.0], tolerance=1e-3)


SMOOTH = {"add", "sub", "mul", "neg", "sin", "cos", "tanh", "sigmoid"}


@settings(max_examples=100)
@given(program=programs(6, numbers=st.floats(-2, 2)))
def test_random_smooth_graphs_pass(program: Program) -> None:
    lines = tuple(line for line in program.lines if line[0] in SMOOTH)
    assume(lines == program.lines or all(max(o) < len(program.numbers) for _, o in lines))
    assume(lines)
    smooth = Program(program.numbers, lines)
    leaves = list(smooth.numbers)

    def f(*values: Value) -> Value:
        given_values = iter(values)
        return smooth.run(lambda x: next(given_values), apply_value)[0]

    gradcheck(f, leaves, tolerance=1e-4)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: 1 / x, 1e-3),
        (lambda x: 1 / x, -1e-5),
        (lambda x: x.log(), 1e-8),
        (lambda x: (x * 1e6).tanh(), 1e-7),
        (lambda x: x**0.5, 1e-6),
        (lambda x: x.sqrt(), 1e-20),
        (lambda x: x.log(), 1e-12),
        (lambda x: 1 / x, -1e-9),
        (lambda x: (x * 1e9).tanh(), 1e-10),
        (lambda x: x * x + 1e8, 0.5),
        (lambda x: (x + 1e8) - 1e8, 0.1),
    ],
)
def test_a_right_gradient_near_a_pole_passes_and_a_wrong_one_does_not(
    f: Callable[[Value], Value], x: float
) -> None:
    gradcheck(f, [x])

    def wrong(x: Value) -> Value:
        out = f(x)
        before = out._backward
        out._backward = lambda: [rule() for rule in (before, before)]
        return out

    with pytest.raises(AssertionError, match="central difference"):
        gradcheck(wrong, [x])
