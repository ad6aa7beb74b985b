"""Runs to conditions: what stops them, and that a run back is the mirror of a run ahead."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import programs, values_of

from micrograd_tui.engine import OPS, Playback, Recording, Value, record, scope
from micrograd_tui.engine.recording.conditions import Condition, on_node, parse
from micrograd_tui.engine.sources.examples import EXAMPLES

AWKWARD = st.sampled_from([0.0, -1.0, 1e200, math.inf, math.nan])
texts = st.sampled_from(
    ["nan", "inf", "zero", "|grad| > 0.5", "|grad|>1e3", "node #0", "op mul", "op tanh", "op pow"]
)
recordings = programs(10, numbers=st.floats(-3, 3) | AWKWARD).map(
    lambda program: record(values_of(program)[0])
)


def stops_ahead(playback: Playback, conditions: list[Condition]) -> list[int]:
    playback.jump(0)
    found = []
    while playback.run(conditions):
        found.append(playback.position)
    return found


def stops_behind(playback: Playback, conditions: list[Condition]) -> list[int]:
    playback.jump(len(playback.recording))
    found = []
    while playback.run(conditions, backwards=True):
        found.append(playback.position)
    return found


@settings(max_examples=150)
@given(log=recordings, chosen=st.lists(texts, max_size=3))
def test_running_back_stops_where_running_ahead_stopped(log: Recording, chosen: list[str]) -> None:
    playback = Playback(log)
    conditions = [parse(text, log) for text in chosen]
    ahead = stops_ahead(playback, conditions)
    behind = stops_behind(playback, conditions)

    assert ahead[-1] == len(log), "a run that finds nothing more goes to the end"
    assert behind[-1] == 0
    assert set(ahead) - {len(log)} == set(behind) - {0}
    assert behind == sorted(behind, reverse=True)


@settings(max_examples=150)
@given(log=recordings, chosen=st.lists(texts, max_size=2), data=st.data())
def test_a_run_goes_to_the_first_position_whose_step_meets_a_condition(
    log: Recording, chosen: list[str], data: st.DataObject
) -> None:
    conditions = [parse(text, log) for text in chosen]
    start = data.draw(st.integers(0, len(log)))
    playback = Playback(log, start)
    met = [k + 1 for k in range(len(log)) if any(c.test(log, k) for c in conditions)]
    playback.run(conditions)

    assert playback.position == min((k for k in met if k > start), default=len(log))
    playback.jump(start)
    playback.run(conditions, backwards=True)
    assert playback.position == max((k for k in met if k < start), default=0)


@settings(max_examples=150)
@given(log=recordings, data=st.data())
def test_whatever_moves_made_a_position_it_shows_the_same(log: Recording, data: st.DataObject) -> None:
    playback = Playback(log)
    moves: dict[str, Callable[[], bool]] = {
        "next": playback.next,
        "back": playback.back,
        "finish": lambda: playback.finish([]),
        "unfinish": lambda: playback.unfinish([]),
        "next phase": playback.next_phase,
        "previous phase": playback.previous_phase,
        "far": lambda: playback.jump(10**9),
        "before": lambda: playback.jump(-5),
        "zero": lambda: playback.run([parse("zero", log)]),
    }
    for name in data.draw(st.lists(st.sampled_from(sorted(moves)), max_size=8)):
        before = playback.position
        assert moves[name]() == (playback.position != before)
        assert 0 <= playback.position <= len(log)

    fresh = Playback(log, playback.position)
    for node in range(log.node_count):
        assert repr(playback.value(node, "grad")) == repr(fresh.value(node, "grad"))
        assert repr(playback.value(node, "data")) == repr(fresh.value(node, "data"))
    assert playback.status == fresh.status


@given(log=recordings)
def test_finish_and_next_phase_stop_at_every_mark_and_nowhere_else(log: Recording) -> None:
    playback = Playback(log, 0)
    visited = [0]
    while playback.next_phase():
        visited.append(playback.position)
    playback.jump(0)
    finished = [0]
    while playback.finish([]):
        finished.append(playback.position)
    back = [len(log)]
    while playback.previous_phase():
        back.append(playback.position)

    n = log.node_count
    assert visited == finished == back[::-1] == [0, n, 2 * n + 1] == list(playback.marks)


def test_finishing_a_phase_stops_at_a_condition_on_the_way() -> None:
    log = record(EXAMPLES["neuron"].build(())[0])
    playback = Playback(log)
    stop = on_node(log, 9)

    assert playback.finish([stop])
    assert playback.status == "backward 4 of 13"
    assert playback.finish([stop])
    assert playback.position == 25
    assert playback.unfinish([stop])
    assert playback.status == "backward 4 of 13"
    assert playback.unfinish([stop])
    assert playback.status == "backward 0 of 13"


def test_a_node_is_met_where_it_is_made_and_where_it_is_visited() -> None:
    log = record(EXAMPLES["neuron"].build(())[0])

    assert stops_ahead(Playback(log), [on_node(log, 0)]) == [1, 25]
    assert stops_ahead(Playback(log), [on_node(log, 11)]) == [12, 14, 25]


def test_an_op_is_met_under_each_of_its_names() -> None:
    a = Value(2.0)
    log = record(((a**3) / a).tanh() + a ** Value(2.0))
    places = {
        name: stops_ahead(Playback(log), [parse(f"op {name}", log)])
        for name in ("pow", "**", "**3", "div", "/", "tanh", "add", "+", "sin")
    }

    assert places["div"] == places["/"]
    assert places["add"] == places["+"]
    assert set(places["**3"]) < set(places["pow"])
    assert places["sin"] == [len(log)]
    assert len(places["tanh"]) == 3


@pytest.mark.parametrize("name", OPS)
def test_every_op_of_the_table_can_be_run_to(name: str) -> None:
    from random_graphs import apply_value

    operands = [Value(0.5), Value(2.0)][: len(OPS[name].vjps or ())]
    playback = Playback(record(apply_value(name, *operands) * 2), 0)
    playback.run([parse(f"op {name}", playback.recording)])
    node = playback.step.node if playback.step else None

    assert node is not None
    op = playback.recording.ops[node]
    assert op
    assert op.name == name


def test_a_scope_is_met_whole_or_in_part_but_not_by_a_prefix_of_a_name() -> None:
    with scope("layer[1]"), scope("neuron[0]"):
        a = Value(2.0)
    with scope("layer[10]"):
        b = a * 3.0
    log = record(b)

    for text, first in (
        ("scope layer[1]", 1),
        ("scope neuron[0]", 1),
        ("scope layer[1]/neuron[0]", 1),
        ("scope layer[10]", 2),
        ("scope layer", len(log)),
    ):
        assert stops_ahead(Playback(log), [parse(text, log)])[0] == first


def test_gradients_beyond_a_bound_are_met_on_either_side_of_zero_and_at_infinity() -> None:
    x = Value(0.0)
    out = x.sqrt() * -2.0
    log = record(out)
    bound = stops_ahead(Playback(log), [parse("|grad| > 1.5", log)])

    assert [log.step_node[k - 1] for k in bound[:-1]] == [3, 1]
    assert log.value(0, "grad", len(log)) == -math.inf
    assert stops_ahead(Playback(log), [parse("inf", log)])[0] == bound[1]


def test_zero_means_a_gradient_of_zero_has_arrived() -> None:
    x = Value(-1.0, label="x")
    log = record((x * 2).relu() + 1)
    stops = stops_ahead(Playback(log), [parse("zero", log)])[:-1]

    visited = [log.step_node[k - 1] for k in stops]
    assert [log.name(node) for node in visited] == ["mul#2", "leaf#1"]


@pytest.mark.parametrize(
    "text",
    ["node", "node -1", "scope", "|grad| >", "|grad| > ", "|grad| > 1 2x", "grad > 1", "NaN?", "op "],
)
def test_a_condition_that_cannot_be_read_is_refused_with_a_sentence(text: str) -> None:
    log = record(Value(1.0) * 2)

    with pytest.raises(ValueError, match=r"condition|needs a number|no node is called"):
        parse(text, log)


@settings(max_examples=200)
@given(text=st.text(max_size=12) | st.text("nodesclpgra|> #0123456789.einf-", max_size=14))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    log = record(Value(1.0) * 2)
    try:
        condition = parse(text, log)
    except ValueError as refusal:
        assert str(refusal)
    else:
        assert isinstance(condition.test(log, 0), bool)
        assert parse(condition.text, log) == condition
