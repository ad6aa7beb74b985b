"""The op table against PyTorch, anywhere in the floats, and against its own words."""

import math
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_graphs import BINARY, UNARY, apply_value

from micrograd_tui.engine import OPS, Value
from micrograd_tui.engine.ieee import sign
from micrograd_tui.engine.ops import Op, power_of

# PyTorch's names for rows that are called otherwise there.
NAMES = {"div": "true_divide", "max": "maximum", "min": "minimum"}
EDGES = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-308, 709.0, 710.0, -745.0, -746.0, 1e16, 1.7e308]
EDGES += [math.inf, -math.inf, math.nan]
anywhere = st.floats(allow_subnormal=False) | st.sampled_from(EDGES) | st.integers(-9, 9).map(float)
arriving = st.sampled_from([1.0, -2.0, 0.0, 1e-3])


def same(ours: float, theirs: float) -> bool:
    """Whether both are nan, or equal but for the last digits; far below 1e-300 digits get lost."""
    if math.isnan(ours) or math.isnan(theirs):
        return math.isnan(ours) and math.isnan(theirs)
    return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-300)


def check(g: float, numbers: list[float], ours: Any, theirs: Any) -> None:
    """Compare the number and every gradient, a gradient `g` arriving."""
    import torch

    values = [Value(x) for x in numbers]
    tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]
    out, their_out = ours(*values), theirs(*tensors)
    out.grad = g
    out._backward()
    their_out.backward(torch.tensor(g, dtype=torch.float64))

    assert same(out.data, their_out.item())
    for value, tensor in zip(values, tensors, strict=True):
        assert same(value.grad, tensor.grad.item())


@pytest.mark.requires("torch")
@pytest.mark.parametrize("name", UNARY)
@given(x=anywhere, g=arriving)
def test_one_argument_anywhere_is_what_pytorch_says(name: str, x: float, g: float) -> None:
    import torch

    if name in ("tanh", "sigmoid"):
        assume(not 4 < abs(x) < 800)  # 1 - out cancels there: two libraries' last bits tell

    check(g, [x], lambda a: apply_value(name, a), getattr(torch, name))


@pytest.mark.requires("torch")
@pytest.mark.parametrize("name", BINARY)
@given(x=anywhere, y=anywhere, g=arriving)
def test_two_arguments_anywhere_are_what_pytorch_says(name: str, x: float, y: float, g: float) -> None:
    import torch

    check(g, [x, y], lambda a, b: apply_value(name, a, b), getattr(torch, NAMES.get(name, name)))


@pytest.mark.requires("torch")
@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
@given(x=st.floats(-800, 800))
def test_saturation_is_what_pytorch_says_to_the_last_bits_of_one(name: str, x: float) -> None:
    import torch

    value, tensor = Value(x), torch.tensor(x, dtype=torch.float64, requires_grad=True)
    getattr(value, name)().backward()
    getattr(torch, name)(tensor).backward()

    assert value.grad == pytest.approx(tensor.grad.item(), rel=1e-12, abs=1e-15)


EXTREMES = [5e-324, 1e-308, 1e-160, 1e-20, 0.5, 3.0, 36.0, 37.0, 708.0, 709.8, 710.0, 745.0, 746.0]
EXTREMES += [1e16, 1e100, 1e154, 1e155, 1.7e308, math.inf, 0.0]


@pytest.mark.parametrize("op", [*UNARY, "**-3", "**-2", "**-1", "**-0.5", "**0", "**0.5", "**2", "**3"])
def test_extreme_numbers_are_what_pytorch_says_subnormal_ones_too(op: str, pytorch: Any) -> None:
    points = [sign * x for x in EXTREMES for sign in (1.0, -1.0)]

    def applied(x: Any, torch: Any = None) -> Any:
        if op.startswith("**"):
            return x ** (float(op[2:]) if "." in op else int(op[2:]))
        return getattr(torch, op)(x) if torch else apply_value(op, x)

    def theirs(torch: Any) -> list[float]:
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in points]
        outs = [applied(x, torch) for x in tensors]
        for out in outs:
            out.backward()
        return [n.item() for out, x in zip(outs, tensors, strict=True) for n in (out, x.grad)]

    values = [Value(x) for x in points]
    outs = [applied(x) for x in values]
    for out in outs:
        out.backward()
    ours = [n for out, x in zip(outs, values, strict=True) for n in (out.data, x.grad)]

    assert ours == pytest.approx(pytorch(theirs), rel=1e-12, abs=0, nan_ok=True)


