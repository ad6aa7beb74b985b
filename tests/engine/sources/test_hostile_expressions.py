"""Typed text of any kind: a graph or a refusal with its column, and never a run of Python."""

import builtins
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_tui.engine import toposort
from micrograd_tui.engine.sources.expression import ExpressionError, parse_expression
from micrograd_tui.engine.sources.functions import UNARY

WORDS = [*"abx", "1", "2.5", "1e400", "0x1", "1_0", "1j", "é", "梯", "tanh", "max", "relu", "eval", "x.y"]
WORDS += [*"+-*/()=;,.:@%[]{}'\"\\#\n\t \r\f\v", "**", "//", "==", ":=", "->", "\u2028", "\ufeff", "\0"]
WORDS += ["if", "else", "lambda", "for", "in", "not", "and", "await", "yield", "import", "None", "True"]
WORDS += ["__class__", "__import__", "'s'", "f'{a}'", "...", "\\\n", "'\\d'", "1if", "\ud800"]


def read_or_refuse(text: str) -> None:
    try:
        root = parse_expression(text)
    except ExpressionError as refusal:
        message = str(refusal)
        assert message.startswith("column ")
        assert int(message.split(":")[0].removeprefix("column ")) >= 1
        shown, mark = refusal.marked.split("\n")
        assert mark.strip() == "^"
        assert len(mark) <= len(shown) + 1, "the mark stands below the text"
    else:
        assert 1 <= len(toposort(root)) <= 10_000
        assert all(isinstance(node.data, float) for node in toposort(root))


@settings(max_examples=600)
@given(text=st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
@pytest.mark.filterwarnings("error")
def test_any_words_are_a_graph_or_refused(text: str) -> None:
    read_or_refuse(text)


@settings(max_examples=300)
@given(text=st.text(max_size=30))
def test_any_text_is_a_graph_or_refused(text: str) -> None:
    read_or_refuse(text)


names = st.sampled_from(["a", "b", "x1", "w"])
numbers = st.integers(0, 9).map(str) | st.floats(0, 1e6).map(repr)
expressions = st.recursive(
    names | numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", " + "]), inner).map(
            lambda t: f"({t[0]}{t[1]}{t[2]})"
        ),
        inner.map(lambda e: f"-({e})"),
        st.tuples(st.sampled_from(UNARY), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(UNARY), inner).map(lambda t: f"({t[1]}).{t[0]}()"),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(
            lambda t: f"({t[1]}).{t[0]}({t[2]})"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(text=expressions)
def test_whatever_the_grammar_allows_is_read_and_never_raises(text: str) -> None:
    root = parse_expression(text)

    assert {n.label for n in toposort(root)} <= {"a", "b", "x1", "w", ""}
    root.backward()


@given(text=expressions, a=st.floats(-3, 3))
def test_a_name_is_one_leaf_wherever_it_is_used(text: str, a: float) -> None:
    root = parse_expression(f"{text} + a*b", {"a": a})
    named = [node for node in toposort(root) if node.label]

    assert len(named) == len({node.label for node in named})
    assert {n.label: n.data for n in named} == {n.label: 1.0 for n in named} | {"a": a}
    assert all(node.op is None for node in named)


def test_nothing_is_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("Python was asked to run typed text")

    monkeypatch.setattr(builtins, "eval", forbidden)
    monkeypatch.setattr(builtins, "exec", forbidden)

    assert parse_expression("tanh(a) * 2 + b.max(3)").data == math.tanh(1) * 2 + 3
    for text in ("eval('1')", "exec('1')", "open('x')", "__import__('os')", "().__class__"):
        with pytest.raises(ExpressionError):
            parse_expression(text)


@pytest.mark.parametrize("attribute", ["data", "grad", "backward", "_backward", "parents", "__init__"])
@pytest.mark.parametrize("call", ["", "()"])
def test_a_values_own_attributes_cannot_be_reached(attribute: str, call: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(f"a.{attribute}{call}")


def test_a_statement_per_line_and_a_later_name_for_the_same_node() -> None:
    root = parse_expression("a = 2\nb = a\nb * b")

    assert root.data == 4
    assert len(toposort(root)) == 2
    assert [node.label for node in toposort(root)] == ["a", ""], "a label once given stays"
    assert parse_expression("x = 1; x = x + 1; x * x", {}).data == 4


def test_the_column_is_counted_in_characters_on_the_line_of_the_mistake() -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse_expression("aé = 1\nbé = aé @ 2")

    assert str(refusal.value).startswith("column 9: ")
    assert refusal.value.marked == "bé = aé @ 2\n" + " " * 8 + "^"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a\f+ x@b", "a\f+ x@b", 6),
        ("#\u2028é\na@b", "a@b", 2),
        ("a\r\nb@c", "b@c", 2),
        ("a#\x1c\x85\n;b", ";b", 1),
        ("a\\\n\\a", "\\a", 3),
    ],
)
def test_only_the_line_ends_of_python_end_a_line(text: str, line: str, column: int) -> None:
    with pytest.raises(ExpressionError) as refusal:
        parse_expression(text)

    assert refusal.value.marked == f"{line}\n{' ' * (column - 1)}^"
    assert str(refusal.value).startswith(f"column {column}: ")


@pytest.mark.parametrize("depth", [10, 199, 400, 5000])
@pytest.mark.parametrize(
    ("left", "right"), [("(", ")"), ("-", ""), ("tanh(", ")"), ("2**", ""), ("1/(", ")")]
)
def test_depth_is_bounded_with_a_message_whatever_nests(left: str, right: str, depth: int) -> None:
    text = left * depth + "a" + right * depth
    try:
        parse_expression(text)
    except ExpressionError as refusal:
        assert depth > 90  # Python's own parser stops at about a hundred brackets
        assert "nested" in str(refusal) or "characters" in str(refusal)


def test_length_and_node_count_are_bounded_with_a_message() -> None:
    assert parse_expression("a" + " " * 9_999).data == 1
    with pytest.raises(ExpressionError, match="10001 characters; at most 10000"):
        parse_expression("a" + " " * 10_000)
