"""Looking at whole tensors: which, which part; only what is in sight is asked for."""

from dataclasses import replace

import pytest
from small_tensors import node, small_recording, step, tensor
from small_values import SmallValues, number

from micrograd_tui.engine.recording.tensor import TensorRecording
from micrograd_tui.engine.recording.tensor_values import MOST
from micrograd_tui.tui.sessions.target import OpenedTensors
from micrograd_tui.tui.sessions.tensor_values import ValuesSession
from micrograd_tui.tui.sessions.tensors import TensorSession


def looking(
    recording: TensorRecording | None = None, taken: int = 3, values: SmallValues | None = None
) -> tuple[ValuesSession, SmallValues]:
    values = values or SmallValues()
    opened = OpenedTensors("train.py", recording or small_recording(), "1st", "", values)
    tensors = TensorSession(opened)
    tensors.open_all()  # what is folded would be one step
    tensors.go(taken)
    session = ValuesSession(tensors)
    session.fit(80, 20)
    return session, values


def large(*shape: int) -> tuple[ValuesSession, SmallValues]:
    """At a step whose gradient is of a shape."""
    recording = small_recording()
    nodes = (node(0, "MulBackward0", "", shape, ()),)
    pass_ = replace(recording, root=(0,), nodes=nodes, steps=(step(0, tensor(1.0, shape)),))
    return looking(pass_, 1)


def fetch(session: ValuesSession) -> bool:
    """Fetch what is wanted; say whether anything was."""
    wanted = session.wanted()
    if wanted:
        wanted()()
    return wanted is not None


def test_the_tensors_of_a_step_are_gone_through_in_both_directions() -> None:
    session, _ = looking()
    titles = []
    for _ in session.choices:
        assert session.choice
        titles.append(session.choice.title)
        session.choose(1)

    assert titles == [
        "gradient that arrived",
        "given to h.0.fc.bias",
        "given to MulBackward0#3",
        "given to TBackward0#2",
        "saved mat1",
    ]
    session.choose(-1)
    assert session.choice == session.choices[-1]


def test_a_leaf_has_itself_and_what_its_grad_held() -> None:
    session, _ = looking(taken=4)

    assert [each.title for each in session.choices] == [
        "gradient that arrived",
        "h.0.fc.bias itself",
        "h.0.fc.bias.grad before the pass",
    ]


def test_steps_are_taken_beside_it_and_at_the_start_there_is_nothing() -> None:
    session, _ = looking()
    session.choose(1)
    session.step(lambda tensors: tensors.moving.next_step())
    assert session.tensors.taken == 4
    assert [session.choice] == session.choices[:1]
    session.step(lambda tensors: tensors.go(0))
    assert session.choice is None
    assert session.shown is None
    assert session.choose(1) == session.refusal == "no step is taken: n takes one"
    assert not fetch(session)


def test_only_what_is_in_sight_and_some_around_it_is_asked_for() -> None:
    session, values = large(65_536, 1_024)
    assert fetch(session)
    assert not fetch(session)
    asked = values.asked[0]
    assert (asked.rows[1] - asked.rows[0]) * (asked.columns[1] - asked.columns[0]) < 1_000

    for _ in range(10):
        session.move(1, 1)
        assert not fetch(session)
    session.end()
    session.end()
    assert session.place == (65_535, 1_023)
    assert fetch(session)
    shown = session.shown
    assert shown
    assert shown.numbers[65_535, 1_023] == number((65_535, 1_023))
    session.home()
    session.home()
    assert session.place == (0, 0)
    assert len(values.asked) == 2


def test_a_very_large_terminal_asks_for_no_more_than_is_given_at_a_time() -> None:
    session, values = large(65_536, 1_024)
    session.fit(900, 400)
    assert fetch(session)
    asked = values.asked[0]

    assert (asked.rows[1] - asked.rows[0]) * (asked.columns[1] - asked.columns[0]) <= MOST


@pytest.mark.parametrize("shape", [(), (1,), (103,), (65_536, 1_024), (2, 3, 4, 5, 6), (0, 3), (3, 0)])
def test_no_movement_leaves_a_tensor_of_any_shape(shape: tuple[int, ...]) -> None:
    session, _ = large(*shape)
    moves = (
        lambda: session.move(1, 0), lambda: session.page(1, 1), session.end, session.end, lambda: session.page(-1, 0),
        session.home, lambda: session.move(0, 5), lambda: session.page(0, -1), session.home, session.toggle_digits,
        lambda: session.point(1, 1), lambda: session.point(99, 99), lambda: session.jump("0"), lambda: session.slice("[...]"),
    )  # fmt: skip
    for move in moves:
        move()
        fetch(session)
        assert all(
            0 <= index < max(1, size)
            for index, size in zip(session.place, session.pick.shape, strict=True)
        )
        grid = session.layout.grid
        if grid.rows and grid.columns:
            shown = session.shown
            assert shown
            assert grid.cell(shown.at) in shown.numbers
            assert shown.top <= grid.cell(shown.at)[0] < shown.top + session.layout.rows


def test_a_place_is_gone_to_and_one_outside_is_refused() -> None:
    session, _ = large(50, 40)

    assert session.jump("17, 33") == ""
    assert session.place == (17, 33)
    assert session.jump("-1") == ""
    assert session.place == (49, 33)
    assert session.jump("[3 4]") == ""
    assert session.place == (3, 4)
    assert session.jump("50, 0") == "50, 0 is outside of it: indices 0 to 49, 0 to 39"
    assert session.jump("x") == "x is no place: indices 0 to 49, 0 to 39"
    assert session.jump("1,2,3") == "1,2,3 is no place: indices 0 to 49, 0 to 39"
    assert session.jump(" ") == ""


def test_a_slice_is_shown_from_its_beginning_and_what_is_none_is_refused() -> None:
    session, _ = large(50, 40)
    session.move(9, 9)

    assert session.slice("[3:9, ::2]") == ""
    assert (session.pick.shape, session.place) == ((6, 20), (0, 0))
    assert fetch(session)
    assert session.slice_now == "[3:9, ::2]"
    shown = session.shown
    assert shown
    assert shown.numbers[1, 1] == number((4, 2))
    assert "no index" in session.slice("[\x1b]")
    assert session.pick.shape == (6, 20)
    assert session.slice("") == ""
    assert session.pick.is_whole
    assert session.slice_now == ""


def test_what_cannot_be_had_is_said_and_so_is_that_only_summaries_are_left() -> None:
    session, _ = looking(values=SmallValues("the process is gone"))
    assert session.shown
    assert session.shown.waits
    fetch(session)
    assert session.shown.said == "the process is gone"
    assert not fetch(session)

    opened = OpenedTensors("train.py", small_recording(), "1st", "")
    tensors = TensorSession(opened)
    tensors.go(3)
    without = ValuesSession(tensors)
    assert without.shown
    assert without.shown.said.startswith("only summaries are left of this pass")
    assert without.wanted() is None


def test_numbers_that_come_late_are_not_taken_for_those_of_another_tensor() -> None:
    session, _ = looking()
    late = session.wanted()
    assert late
    came = late()
    session.choose(1)
    came()

    assert session.shown
    assert session.shown.numbers == {}
    assert fetch(session)
    assert session.shown.numbers


def test_the_number_looked_at_stays_where_the_pane_changes_its_size() -> None:
    session, _ = large(103)
    session.jump("77")
    for width, height in ((160, 45), (30, 10), (12, 5), (80, 24)):
        session.fit(width, height)
        fetch(session)
        assert session.place == (77,)
        assert session.shown
        assert session.shown.numbers[session.layout.grid.cell((77,))] == 77.0
