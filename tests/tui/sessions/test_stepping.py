"""A session, without a screen: moving, stopping, selecting, descending, and never an exception."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import Program, programs, values_of

from micrograd_tui.engine import record
from micrograd_tui.engine.learning.descent import descend
from micrograd_tui.tui.keys import GRAPH, Ask, Do
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened, Target
from micrograd_tui.tui.text.glyphs import ASCII
from micrograd_tui.tui.views.graph.folds import fold_in_tree
from micrograd_tui.tui.views.graph.outline import Outline
from micrograd_tui.tui.views.steps.passed import passed_lines
from micrograd_tui.tui.views.steps.trace import step_line

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


@pytest.mark.parametrize(("answer", "status"), [("7", 7), ("13", 13), ("0", 0), (" 5 ", 5), ("1_1", 11)])
def test_a_jump_goes_to_a_step_of_this_phase(answer: str, status: int) -> None:
    session = opened()
    session.note = session.moving.jump(answer)

    assert session.playback.status == f"backward {status} of 13"


@pytest.mark.parametrize("answer", ["14", "99", "-4", "1,000", "9" * 5000])
def test_a_jump_beyond_the_phase_is_told_and_nothing_moves(answer: str) -> None:
    session = opened()
    session.note = session.moving.jump("4")
    session.selection.select_input()
    before = session.playback.position, session.selected
    session.note = session.moving.jump(answer)

    assert (session.playback.position, session.selected) == before
    assert session.note == f"there is no step {answer[:20]}: backward has 0 to 13"


@pytest.mark.parametrize("answer", ["--5", "5.5"])
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
    session.note = session.moving.go_end()
    session.note = session.descent.update()
    session.note = session.moving.continue_on()

    assert session.breakpoints.on(10)
    assert session.playback.training_step == (2, 2)
    assert session.current == 10


def updated(session: SteppingSession) -> str:
    """Go to the end and append the next training step; the position is the update's first step."""
    session.note = session.moving.go_end()
    return session.descent.update()


def test_u_appends_the_four_phases_and_takes_the_first_step_of_the_update() -> None:
    session = opened()
    session.note = updated(session)

    assert [phase.name for phase in session.recording.phases] == [
        "forward", "backward", "update", "forward", "zero_grad", "backward",
    ]  # fmt: skip
    assert session.playback.status == "update 1 of 3"
    assert "update, forward, zero_grad, backward" in session.note
    assert trace_of(session) == "update w1: w1.data = w1.data - lr * w1.grad = 0.5 - 0.05 * 7 = 0.15"


def trace_of(session: SteppingSession) -> str:
    line = step_line(session.recording, session.playback.position - 1)
    return line.partition(": ")[2].rpartition(" (")[0]


def test_the_old_state_is_walked_back_to() -> None:
    session, kept = opened(), opened()
    end = len(session.recording)
    for _ in range(3):
        session.note = updated(session)
    session.note = session.moving.go_to(end)

    for node in range(12):
        for field in ("data", "grad"):
            assert session.playback.value(node, field) == kept.recording.value(node, field, end)
    assert [session.recording.step_at(i) for i in range(end)] == [
        kept.recording.step_at(i) for i in range(end)
    ]


@pytest.mark.parametrize(
    ("steps_back", "missing"),
    [
        (13, "the backward pass must come first"),
        (12, "12 steps of the backward pass must come first"),
        (1, "1 steps of the backward pass must come first"),
        (14, "forward and backward must come first"),
    ],
)
def test_u_in_the_middle_of_a_pass_says_what_is_missing(steps_back: int, missing: str) -> None:
    session = opened()
    session.note = session.moving.go_to(len(session.recording) - steps_back)
    before = (session.playback.position, len(session.recording))
    session.note = session.descent.update()

    assert missing in session.note
    assert before == (session.playback.position, len(session.recording))


