"""Stepping over many scopes of one kind, and over what contributes 0: a hinge loss of many samples."""

from collections.abc import Sequence

import pytest

from micrograd_tui.engine import Value, record, scope
from micrograd_tui.tui.sessions.moment import _first_that_counts
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.graph.folds import fold_in_tree
from micrograd_tui.tui.views.graph.outline import Outline
from micrograd_tui.tui.views.steps.passed import passed_lines


def hinges(inputs: Sequence[float]) -> SteppingSession:
    """Steps through the sum of hinge losses of samples, whose scores are 2 times their inputs."""
    w = Value(2.0, label="w")
    losses = []
    for i, x in enumerate(inputs):
        with scope(f"sample[{i}]"):
            losses.append((1.0 - w * x).relu())
    total = sum(losses, Value(0.0))
    total.label = "loss"
    session = SteppingSession(Opened("hinges", record(total), total, [w]))
    outline = Outline(session.recording)
    session.moving.scopes.fold_of = lambda node: fold_in_tree(outline, node)
    return session


def passed_first(session: SteppingSession) -> str:
    """Press n until something was passed over; return the sentence about it."""
    for _ in range(50):
        session.note = session.moving.next_step()
        if session.passed and "sample" in session.passed.title:
            return session.note
    raise AssertionError("nothing was passed over")


def shown(session: SteppingSession, height: int = 8) -> list[str]:
    assert session.passed
    lines = passed_lines(session.recording, session.passed, 78, height, UNICODE)
    return ["".join(text for text, _ in line) for line in lines]


def test_samples_beside_each_other_are_passed_as_one_where_they_are_many() -> None:
    session = hinges([0.1] * 12)
    note = passed_first(session)

    assert note.startswith("passed over 12 samples, ")
    assert session.passed is not None
    end, start = session.playback.position, session.passed.start
    assert session.moving.back_step().startswith("back over 12 samples, ")
    assert session.playback.position == start
    assert session.moving.step_into().startswith("into sample[11]")
    assert session.playback.position == start + 1
    session.moving.finish_scope()
    assert start + 1 < session.playback.position < end


def test_a_few_samples_are_passed_one_by_one() -> None:
    assert passed_first(hinges([0.1] * 4)).startswith("passed over sample[3], ")


def test_a_breakpoint_among_many_samples_stops_the_step_over_them() -> None:
    session = hinges([0.1] * 12)
    inside = max(n for n, own in enumerate(session.recording.scopes) if own == "sample[7]")
    session.select(inside)
    session.breakpoints.toggle_breakpoint()

    assert passed_first(session).startswith("stopped: ")
    assert session.current == inside
    assert session.passed
    assert session.passed.title == "5 samples"


def test_satisfied_hinges_are_told_and_what_did_not_change_is_no_change() -> None:
    session = hinges([0.7] * 12)
    passed_first(session)

    assert session.passed is not None
    assert session.passed.given == ()
    assert not any("\N{HEAVY ASTERISK}" in line or "->" in line or "→" in line for line in shown(session))
    assert "  it adds 0 to 1 gradient outside" in shown(session)
    assert "  all 12 hinges are satisfied: local 0" in shown(session)


def test_of_a_single_satisfied_hinge_it_is_said_too() -> None:
    session = hinges([0.7, 0.7])
    note = passed_first(session)

    assert note.endswith("it adds 0 to 1 gradient outside: its hinge is satisfied: local 0")


def test_a_change_is_shown_in_as_many_digits_as_it_takes() -> None:
    session = hinges([1e-9, -500.0])
    passed_first(session)
    session.moving.next_step()
    lines = [line for line in shown(session) if "✱" in line]

    assert lines
    for line in lines:
        before, after = line.split("✱ ")[1].split(" → ")
        assert before.strip("+") != after.strip("+")


def test_the_sample_to_open_is_the_first_that_moves_something() -> None:
    recording = hinges([0.7, 0.7, 0.1, 0.2]).recording
    names = [f"sample[{i}]" for i in range(4)]

    assert _first_that_counts(recording, names) == "sample[2]"
    assert _first_that_counts(recording, names[:2]) == "sample[0]"


def several(weights: int, dead: int) -> SteppingSession:
    """Steps through two samples of many weights; of the first `dead` a relu lets nothing through."""
    ws = [Value(0.1, label=f"w{i}") for i in range(weights)]
    losses = []
    for i in range(2):
        with scope(f"sample[{i}]"):
            terms = [(w * (-1.0 if j < dead else j + 1.0)).relu() for j, w in enumerate(ws)]
            losses.append(sum(terms, Value(0.0)))
    total = losses[0] + losses[1]
    total.label = "loss"
    session = SteppingSession(Opened("several", record(total), total, ws))
    outline = Outline(session.recording)
    session.moving.scopes.fold_of = lambda node: fold_in_tree(outline, node)
    return session


@pytest.mark.parametrize("height", [5, 6, 8, 20])
def test_every_cell_a_part_wrote_to_is_shown_or_counted(height: int) -> None:
    session = several(9, dead=2)
    passed_first(session)

    lines = shown(session, height)

    changed = sum("✱" in line for line in lines)
    assert len(lines) <= height
    assert session.passed is not None
    assert (len(session.passed.given), session.passed.unmoved) == (7, 2)
    more = f"{7 - changed} more; " if changed < 7 else ""
    assert lines[-1] == f"  {more}it adds 0 to 2 others: 2 relus in it at 0"


def test_of_several_gradients_that_come_in_those_without_a_line_are_counted() -> None:
    session = hinges([0.1] * 12)
    passed_first(session)

    incoming = [line for line in shown(session, 12) if "incoming" in line]

    assert len(incoming) == 3
    assert incoming[-1].endswith("+1  and 9 more")


def test_why_zero_was_added_is_said_only_where_it_is_the_whole_reason() -> None:
    session = hinges([0.1, 0.7] * 6)
    passed_first(session)

    assert not any("hinge" in line for line in shown(session))
