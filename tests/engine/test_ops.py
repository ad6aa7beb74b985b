"""Every row of the op table is right: finite differences say so, and PyTorch does."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine import OPS, Value, gradcheck
from micrograd_tui.engine.ops import op_named, power_of

WANTED = [
    "add",
    "sub",
    "mul",
    "div",
    "pow",
    "select",
    "neg",
    "abs",
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tanh",
    "sigmoid",
    "relu",
    "max",
    "min",
]
UNARY = [name for name, op in OPS.items() if len(op.vjps or ()) == 1]
BINARY = [name for name, op in OPS.items() if len(op.vjps or ()) == 2]
AWKWARD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -2.0,
    3.0,
    -3.0,
    1000.0,
    -1000.0,
    1e308,
    math.inf,
    -math.inf,
    math.nan,
]


def apply(name: str, *args: Any) -> Value:
    methods = {
        "add": "__add__",
        "sub": "__sub__",
        "mul": "__mul__",
        "div": "__truediv__",
        "pow": "__pow__",
    }
    return getattr(args[0], methods.get(name, {"neg": "__neg__"}.get(name, name)))(*args[1:])


def same(ours: float, theirs: float) -> bool:
    return (
        (ours != ours and theirs != theirs) or ours == theirs or math.isclose(ours, theirs, rel_tol=1e-12)
    )


def test_the_table_has_every_op_the_issue_names() -> None:
    assert sorted(OPS) == sorted(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_a_row_says_everything_about_its_op(name: str) -> None:
    op = OPS[name]

    assert op.symbol
    assert op.forward is not None
    assert op.vjps is not None
    assert len(op.vjps) == len(op.derivatives)
    assert op.local_text(0).startswith("d(")


def test_the_local_derivative_reads_as_a_sentence() -> None:
    assert OPS["mul"].local_text(0) == "d(a*b)/da = b"
    assert OPS["mul"].local_text(1) == "d(a*b)/db = a"
    assert OPS["tanh"].local_text(0) == "d(tanh(a))/da = 1 - out**2"


@pytest.mark.parametrize("name", UNARY)
@given(x=st.floats(0.1, 4))
def test_finite_differences_agree_with_every_op_of_one_argument(name: str, x: float) -> None:
    gradcheck(lambda a: apply(name, a), [x])
    if name not in ("log", "sqrt"):
        gradcheck(lambda a: apply(name, a), [-x])


@pytest.mark.parametrize("name", BINARY)
@given(x=st.floats(0.1, 3), y=st.floats(0.1, 3))
def test_finite_differences_agree_with_every_op_of_two_arguments(name: str, x: float, y: float) -> None:
    if name in ("max", "min") and abs(x - y) < 0.01:
        x += 0.1  # away from the kink, where no derivative exists

    gradcheck(lambda a, b: apply(name, a, b), [x, y])
    if name != "pow":
        gradcheck(lambda a, b: apply(name, a, b), [-x, y])


@pytest.mark.parametrize("n", [2, 3, -1, 0.5, 1, 0, -2.5, 2.0])
@given(x=st.floats(0.2, 3))
def test_finite_differences_agree_with_constant_exponents(n: float, x: float) -> None:
    gradcheck(lambda a: a**n, [x])


def test_gradcheck_finds_a_wrong_gradient() -> None:
    def wrong(a: Value) -> Value:
        out = Value(a.data * a.data, (a,), "square")

        def rule() -> None:
            a.grad += a.data * out.grad  # the factor 2 is missing

        out._backward = rule
        return out

    with pytest.raises(AssertionError, match="input 0"):
        gradcheck(wrong, [3.0])


def answer(made: Any, leaves: list[Any]) -> list[float]:
    """The number and every gradient, of PyTorch's tensors."""
    made.backward()
    return [made.item(), *(leaf.grad.item() for leaf in leaves)]


def same_answer(made: Value, leaves: list[Value], theirs: list[float]) -> bool:
    made.backward()
    return all(map(same, [made.data, *(leaf.grad for leaf in leaves)], theirs))


def doubles(torch: Any, *numbers: float) -> list[Any]:
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in numbers]


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", AWKWARD)
def test_one_argument_at_awkward_points_is_what_pytorch_says(name: str, x: float, pytorch: Any) -> None:
    def theirs(torch: Any) -> list[float]:
        (a,) = doubles(torch, x)
        return answer(-a if name == "neg" else getattr(torch, name)(a), [a])

    ours = Value(x)
    assert same_answer(apply(name, ours), [ours], pytorch(theirs))


@pytest.mark.parametrize("name", [name for name in BINARY if name != "select"])  # no op of PyTorch's
@pytest.mark.parametrize("x", AWKWARD)
@pytest.mark.parametrize("y", AWKWARD)
def test_two_arguments_at_awkward_points_are_what_pytorch_says(
    name: str, x: float, y: float, pytorch: Any
) -> None:
    def theirs(torch: Any) -> list[float]:
        names = {"div": "true_divide", "max": "maximum", "min": "minimum"}
        a, b = doubles(torch, x, y)
        return answer(getattr(torch, names.get(name, name))(a, b), [a, b])

    ours = [Value(x), Value(y)]
    assert same_answer(apply(name, *ours), ours, pytorch(theirs))


@pytest.mark.parametrize("n", [0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.5, 2.0, 1000])
@pytest.mark.parametrize("x", AWKWARD)
def test_constant_exponents_are_what_pytorch_says(n: float, x: float, pytorch: Any) -> None:
    def theirs(torch: Any) -> list[float]:
        (a,) = doubles(torch, x)
        return answer(a**n, [a])

    ours = Value(x)
    assert same_answer(ours**n, [ours], pytorch(theirs))


def test_the_edges_the_issue_names() -> None:
    assert math.isnan(Value(-1).log().data)
    assert (Value(0) ** -1).data == math.inf
    assert (Value(2) ** 5000).data == math.inf
    assert (2 ** Value(5000)).data == math.inf
    assert Value(1000).exp().data == math.inf
    assert math.isnan((Value(-2) ** 0.5).data)
    for name in ("relu", "abs"):
        leaf = Value(0.0)
        getattr(leaf, name)().backward()
        assert leaf.grad == 0
    a, b = Value(0.0), Value(2.0)
    (a**b).backward()
    assert b.grad == 0


def test_a_tie_of_max_and_min_splits_evenly() -> None:
    for name in ("max", "min"):
        a, b = Value(2.0), Value(2.0)
        getattr(a, name)(b).backward()

        assert (a.grad, b.grad) == (0.5, 0.5)


def test_rows_are_found_by_name_also_those_with_a_constant_exponent() -> None:
    assert op_named("tanh") is OPS["tanh"]
    assert op_named("**2") is power_of(2)
    assert (Value(4.0) ** -0.5).op is op_named("**-0.5")
    assert (Value(4.0) ** -0.5).data == 0.5
    assert op_named("whatever").vjps is None