def test_how_to_come_to_the_first_update_is_told_until_there_is_one() -> None:
    session = opened()
    assert session.descent.hint == "  f, then u takes an update"
    session.note = session.moving.go_end()
    assert session.descent.hint == "  u takes an update"
    session.note = session.descent.update()
    assert session.descent.hint == ""
    assert opened("diamond").descent.hint == ""


def test_breakpoints_and_conditions_hold_in_what_is_appended() -> None:
    session = opened()
    session.note = updated(session)
    session.note = session.breakpoints.toggle_condition("|grad| > 1.3")
    session.note = session.moving.continue_on()

    assert session.note == "stopped: |grad| > 1.3"
    assert session.playback.status == "backward 2 of 13"
    assert session.playback.training_step == (2, 2)


def test_an_update_that_is_there_is_gone_into_and_not_appended_again() -> None:
    session = opened()
    session.note = updated(session)
    length = len(session.recording)
    session.note = session.descent.update()
    assert "n takes its next step" in session.note
    session.note = session.moving.restart_phase()
    session.note = session.descent.update()

    assert session.playback.status == "update 1 of 3"
    assert len(session.recording) == length


def test_updates_descend_and_the_losses_are_those_up_to_the_position() -> None:
    session = opened()
    session.note = session.descent.set_learning_rate("0.01")
    for _ in range(10):
        session.note = updated(session)
    assert len(session.descent.losses) == 10  # the last is not computed yet
    session.note = session.moving.go_end()

    assert session.descent.losses == sorted(session.descent.losses, reverse=True)
    assert len(session.descent.losses) == 11
    root = session.recording.root
    assert session.recording.value(root, "data", len(session.recording)) == session.descent.losses[-1]
    session.note = session.moving.go_start()
    assert len(session.descent.losses) == 1


def test_the_losses_are_those_of_gradient_descent_done_at_once() -> None:
    session = opened()
    for _ in range(5):
        session.note = updated(session)
    session.note = session.moving.go_end()
    again = Target("neuron").open()

    assert again.root
    assert session.descent.losses[1:] == [descend(again.root, again.parameters, 0.05) for _ in range(5)]


def test_after_an_update_the_forward_pass_says_what_became_of_the_loss() -> None:
    session = opened()
    session.note = updated(session)
    for _ in range(2):
        session.note = session.moving.next_phase()

    assert session.note.startswith("forward is done: loss 3.0625 to 0.49")


def test_a_learning_rate_applies_from_the_next_update_on() -> None:
    session = opened()
    session.note = updated(session)
    session.note = session.descent.set_learning_rate("0.5")
    first = trace_of(session)
    session.note = updated(session)

    assert "0.5 - 0.05 * 7" in first
    assert " - 0.5 * 2.8 = " in trace_of(session)


def test_an_update_steps_against_the_gradient() -> None:
    session = opened()
    before = [parameter.data for parameter in session.opened.parameters]
    session.note = updated(session)

    after = [parameter.data for parameter in session.opened.parameters]
    gradients = (7.0, -3.5, 3.5)  # of w1, w2 and b, as the table shows them at the end
    assert after == pytest.approx([x - 0.05 * grad for x, grad in zip(before, gradients, strict=True)])


def test_a_learning_rate_that_overshoots_is_survived() -> None:
    session = opened()
    session.note = session.descent.set_learning_rate("1e300")
    for _ in range(4):
        session.note = updated(session)
    session.note = session.moving.go_end()

    assert not math.isfinite(session.descent.losses[-1])
    assert session.playback.status == "backward 13 of 13"


def folded(target: str = "lecture") -> SteppingSession:
    """A session beside a tree whose scopes are folded, as it opens."""
    session = opened(target)
    outline = Outline(session.recording)
    session.moving.scopes.fold_of = lambda node: fold_in_tree(outline, node)
    return session


