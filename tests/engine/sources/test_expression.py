"""Typed expressions: an allow list, a marked column, and bounds."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_tui.engine import toposort
from micrograd_tui.engine.sources.expression import ExpressionError, parse_expression


def test_the_issues_expression() -> None:
    root = parse_expression("d = a*b; f = d*tanh(c) + d", {"a": 2, "b": -3, "c": 10})

    assert root.label == "f"
    assert root.data == -6 * math.tanh(10) + -6
    assert [node.label for node in toposort(root) if node.label] == ["a", "b", "d", "c", "f"]
    assert len(toposort(root)) == 7


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tanh(x)", math.tanh(1)),
        ("x.tanh()", math.tanh(1)),
        ("max(x, 3)", 3),
        ("x.min(0.5)", 0.5),
        ("-x ** 2", -1),
        ("2 ** x", 2),
        ("x ** y", 1),
        ("x ** -1", 1),
        ("1.5 / x", 1.5),
        ("+x", 1),
        ("abs(x - 3)", 2),
        ("2**5000", math.inf),
        ("a = 3; a = a * 2; a + 1", 7),
        ("relu(x); sigmoid(0*x)", 0.5),
        ("a = 2\nb = a * 3", 6),
    ],
)
def test_what_can_be_written(text: str, value: float) -> None:
    assert parse_expression(text).data == value


def test_names_without_a_number_are_one() -> None:
    assert parse_expression("a + b", {"a": 5}).data == 6


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("__import__('os').system('x')", 1),
        ("a + import", 5),
        ("a @ b", 3),
        ("a if b else c", 1),
        ("a + x.y", 5),
        ("a + [1]", 5),
        ("a + 'text'", 5),
        ("a + True", 5),
        ("a < b", 1),
        ("a = b = c", 1),
        ("a, b = c", 1),
        ("lambda: 0", 1),
        ("tanh(a, b)", 1),
        ("tanh(a=1)", 1),
        ("tanh(*a)", 1),
        ("é * eval('1')", 5),
        ("(a", 1),
        ("del a", 1),
        ("a.__class__", 1),
        ("1j", 1),
    ],
)
def test_anything_else_is_refused_with_the_column_marked(text: str, column: int) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse_expression(text)

    assert str(refusal.value).startswith(f"column {column}: ")
    assert refusal.value.marked == f"{text}\n{' ' * (column - 1)}^"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a" * 10_001, "10001 characters"),
        ("a" + ".abs()" * 300, "nested more than 200"),
        ("-" * 5000 + "a", "nested"),
        ("", "nothing"),
        ("9" * 400, "too large"),
    ],
)
def test_bounds_have_their_own_messages(text: str, sentence: str) -> None:
    with pytest.raises(ExpressionError, match=sentence):
        parse_expression(text)


def test_an_int_that_a_float_cannot_hold_is_refused_with_the_nearest() -> None:
    with pytest.raises(ExpressionError, match=r"column 5: .*; the nearest is 9,007,199,254,740,992"):
        parse_expression("a * 9007199254740993")
    assert parse_expression(f"a + {2**1000} * {2**1000}").data == math.inf
    assert parse_expression("a * 9007199254740992").data == 2.0**53


def test_the_number_of_nodes_is_bounded() -> None:
    text = "a=a+a;" * 1600 + ";".join(["a=a*a+a*a"] * 10)

    assert len(toposort(parse_expression("+".join(["a"] * 150)))) == 150
    with pytest.raises(ExpressionError, match=r"nodes|characters"):
        parse_expression(text * 3)


def test_a_very_long_sum_is_read_or_refused_with_a_message() -> None:
    try:
        root = parse_expression("a+" * 4000 + "a")
    except ExpressionError as refusal:
        assert "nested" in str(refusal)  # Python 3.11's parser goes no deeper
    else:
        assert root.data == 4001


def test_a_number_nobody_uses_is_named() -> None:
    with pytest.raises(ExpressionError, match="q is given a number"):
        parse_expression("a + 1", {"q": 2})


@settings(max_examples=300)
@given(st.text(alphabet="ab12+-*/().,;=[]'\"{}:<>@ \n\té\x00_tanhmxi", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        root = parse_expression(text)
    except ExpressionError as refusal:
        assert str(refusal).startswith("column ")
    else:
        assert len(toposort(root)) >= 1


def labels(text: str, **numbers: float) -> list[str]:
    return [node.label for node in toposort(parse_expression(text, numbers)) if node.label]


def test_micrograds_readme_can_be_typed_as_it_stands() -> None:
    text = """a = -4.0; b = 2.0; c = a + b; d = a * b + b**3; c += c + 1; c += 1 + c + (-a)
