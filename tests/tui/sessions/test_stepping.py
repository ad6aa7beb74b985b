"""A session, without a screen: moving, stopping, selecting, descending, and never an exception."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import record
from micrograd_tui.tui.keys import GRAPH, Ask, Do
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened, Target

MOVES: list[Do[SteppingSession]] = [
    key.action for key in GRAPH if isinstance(key.action, Do) and key.action.slow == ""
]
ANSWERS = {
    "go to step": st.sampled_from(
        ["0", "3", "-1", "99", "node a", "op mul", "nan", "", "%", "[", "x" * 50]
    ),
    "stop at": st.sampled_from(["nan", "inf", "zero", "|grad| > 1", "|grad|>", "op tanh", "", "?"]),
    "search": st.sampled_from(["mul", "leaf", "", "[", "#1"]),
    "learning rate": st.sampled_from(["0.1", "-1", "nan", "", "x", "1e308"]),
}
ASKED: dict[str, Ask[SteppingSession]] = {
    question: next(
        key.action
        for key in GRAPH
        if isinstance(key.action, Ask) and key.action.question.startswith(question)
    )
    for question in ANSWERS
}


CHOICES: list[Do[SteppingSession] | str] = [*MOVES, *ANSWERS]


def opened(target: str = "neuron", *numbers: str) -> SteppingSession:
    return SteppingSession(Target(target, numbers).open())


@given(program=programs(), data=st.data())
@settings(max_examples=50)
def test_whatever_is_pressed_the_position_and_the_selection_stay_in_the_graph(
    program: Program, data: st.DataObject
) -> None:
    session = SteppingSession(Opened("random", record(values_of(program)[0])))
    for _ in range(25):
        chosen = data.draw(st.sampled_from(CHOICES))
        if isinstance(chosen, Do):
            session.do(chosen.act)
        else:
            session.do(ASKED[chosen].answered(data.draw(ANSWERS[chosen])).act)

        assert 0 <= session.playback.position <= len(session.recording)
        assert 0 <= session.selected < session.recording.node_count
        assert session.note.isprintable()


@given(program=programs(), data=st.data())
def test_next_then_back_is_where_it_was(program: Program, data: st.DataObject) -> None:
    session = SteppingSession(Opened("random", record(values_of(program)[0])))
    session.note = session.moving.go_to(data.draw(st.integers(0, len(session.recording) - 1)))
    before = (session.playback.position, session.current, session.changed, session.selected)
    session.note = session.moving.next_step()
    session.note = session.moving.back_step()

    assert before[:3] == (session.playback.position, session.current, session.changed)
    assert before[3] == session.selected or before[0] == 0


def test_it_opens_at_the_mark_between_forward_and_backward() -> None:
    session = opened()

    assert session.playback.status == "backward 0 of 13"
    assert "n steps backward" in session.note
    assert [session.playback.value(node, "grad") for node in range(12)] == [0.0] * 12


def test_the_seed_is_the_first_step_backward_and_the_leaves_are_visited_too() -> None:
    session = opened()
    session.note = session.moving.next_step()
    assert session.playback.value(session.recording.root, "grad") == 1.0
    visited = []
    for _ in range(12):
        session.note = session.moving.next_step()
        visited.append(session.current)

    assert sorted(node for node in visited if node is not None) == list(range(12))
    assert session.note == "backward done: every gradient is final"
    session.note = session.moving.next_step()
    assert session.note == "this is the end"


@pytest.mark.parametrize(("answer", "status"), [("7", 7), ("99", 13), ("-4", 0), (" 5 ", 5)])
def test_a_jump_stays_within_its_phase(answer: str, status: int) -> None:
    session = opened()
    session.note = session.moving.jump(answer)

    assert session.playback.status == f"backward {status} of 13"


@pytest.mark.parametrize("answer", ["--5", "9" * 5000], ids=["two signs", "5000 digits"])
def test_a_jump_to_no_number_is_refused_in_a_note(answer: str) -> None:
    session = opened()
    session.note = session.moving.jump(answer)

    assert session.note


@pytest.mark.parametrize(
    ("condition", "target", "numbers", "status"),
    [
        ("nan", "log(a)*b", ("a=-1",), "forward 2 of 4"),
        ("inf", "a*exp(b)", ("b=1000",), "forward 3 of 4"),
        ("zero", "relu(a)*b", ("a=-1",), "backward 3 of 5"),  # b is visited, its gradient is relu(a) = 0
        ("op relu", "relu(a)*b", ("a=-1",), "forward 2 of 4"),
        ("|grad| > 2.5", "a*b", ("a=3", "b=2"), "backward 2 of 4"),
    ],
)
def test_a_condition_stops_the_run_where_it_holds_first(
    condition: str, target: str, numbers: tuple[str, ...], status: str
) -> None:
    session = opened(target, *numbers)
    session.note = session.moving.go_start()
    session.note = session.breakpoints.toggle_condition(condition)
    session.note = session.moving.continue_on()

    assert session.playback.status == status
    assert session.note == f"stopped: {condition}"


def test_the_same_condition_again_clears_it() -> None:
    session = opened()
    session.note = session.breakpoints.toggle_condition("nan")
    session.note = session.breakpoints.toggle_condition(" nan ")

    assert session.breakpoints.stops == []
    assert session.note == "cleared: nan"


def test_breakpoints_survive_an_update() -> None:
    session = opened()
    session.select(10)
    session.note = session.breakpoints.toggle_breakpoint()
    session.note = session.descent.update()
    session.note = session.moving.continue_on()

    assert session.breakpoints.on(10)
    assert session.current == 10


def test_updates_descend_and_stand_before_the_new_backward_pass() -> None:
    session = opened()
    session.note = session.descent.set_learning_rate("0.01")
    for _ in range(10):
        session.note = session.descent.update()

    assert session.descent.losses == sorted(session.descent.losses, reverse=True)
    assert len(session.descent.losses) == 11
    assert session.playback.status == "backward 0 of 13"
    root = session.recording.root
    assert session.recording.value(root, "data", len(session.recording)) == session.descent.losses[-1]


def test_an_update_steps_against_the_gradient() -> None:
    session = opened()
    before = [parameter.data for parameter in session.opened.parameters]
    session.note = session.descent.update()

    after = [parameter.data for parameter in session.opened.parameters]
    gradients = (7.0, -3.5, 3.5)  # of w1, w2 and b, as the table shows them at the end
    assert after == pytest.approx([x - 0.05 * grad for x, grad in zip(before, gradients, strict=True)])


def test_a_learning_rate_that_overshoots_is_survived() -> None:
    session = opened()
    session.note = session.descent.set_learning_rate("1e300")
    for _ in range(4):
        session.note = session.descent.update()

    assert not math.isfinite(session.descent.losses[-1])
    assert session.playback.status == "backward 0 of 13"


@pytest.mark.parametrize("answer", ["", "nan", "inf", "-inf", "1e999", "0,1", "one"])
def test_a_learning_rate_is_a_finite_number(answer: str) -> None:
    session = opened()
    session.note = session.descent.set_learning_rate(answer)

    assert session.descent.learning_rate == 0.05
    assert "finite number" in session.note


def test_search_goes_round_and_back_again() -> None:
    session = opened()
    session.note = session.selection.search("W")
    found = [session.selected]
    for _ in range(4):
        session.note = session.selection.next_match()
        found.append(session.selected)
    session.note = session.selection.previous_match()

    names = [session.recording.name(node) for node in found]
    assert all("w" in name for name in names)
    assert found[4] == found[0]
    assert session.selected == found[3]


def test_inputs_and_consumers_are_each_others_inverse() -> None:
    session = opened()
    for node in range(11):
        session.select(node)
        session.note = session.selection.select_consumer()

        assert node in session.recording.parents(session.selected)
    session.select(session.recording.root)
    session.note = session.selection.select_consumer()
    assert session.note == "nothing consumes the root"
    session.select(0)
    session.note = session.selection.select_input()
    assert session.note == "a leaf has no inputs"