def test_n_passes_over_a_folded_scope_as_one_step_and_says_so() -> None:
    session = folded()
    for _ in range(3):  # the seed, the loss, its sum
        session.note = session.moving.next_step()
    before = session.playback.position
    session.note = session.moving.next_step()

    assert session.playback.position == before + 88
    assert session.note.startswith("passed over sample[3], 88 nodes: 21 gradients outside, most ")
    assert session.passed
    assert len(session.changed) > 41


def test_what_is_passed_shows_its_contribution_to_the_outside() -> None:
    session = folded()
    for _ in range(4):
        session.note = session.moving.next_step()
    assert session.passed
    lines = passed_lines(session.recording, session.passed, 80, 12, ASCII)
    text = ["".join(piece for piece, _ in line) for line in lines]

    assert text[0] == "backward through sample[3], 88 nodes"
    assert "incoming sample[3]/" in text[1]
    amounts = [abs(change.amount) for change in session.passed.given]
    assert amounts == sorted(amounts, reverse=True)
    assert {session.recording.name(change.node)[0] for change in session.passed.given} == {"w", "b"}
    inside = range(session.passed.start, session.passed.end)
    for change in session.passed.given:
        contributed = sum(
            write.amount or 0.0
            for step in inside
            for write in session.recording.step_at(step).writes
            if write.target == change.node
        )
        assert change.amount == pytest.approx(contributed)


def test_s_goes_into_what_n_passes_over_and_S_back_into_it() -> None:
    session = folded()
    for _ in range(3):  # the seed, the loss, its sum
        session.note = session.moving.next_step()
    position = session.playback.position
    session.note = session.moving.step_into()
    assert session.playback.position == position + 1
    assert session.note.startswith("into sample[3]")
    session.note = session.moving.finish_scope()
    assert session.note.startswith("finished sample[3], 87 nodes")
    assert session.playback.position == position + 88
    session.note = session.moving.step_back_into()
    assert session.playback.position == position + 87
    for _ in range(3):  # of the neuron, of its layer, of the sample
        session.note = session.moving.restart_scope()
    assert session.note.startswith("back at the start of sample[3]")
    assert session.playback.position == position


def test_r_finishes_the_innermost_scope_and_then_the_one_around_it() -> None:
    session = opened("lecture")
    session.note = session.moving.jump("scope sample[3]/layer[1]/neuron[2]")
    scopes = []
    while not (note := session.moving.finish_scope()).startswith("no scope"):
        scopes.append(note.split(",")[0])

    assert scopes[:3] == [
        "finished sample[3]/layer[1]/neuron[2]", "finished sample[3]/layer[1]", "finished sample[3]",
    ]  # fmt: skip


def test_n_over_a_fold_stops_at_a_breakpoint_inside_it() -> None:
    session = folded()
    session.note = session.breakpoints.toggle_condition("op tanh")
    for _ in range(4):
        session.note = session.moving.next_step()

    assert session.note == "stopped: op tanh"
    assert session.recording.name(session.selected).startswith("tanh")


def test_a_scope_is_chosen_by_name_and_passed_from_there() -> None:
    session = folded()
    session.note = session.moving.jump("scope sample[1]")
    session.note = session.moving.next_step()

    assert session.note.startswith("passed over sample[1], 87 nodes")


def test_parameters_are_updated_one_a_step_whatever_is_folded() -> None:
    session = folded()
    session.note = updated(session)
    session.note = session.moving.next_step()

    assert session.playback.status == "update 2 of 41"


def test_back_over_a_fold_is_the_mirror_of_over_it() -> None:
    session = folded()
    positions = [session.playback.position]
    while session.playback.position < len(session.recording):
        session.note = session.moving.next_step()
        positions.append(session.playback.position)
    assert len(positions) < 20
    back = [session.playback.position]
    while session.playback.position > positions[0]:
        session.note = session.moving.back_step()
        back.append(session.playback.position)

    assert back == positions[::-1]


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