@pytest.mark.parametrize(
    ("x", "n"),
    [(0.0, -1), (2.0, 5000), (-2.0, 0.5), (0.0, 0), (0.0, 0.5), (-0.0, -3), (-2.0, 1023), (-2.0, 1025)],
)
@pytest.mark.parametrize("as_value", [False, True])
def test_the_powers_the_issue_names_are_what_pytorch_says(
    x: float, n: float, as_value: bool, pytorch: Any
) -> None:
    numbers = [x, float(n)] if as_value else [x]

    def power(*args: Any) -> Any:
        return args[0] ** (args[1] if as_value else n)

    def theirs(torch: Any) -> list[float]:
        tensors = [torch.tensor(z, dtype=torch.float64, requires_grad=True) for z in numbers]
        out = power(*tensors)
        out.backward()
        return [out.item(), *(tensor.grad.item() for tensor in tensors)]

    values = [Value(z) for z in numbers]
    out = power(*values)
    out.backward()

    assert all(map(same, [out.data, *(value.grad for value in values)], pytorch(theirs)))


@pytest.mark.requires("torch")
@pytest.mark.parametrize("left", [0.0, 1.5, -2.0, 2.0])
@pytest.mark.parametrize("name", ["__radd__", "__rsub__", "__rmul__", "__rtruediv__", "__rpow__"])
@settings(max_examples=40)
@given(x=anywhere)
def test_a_number_on_the_left_is_what_pytorch_says(name: str, left: float, x: float) -> None:
    assume(x == 0 or abs(x) > 1e-100)  # PyTorch divides by way of 1/x, which overflows there

    check(1.0, [x], lambda a: getattr(a, name)(left), lambda a: getattr(a, name)(left))


def words(op: Op, out: float, *args: float) -> list[float]:
    """Compute the texts of a row's local derivatives, as a reader with a pocket calculator would."""
    names: dict[str, Any] = dict(zip("ab", args, strict=False))
    names |= {"out": out, "sign": sign, "cos": math.cos, "sin": math.sin, "log": math.log}
    return [float(eval(text.replace("[", "(").replace("]", ")"), names)) for text in op.derivatives]


@pytest.mark.parametrize("name", UNARY + BINARY)
@given(x=st.floats(0.1, 3), y=st.floats(0.1, 3))
def test_the_derivative_in_words_is_the_derivative_in_numbers(name: str, x: float, y: float) -> None:
    assume(x != y)
    op = OPS[name]
    args = (x, y)[: len(op.vjps or ())]
    assert op.forward
    out = op.forward(*args)

    vjps = [vjp(1.0, out, *args) for vjp in op.vjps or ()]
    assert vjps == pytest.approx(words(op, out, *args), rel=1e-12)


@pytest.mark.parametrize("n", [2, 3, 1, 0.5, -1, -0.5, 2.0])
@given(x=st.floats(0.1, 3))
def test_a_constant_exponents_derivative_in_words_is_the_one_in_numbers(n: float, x: float) -> None:
    op = power_of(n)
    assert op.forward
    assert op.vjps
    out = op.forward(x)

    assert op.vjps[0](1.0, out, x) == pytest.approx(words(op, out, x)[0], rel=1e-12)


@pytest.mark.parametrize("name", UNARY + BINARY)
@given(x=anywhere, y=anywhere, g=anywhere)
def test_a_row_never_raises_and_never_leaves_the_real_numbers(
    name: str, x: float, y: float, g: float
) -> None:
    op = OPS[name]
    args = (x, y)[: len(op.vjps or ())]
    assert op.forward
    out = op.forward(*args)

    assert type(out) is float
    assert all(type(vjp(g, out, *args)) is float for vjp in op.vjps or ())
