"""Editing cells: descendants alone are computed again, on the same timeline; nudges tell the truth."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import OPS, Playback, Recording, backward, recalculate, record
from micrograd_tui.engine.experiments.broken import gradients
from micrograd_tui.engine.experiments.edit import (
    Change,
    circular,
    differentiate,
    edit,
    inverse,
)
from micrograd_tui.engine.experiments.nudge import curve, default_step, nudge, slopes
from micrograd_tui.engine.graph import toposort
from micrograd_tui.engine.learning.select import select
from micrograd_tui.engine.recording.copies import undifferentiated
from micrograd_tui.engine.recording.sheet import NoFormula, Sheet
from micrograd_tui.engine.sources.expression import parse_expression
from micrograd_tui.engine.value import Value


def sheet(text: str, **numbers: float) -> Sheet:
    return Sheet(record(parse_expression(text, numbers)))


def node(of: Sheet, name: str) -> int:
    return next(n for n in range(of.recording.node_count) if of.recording.name(n) == name)


def phase(log: Recording, name: str) -> list[int]:
    """The nodes of the last phase of a name, step by step."""
    last = [p for p in log.phases if p.name == name][-1]
    return list(log.step_node[last.start : last.end])


@given(program=programs(10), data=st.data())
@settings(max_examples=60)
def test_an_edit_gives_what_a_fresh_forward_and_backward_give(
    program: Program, data: st.DataObject
) -> None:
    root = values_of(program)[0]
    order = toposort(root)
    cells = Sheet(record(root))
    leaves = [i for i, value in enumerate(order) if value.op is None]
    chosen, number = data.draw(st.sampled_from(leaves)), data.draw(st.floats(-3, 3))
    edit(cells, Change({chosen: number}))
    differentiate(cells)

    order[chosen].data = number
    recalculate(root)
    backward(root)
    for i, value in enumerate(order):
        assert repr(cells.data[i]) == repr(value.data) or cells.data[i] == value.data
        log = cells.recording
        assert log.value(i, "grad", len(log)) == pytest.approx(value.grad, rel=1e-12, nan_ok=True)


def test_descendants_alone_are_computed_again_in_topological_order() -> None:
    cells = sheet("c = a*b; d = b+1; e = c*d; f = d*2; e+f", a=2, b=3)
    came_to = edit(cells, Change({node(cells, "a"): 5.0}))
    names = [cells.recording.name(n) for n in phase(cells.recording, "recalculate")]

    assert names == ["a", "c", "e", cells.recording.name(cells.recording.root)]
    assert (came_to.below, came_to.descendants, came_to.stopped) == (3, 3, ())


def test_a_cell_that_comes_out_the_same_stops_the_wave() -> None:
    cells = sheet("d = relu(a); e = d*b; e+1", a=-2, b=3)
    came_to = edit(cells, Change({node(cells, "a"): -5.0}))

    assert [cells.recording.name(n) for n in phase(cells.recording, "recalculate")] == ["a", "d"]
    assert came_to.stopped == (node(cells, "d"),)
    assert came_to.descendants == 3


def test_an_override_keeps_its_parents_and_hands_no_gradient_on() -> None:
    cells = sheet("c = a*b; d = c*a; d", a=2, b=3)
    edit(cells, Change({node(cells, "c"): 10.0}))
    differentiate(cells)
    grads = {cells.recording.name(n): grad for n, grad in enumerate(cells.grads)}

    assert (cells.data[0], cells.data[1]) == (2.0, 3.0)
    assert (grads["c"], grads["a"], grads["b"]) == (2.0, 10.0, 0.0)

    edit(cells, Change({node(cells, "a"): 4.0}))  # an override is not computed again
    assert cells.data[node(cells, "c")] == 10.0
    edit(cells, Change(released=frozenset({node(cells, "c")})))
    assert (cells.data[node(cells, "c")], cells.data[node(cells, "d")]) == (12.0, 48.0)


def test_every_earlier_position_stays_as_it_was() -> None:
    cells = sheet("c = a*b; c*a", a=2, b=3)
    log = cells.recording
    before = [[log.value(n, f, p) for n in range(4) for f in ("data", "grad")] for p in range(len(log))]
    edit(cells, Change({0: 7.0}))
    differentiate(cells)

    assert [
        [log.value(n, f, p) for n in range(4) for f in ("data", "grad")] for p in range(len(before))
    ] == before
    assert [p.name for p in log.phases] == ["forward", "backward", "recalculate", "zero_grad", "backward"]


def test_a_graph_without_its_backward_pass_is_begun_anew() -> None:
    log = undifferentiated(record(parse_expression("a*b", {"a": 2, "b": 3})))

    assert [p.name for p in log.phases] == ["forward"]
    assert log.value(0, "grad", len(log)) == 0


def test_a_cell_cannot_be_computed_from_what_is_computed_from_it() -> None:
    cells = sheet("c = a*b; d = c*2", a=2, b=3)

    assert circular(cells, 0, {node(cells, "d")}) == node(cells, "d")
    assert circular(cells, 0, {0}) == 0
    assert circular(cells, 0, {1}) is None


@given(program=programs(8))
@settings(max_examples=40)
def test_gradients_of_a_sheet_are_those_of_the_engine(program: Program) -> None:
    root = values_of(program)[0]
    backward(root)
    expected = [value.grad for value in toposort(root)]

    assert gradients(Sheet(record(root))) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_a_nudge_compares_the_tangent_with_what_happens() -> None:
    cells = sheet("a*a", a=3)
    found = nudge(cells, 0, 0.5)

    assert (found.value, found.grad, found.predicted) == (3.0, 6.0, 3.0)
    assert found.measured == 3.5**2 - 9
    assert found.relative_error == pytest.approx(0.25 / 3.25)
    assert cells.data == [3.0, 9.0]  # nothing moved


def test_where_both_are_infinite_nobody_knows_how_far_they_are_apart() -> None:
    found = nudge(sheet("a*a", a=1e200), 0, 1e308)

    assert (found.predicted, found.measured) == (math.inf, math.inf) or math.isnan(found.measured)
    assert math.isnan(found.relative_error)


def test_slopes_differ_on_the_two_sides_of_a_kink() -> None:
    assert slopes(sheet("relu(a)", a=0), 0) == pytest.approx((0, 1))
    points = curve(sheet("abs(a)", a=1), 0, 2.0)
    assert points[len(points) // 2] == (1.0, 1.0)
    assert min(y for _, y in points) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (0, 0.001),
        (0.5, 0.001),
        (250, 0.1),
        (math.inf, 0.001),
        (2e-5, 1e-7),
        (-0.03, 1e-4),
        (5e-324, 1e-7),
    ],
)
def test_the_step_suits_the_cell(value: float, step: float) -> None:
    assert default_step(value) == pytest.approx(step)


def test_an_op_is_replaced_and_the_position_says_which_it_is() -> None:
    cells = sheet("d = relu(a); d*b", a=0.5, b=3)
    log, d = cells.recording, node(cells, "d")
    before = len(log)
    edit(cells, Change(ops={d: OPS["tanh"]}))
    differentiate(cells)

    assert cells.data[d] == math.tanh(0.5)
    assert cells.grads[0] == pytest.approx(3 * (1 - math.tanh(0.5) ** 2))
    for position, op in ((before - 1, "relu"), (0, "relu"), (len(log), "tanh")):
        playback = Playback(log)
        playback.jump(position)
        assert log.ops[d] == OPS[op]
    steps = [log.step_at(i) for i in range(len(log))]
    slopes_ = [w.local for step in steps if step.node == d for w in step.writes if w.slot == 0]
    assert slopes_ == [1.0, pytest.approx(1 - math.tanh(0.5) ** 2)]


def test_every_change_can_be_taken_back() -> None:
    cells = sheet("c = a*b; d = c*a; relu(d)", a=2, b=3)
    start, root = list(cells.data), cells.recording.root
    changes = [
        Change({0: 5.0}),
        Change({node(cells, "c"): 10.0}),
        Change({node(cells, "c"): -1.0}),
        Change(released=frozenset({node(cells, "c")})),
        Change(ops={root: OPS["tanh"]}),
    ]
    undo, seen = [], [start]
    for change in changes:
        undo.append(inverse(cells, change))
        edit(cells, change)
        seen.append(list(cells.data))
    for change, data in zip(reversed(undo), reversed(seen[:-1]), strict=True):
        edit(cells, change)
        assert cells.data == data
    assert not cells.overrides


def test_gradients_are_stale_until_backward_has_begun_again() -> None:
    cells = sheet("a*b", a=2, b=3)
    edit(cells, Change({0: 5.0}))
    differentiate(cells)
    playback, stale = Playback(cells.recording), []
    for position in range(len(cells.recording) + 1):
        playback.jump(position)
        stale += [playback.status] if playback.stale else []
    assert stale == [
        "recalculate 1 of 2", "zero_grad 0 of 3", "zero_grad 1 of 3", "zero_grad 2 of 3", "backward 0 of 4",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0.0, 2.0, 0.5, -1.0, float("nan")])
def test_an_index_cannot_be_moved_as_only_the_entry_chosen_is_recorded(number: float) -> None:
    table, index = [Value(1.5), Value(2.5), Value(-1.0)], Value(1.0)
    cells = Sheet(record(select(table, index + Value(0.0)) * 3))
    at = next(
        n for n in range(cells.recording.node_count) if cells.ops[n] is None and cells.data[n] == 1.0
    )
    steps = len(cells.recording)

    with pytest.raises(NoFormula):
        edit(cells, Change({at: number}))

    assert len(cells.recording) == steps
    assert edit(cells, Change({at: 1.0})).changed == 0
