"""A step in words: the chain rule in symbols and in numbers agrees with what was written."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_graphs import Program, apply_value, programs, values_of

from micrograd_tui.engine import OPS, Value, record, scope
from micrograd_tui.engine.recording.log import Recording, Write
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE
from micrograd_tui.tui.views.steps.chain_rule import Explanation, explain, formula, is_lost, local_text
from micrograd_tui.tui.views.steps.trace import trace_lines


def labelled(**numbers: float) -> list[Value]:
    return [Value(x, label=name) for name, x in numbers.items()]


def explained(recording: Recording, phase: str) -> list[Explanation]:
    """Every step of a phase, explained."""
    (found,) = [p for p in recording.phases if p.name == phase]
    steps = (recording.step_at(index) for index in range(found.start, found.end))
    return [explain(recording, step, UNICODE) for step in steps]


def test_the_forward_pass_is_explained_in_names_and_in_numbers() -> None:
    a, b = labelled(a=2, b=-3)
    c = a * b
    c.label = "c"
    steps = explained(record(c), "forward")

    assert [step.heading for step in steps] == ["make a, a leaf", "make b, a leaf", "compute c"]
    assert (steps[2].equations[0].symbols, steps[2].equations[0].numbers) == ("c = a*b", "2*(-3) = -6")


def test_the_backward_pass_is_explained_as_the_chain_rule() -> None:
    a, b = labelled(a=2, b=-3)
    c = a * b
    c.label = "c"
    seed, visit, *leaves = explained(record(c), "backward")

    assert (seed.equations[0].numbers, seed.equations[0].cell) == ("d(c)/dc = 1", "c.grad")
    assert visit.heading == "visit c = a*b"
    assert [(equation.symbols, equation.cell) for equation in visit.equations] == [
        ("d(a*b)/da = b", "a.grad"),
        ("d(a*b)/db = a", "b.grad"),
    ]
    assert [equation.numbers for equation in visit.equations] == [
        "incoming 1 × local -3 = -3",
        "incoming 1 × local 2 = 2",
    ]
    assert {leaf.heading.split(", ")[1] for leaf in leaves} == {"a leaf: its gradient is final"}


def test_a_square_gives_twice_to_the_same_gradient() -> None:
    (a,) = labelled(a=3)
    first, second = explained(record(a * a), "backward")[1].equations

    assert (first.before, first.after, second.before, second.after) == (0, 3, 3, 6)
    assert first.target == second.target


def test_a_users_own_rule_is_explained_by_its_result() -> None:
    a = Value(2.0, label="a")
    out = Value(8.0, (a,), "cube")

    def own() -> None:
        a.grad += 12 * out.grad

    out._backward = own
    (equation,) = explained(record(out), "backward")[1].equations

    assert (equation.symbols, equation.cell) == ("", "a.grad")
    assert equation.numbers == "by its own rule = 12"


def test_the_formula_of_a_local_derivative_stands_in_letters_and_then_in_numbers() -> None:
    (a,) = labelled(a=0.5)
    out = a.tanh()
    out.label = "out"
    (equation,) = explained(record(out), "backward")[1].equations

    assert equation.symbols == "d(tanh(a))/da = 1 - out**2 = 1 - 0.4621**2"
    assert equation.factors() == f"incoming 1 × local 0.7864 ({equation.symbols}) = 0.7864"


def test_a_derivative_by_a_condition_is_spelled_out() -> None:
    (a,) = labelled(a=0.5)
    (relu,) = explained(record(a.relu()), "backward")[1].equations
    b, c = labelled(b=2, c=2)
    tie = explained(record(apply_value("max", b, c)), "backward")[1].equations[0]

    assert relu.symbols == "d(relu(a))/da = 1 if a>0 else 0 = 1 if 0.5>0 else 0"
    assert (tie.symbols, tie.local) == ("d(max(b, c))/db = 1/2, half each in a tie", "0.5")


def test_a_number_that_changes_little_has_the_digits_in_which_it_changes() -> None:
    a, b = labelled(a=1, b=1e-7)
    out = a * a * b + a * 3
    shown = list(trace_lines("t", record(out)))

    assert any("a.grad 3 -> 3.0000001" in line for line in shown), shown


def test_a_name_that_repeats_stands_with_its_scope_and_another_does_not() -> None:
    with scope("neuron[0]"):
        (w, x) = labelled(w=2, x=3)
        first = w * x
    with scope("neuron[1]"):
        (w,) = labelled(w=4)
        second = w * x
    visits = explained(record(first + second), "backward")
    cells = {equation.cell for visit in visits for equation in visit.equations}

    assert {"neuron[0]/w.grad", "neuron[1]/w.grad", "x.grad"} <= cells
    assert "visit neuron[1]/w, a leaf: its gradient is final" in {visit.heading for visit in visits}


@pytest.mark.parametrize("name", OPS)
def test_every_op_is_explained_with_its_own_local_derivative(name: str) -> None:
    if OPS[name].vjps is None:
        pytest.skip("an op of a user's own")
    leaves = labelled(a=0.5, b=2)[: len(OPS[name].vjps or ())]
    recording = record(apply_value(name, *leaves))
    equations = explained(recording, "backward")[1].equations

    for slot, equation in enumerate(equations):
        text = local_text(recording, recording.root, slot)
        assert text
        assert equation.symbols.startswith(f"d({OPS[name].written(*'ab'[: len(leaves)])})/d{'ab'[slot]}")
        assert f" = {text}" in equation.symbols or text.lstrip("-").isdigit()
        assert equation.cell == f"{'ab'[slot]}.grad"


@given(program=programs())
def test_the_numbers_explained_are_those_that_were_written(program: Program) -> None:
    recording = record(values_of(program)[0])
    for index in range(len(recording)):
        step = recording.step_at(index)
        equations = explain(recording, step, ASCII).equations

        found: list[object] = [
            (equation.target, equation.field, equation.after) for equation in equations
        ]
        assert found == [
            (write.target, write.field, pytest.approx(write.after, rel=0, abs=0, nan_ok=True))
            for write in step.writes
        ]
        assert not any(equation.lost for equation in equations)


@given(program=programs())
def test_a_step_in_ascii_is_ascii(program: Program) -> None:
    recording = record(values_of(program)[0])
    for index in range(len(recording)):
        step = explain(recording, recording.step_at(index), ASCII)

        assert all(
            f"{equation.symbols}{equation.numbers}{step.heading}".isascii() for equation in step.equations
        )


@pytest.mark.parametrize(
    ("before", "amount", "after", "lost"),
    [
        (1.0, 2.0, 3.0, False),
        (1.0, 2.0, 2.0, True),
        (0.0, math.nan, math.nan, False),
        (math.inf, -math.inf, math.nan, False),
        (math.nan, 1.0, 1.0, True),
        (1.0, math.inf, math.inf, False),
        (None, None, 2.0, False),
        (1.0, None, 5.0, False),
    ],
)
def test_a_contribution_is_lost_where_the_sum_is_not_what_the_cell_holds(
    before: float | None, amount: float | None, after: float, lost: bool
) -> None:
    assert is_lost(Write(0, "grad", 0, 1.0, amount, before, after)) is lost


def test_other_phases_are_explained_plainly() -> None:
    recording = Recording()
    recording.add_node(None, [])
    recording.labels[0] = "w"
    recording.forward([2.0])
    recording.begin("zero_grad")
    recording.step(0)
    recording.write(0, "grad", 0.0)
    recording.begin("update")
    recording.step(0)
    recording.write(0, "data", 1.5)
    recording.close()

    assert [step.heading for step in explained(recording, "zero_grad")] == ["zero_grad w"]
    (update,) = explained(recording, "update")
    assert (update.heading, update.equations[0].symbols, update.equations[0].numbers) == (
        "update w",
        "w.data",
        "1.5",
    )


@given(label=st.text(st.characters(), min_size=1, max_size=10))
def test_labels_are_made_safe(label: str) -> None:
    a = Value(1.0, label=label)
    recording = record(a * a)

    assert not any(ch in formula(recording, recording.root) for ch in "\x1b\n\r\x07\x9b\u202e\u2028")
