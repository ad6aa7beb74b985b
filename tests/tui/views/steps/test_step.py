"""The step pane's lines: what it needs where space is short, all of it where there is room."""

import pytest

from micrograd_tui.engine import record
from micrograd_tui.engine.experiments.breaks import rules_of
from micrograd_tui.engine.experiments.broken import break_pass
from micrograd_tui.engine.sources.expression import parse_expression
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened, Target
from micrograd_tui.tui.text.format import ALL_DIGITS
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.steps.step import step_height, step_lines


def session_at(target: str, step: int) -> SteppingSession:
    session = SteppingSession(Target(target).open())
    session.moving.jump(str(step))
    return session


def shown(session: SteppingSession, width: int, height: int, digits: int = 4) -> list[str]:
    lines = step_lines(
        session.playback, session.selected, session.current, width, height, UNICODE, digits
    )
    return ["".join(text for text, _ in line) for line in lines]


def wanted(session: SteppingSession, width: int) -> int:
    return step_height(session.playback, session.selected, session.current, width, UNICODE)


def test_a_visit_is_a_line_an_argument_with_both_factors_labelled() -> None:
    assert shown(session_at("neuron", 3), 80, 4) == [
        "visit error = out-y   its only consumer loss is done",
        "incoming 3.5 × local 1  (d(out-y)/dout)  = 3.5   ✱ out.grad 0 → +3.5",
        "incoming 3.5 × local -1  (d(out-y)/dy)  = -3.5   ✱ y.grad 0 → -3.5",
        "any of y, out could be next: both are complete",
    ]


@pytest.mark.parametrize("target", ["neuron", "accumulate", "diamond", "lecture"])
@pytest.mark.parametrize("width", [50, 80, 160])
def test_the_height_a_step_needs_holds_all_there_is_to_say_of_it(target: str, width: int) -> None:
    session = SteppingSession(Target(target).open())
    for position in range(0, len(session.recording) + 1, 1 + len(session.recording) // 60):
        session.moving.go_to(position)
        height = wanted(session, width)
        assert shown(session, width, height) == shown(session, width, height + 3)[:height]


def test_the_neuron_needs_few_lines_at_80_columns() -> None:
    session = SteppingSession(Target("neuron").open())
    heights = []
    for position in range(len(session.recording) + 1):
        session.moving.go_to(position)
        heights.append(wanted(session, 80))

    assert max(heights) == 6  # where loss = error*error names its two arguments apart
    assert sorted(heights)[-2] == 4


def test_a_node_that_was_selected_is_labelled_beside_the_steps_own_ledgers() -> None:
    session = session_at("neuron", 3)
    session.select(next(node for node, label in session.recording.labels.items() if label == "w1"))

    assert wanted(session, 80) == 4 + 2
    assert shown(session, 80, 6)[4] == "selected w1.grad 0  waits for 1 of 1"


def test_where_there_is_room_the_rule_and_the_ledgers_stand_apart_under_their_titles() -> None:
    lines = shown(session_at("diamond", 3), 63, 40)
    rule = lines.index("chain rule: incoming gradient × local derivative = contribution")
    written, selected = lines.index("what this step adds to"), lines.index("selected: h = -0.3176")

    assert rule < written < selected
    assert any(line.startswith("d.grad +0.3649  waits for 1 of 3") for line in lines[written:selected])
    assert lines[selected + 1].startswith("h.grad +1  complete, 1 of 1")
    assert lines[written - 1] == lines[selected - 1] == ""


def test_all_digits_are_shown_where_they_are_wanted() -> None:
    session = SteppingSession(Target("(a/b).tanh()", ("a=1", "b=3")).open())
    session.moving.go_to(3)

    assert any(repr(1 / 3) in line for line in shown(session, 80, 8, ALL_DIGITS))
    assert not any(repr(1 / 3) in line for line in shown(session, 80, 8))


def test_both_factors_of_a_square_are_named_where_there_is_little_room() -> None:
    lines = shown(session_at("neuron", 2), 80, 4)

    assert "(d(loss)/d(1st error))" in lines[1]
    assert "(d(loss)/d(2nd error))" in lines[2]


def test_what_was_in_a_gradient_before_the_pass_has_a_row_of_its_own() -> None:
    session = session_at("forgotten", 7)
    lines = shown(session, 80, 12)
    at = next(i for i, line in enumerate(lines) if line.startswith("w.grad +"))

    assert "+16 from before this pass" in lines[at + 1]
    assert "-3.2 from out" in lines[at + 2]


def test_an_update_line_names_its_parameter_once_with_its_scope() -> None:
    session = SteppingSession(Target("lecture").open())
    session.note = session.moving.go_end()
    session.note = session.descent.update()
    lines = shown(session, 80, 9)

    assert lines[0].startswith("update layer[0]/neuron[0]/w0")
    assert any("w0.data = w0.data - lr × w0.grad" in line for line in lines)
    assert all(len(line) <= 80 for line in lines)


def test_a_contribution_that_was_overwritten_is_called_lost_and_adds_to_nothing() -> None:
    right = record(parse_expression("d = a*b; d + a", {"a": 3.0, "b": 2.0}))
    session = SteppingSession(
        Opened("broken", break_pass(right, rules_of(["overwrite"], right)).recording)
    )
    mul = next(n for n, op in enumerate(right.ops) if op is not None and op.name == "mul")
    step = next(i for i in range(right.node_count, len(right)) if session.recording.step_node[i] == mul)
    session.playback.position = step + 1

    text = [
        "".join(piece for piece, _ in line)
        for line in step_lines(session.playback, None, session.current, 78, 20, UNICODE)
    ]

    assert any("should add up (+=)" in line for line in text)
    assert not any("contributions add up" in line for line in text)
    assert [line for line in text if line.startswith("a.grad")] == ["a.grad +2  1 of 2 lost"]
    root = session.recording.name(session.recording.root)
    assert [line for line in text if line.startswith("lost")] == [
        f"lost        +1 from {root}, argument 2"
    ]