d += d * 2 + (b + a).relu(); d += 3 * d + (b - a).relu(); e = c - d; f = e**2; g = f / 2.0; g += 10.0 / f"""
    root = parse_expression(text)
    root.backward()
    grads = {node.label: node.grad for node in toposort(root)}

    assert f"{root.data:.4f}" == "24.7041"
    assert (f"{grads['a']:.4f}", f"{grads['b']:.4f}") == ("138.8338", "645.5773")


def test_the_lines_of_python_around_it_may_stand_there_too() -> None:
    text = """from micrograd.engine import Value
import numpy as np
a = Value(2.0); b = Value(-3.0, label="bias")
c = a * b
print(c.data)
c.backward()
print(f"{a.grad:.4f}")"""
    root = parse_expression(text)

    assert root.data == -6
    assert [node.label for node in toposort(root)] == ["a", "bias", "c"]


def test_a_name_bound_anew_is_another_node_with_another_name() -> None:
    assert labels("c = a + b; c = c * c; c += 1; c") == ["a", "b", "c", "c'", "c''"]
    assert labels("c = c + 1; c*2", c=3.0) == ["c", "c'"]


def test_a_number_for_a_name_that_the_expression_assigns_is_a_conflict() -> None:
    with pytest.raises(ExpressionError, match="a is given 5 beside the expression, which assigns it"):
        parse_expression("a = 2; a*a", {"a": 5})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("np.tanh(x) + math.exp(x)", math.tanh(1) + math.e),
        ("torch.relu(-x) + torch.sigmoid(0*x)", 0.5),
        ("np.maximum(x, 3)", 3),
        ("torch.nn.functional.relu(x - 2)", 0),
        ("nn.functional.relu(x - 2)", 0),
        ("jax.numpy.tanh(x)", math.tanh(1)),
        ("nn = 2; nn.max(x)", 2),
        ("π*x", math.pi),
        ("max(x, 3, 5) + min(x, 3, -5)", 0),
        ("sum(x, 2, 3) + mean(x, 3)", 8),
        ("sum([x, 2, 3]) + max((x, 4)) + mean([x])", 11),
        ("ln(e)", 1),
        ("pow(x + 1, 3)", 8),
        ("tan(x)", math.tan(1)),
        ("cos(pi)", -1),
        ("math.pi * x", math.pi),
        ("w[0] + w[1]*x[0, 2]", 2),
        ("  a = 2\n  a*x", 2),
    ],
)
def test_what_people_type_means_what_it_says(text: str, value: float) -> None:
    assert parse_expression(text).data == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("np.max(x)", "np.max is not known here"),
        ("torch.nn.relu(x)", "torch.nn.relu is not known here"),
        ("np.sum(x, y)", "np.sum is not known here"),
        ("math.erf(x)", "math.erf is not known here"),
        ("tf.max(x)", "tf.max is not known here"),
        ("import numpy as xp; xp.max(x)", "can stand here"),
        ("print(x)", "nothing here to compute"),
        ("Value(x)", "Value takes a number"),
        ("Value(2, grad=3)", "Value takes a number"),
        ("Value()", "Value takes a number"),
        ("tf.nn.relu(x)", "tf.nn.relu is not known here"),
        ("jax.nn.relu(x)", "jax.nn.relu is not known here"),
        ("scipy.special.expit(x)", "scipy.special.expit is not known here"),
        ("x·y", "column 1: · is no operator here; write \\*"),
        ("math.tau * x", "column 1: math.tau is not known here"),
        ("w[i]", "can stand here"),
        ("w[0:1]", "can stand here"),
    ],
)
def test_what_would_mean_something_else_is_refused(text: str, says: str) -> None:
    with pytest.raises(ExpressionError, match=says):
        parse_expression(text)


def test_a_name_of_ones_own_wins_over_a_module_and_a_constant() -> None:
    assert parse_expression("e = 2; e * math", {"math": 3}).data == 6
    assert labels("w[0]*2", **{"w[0]": 3.0}) == ["w[0]"]


def test_a_label_that_differs_in_case_is_asked_about() -> None:
    with pytest.raises(
        ExpressionError, match=r"A is given a number but does not occur; did you mean a\?"
    ):
        parse_expression("a*2", {"A": 2})
