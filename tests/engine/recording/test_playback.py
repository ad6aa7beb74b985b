"""Playback: a position and nothing else; back is the mirror of next, a jump the sum of steps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import Playback, Value, record
from micrograd_tui.engine.recording.conditions import on_node, parse
from micrograd_tui.engine.recording.log import FIELDS, Field
from micrograd_tui.engine.sources.examples import EXAMPLES


def neuron() -> Playback:
    return Playback(record(EXAMPLES["neuron"].build(())[0]))


def everything(playback: Playback) -> list[str]:
    nodes = range(playback.recording.node_count)
    return [repr(playback.value(node, field)) for node in nodes for field in FIELDS]


@settings(max_examples=60)
@given(program=programs(8))
def test_next_then_back_is_the_identity_at_every_position(program: Program) -> None:
    playback = Playback(record(values_of(program)[0]), 0)
    while playback.position < len(playback.recording):
        before = everything(playback)
        assert playback.next()
        assert playback.back()
        assert everything(playback) == before
        playback.next()
    assert not playback.next()


@settings(max_examples=60)
@given(program=programs(8), data=st.data())
def test_a_jump_shows_what_stepping_shows(program: Program, data: st.DataObject) -> None:
    recording = record(values_of(program)[0])
    target = data.draw(st.integers(0, len(recording)))
    stepped, jumped = Playback(recording, 0), Playback(recording)
    for _ in range(target):
        stepped.next()
    jumped.jump(target)

    assert everything(stepped) == everything(jumped)


@given(program=programs(8))
def test_positions_agree_with_writing_the_log_out_by_hand(program: Program) -> None:
    recording = record(values_of(program)[0])
    cells: dict[tuple[int, Field], float | None] = {}
    for position in range(len(recording)):
        for write in recording.step_at(position).writes:
            assert cells.get((write.target, write.field), 0.0 if write.field == "grad" else None) == (
                pytest.approx(write.before, nan_ok=True)
            )
            cells[write.target, write.field] = write.after
        for (node, field), number in cells.items():
            seen = recording.value(node, field, position + 1)
            assert repr(seen) == repr(number)


def test_it_opens_at_the_mark_between_forward_and_backward() -> None:
    playback = neuron()

    assert playback.position == 12
    assert playback.at_mark
    assert playback.status == "backward 0 of 13"
    assert all(playback.value(node, "grad") == 0 for node in range(12))


def test_the_status_line_counts_backward_steps() -> None:
    playback = neuron()
    for _ in range(3):
        playback.next()

    assert playback.status == "backward 3 of 13"
    playback.jump(0)
    assert playback.status == "forward 0 of 12"
    playback.jump(99)
    assert playback.status == "backward 13 of 13"


def test_nothing_is_computed_at_the_start_and_nodes_appear_one_by_one() -> None:
    playback = neuron()
    playback.jump(0)
    appeared = []
    for _ in range(12):
        appeared.append(sum(playback.value(node, "data") is not None for node in range(12)))
        playback.next()

    assert appeared == list(range(12))


def test_phases_are_finished_and_jumped_forwards_and_back() -> None:
    playback = neuron()
    playback.next()

    assert playback.finish([])
    assert playback.position == 25
    assert playback.unfinish([])
    assert playback.position == 12
    assert playback.unfinish([])
    assert playback.position == 0
    assert playback.next_phase()
    assert playback.position == 12
    assert playback.next_phase()
    assert playback.position == 25
    assert not playback.next_phase()
    assert playback.previous_phase()
    assert playback.position == 12


def test_run_stops_at_a_breakpoint_and_running_back_is_the_mirror() -> None:
    playback = neuron()
    stop = on_node(playback.recording, 9)
    visited = []
    while playback.run([stop]) and playback.position < 25:
        visited.append(playback.position)
    back = []
    while playback.run([stop], backwards=True) and playback.position > 0:
        back.append(playback.position)

    assert visited == [16]
    assert back == [16, 10]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("node w2", "backward 10 of 13"),
        ("op -", "backward 3 of 13"),
        ("op sub", "backward 3 of 13"),
        ("|grad| > 5", "backward 7 of 13"),
        ("node #8", "backward 5 of 13"),
    ],
)
def test_conditions_are_found(text: str, place: str) -> None:
    playback = neuron()

    assert playback.run_to(parse(text, playback.recording))
    assert playback.status == place


def test_run_to_a_scope() -> None:
    playback = Playback(record(EXAMPLES["lecture"].build(())[0]))
    playback.run_to(parse("scope layer[0]", playback.recording))
    node = playback.step.node if playback.step else None

    assert node is not None
    assert "layer[0]" in playback.recording.scopes[node]


def test_nan_inf_and_zero_gradients_are_found_where_they_are_born() -> None:
    x = Value(-1.0, label="x")
    bad = x.log() + Value(1000.0).exp()
    dead = (x * 2).relu()
    playback = Playback(record(bad + dead), 0)
    found = {}
    for text in ("nan", "inf", "zero"):
        playback.jump(0)
        playback.run([parse(text, playback.recording)])
        node = playback.step.node if playback.step else None
        assert node is not None
        op = playback.recording.ops[node]
        found[text] = op.name if op else "leaf"

    assert found == {"nan": "log", "inf": "exp", "zero": "mul"}


@pytest.mark.parametrize("text", ["", "nonsense", "|grad| > x", "node nowhere", "op", "node #99"])
def test_a_condition_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text, neuron().recording)
