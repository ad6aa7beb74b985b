"""Editing and nudging in the app's session: what is said, what follows, what can be taken back."""

import pytest

from micrograd_tui.engine.recording.json_file import from_plain
from micrograd_tui.tui.sessions.graph.checking import Checked, check_all
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened, Target
from micrograd_tui.tui.views.steps.ledger import Ledger
from micrograd_tui.tui.views.steps.names import formula


def session(target: str = "neuron", *numbers: str) -> SteppingSession:
    return SteppingSession(Target(target, numbers).open())


def select(of: SteppingSession, name: str) -> None:
    log = of.recording
    of.select(next(node for node in range(log.node_count) if log.name(node) == name))


def held(of: SteppingSession, name: str, field: str = "data") -> float | None:
    log = of.recording
    node = next(node for node in range(log.node_count) if log.name(node) == name)
    return log.value(node, "grad" if field == "grad" else "data", len(log))


def test_x1_of_the_neuron_changes_its_five_descendants_and_none_other() -> None:
    at = session()
    before = {at.recording.name(n): held(at, at.recording.name(n)) for n in range(12)}
    select(at, "x1")

    assert at.editing.set("3") == "x1 is set: 5 of 5 cells below it follow; n steps, f all"
    after = {name: held(at, name) for name in before}
    assert {name for name in before if before[name] != after[name]} == {
        "x1", "w1x1", "sum", "out", "error", "loss",
    }  # fmt: skip
    assert at.playback.status == "recalculate 1 of 6"
    names = [phase.name for phase in at.recording.phases]
    assert names == ["forward", "backward", "recalculate", "zero_grad", "backward"]
    assert held(at, "w1", "grad") == 13.5


def test_the_whole_story_can_be_walked_back() -> None:
    at = session()
    select(at, "x1")
    at.editing.set("2*w1 + 1")
    at.moving.go_end()
    at.descent.update()
    at.moving.go_start()

    assert at.playback.status == "forward 0 of 12"
    at.moving.go_end()
    assert [p.name for p in at.recording.phases].count("backward") == 3
    assert at.descent.losses[0] == 3.0625
    assert len(at.descent.losses) == 3


def test_undo_and_redo_over_several_edits() -> None:
    at = session()
    for name, text in (("x1", "3"), ("sum", "7"), ("w1", "x2*2"), ("loss", "-")):
        select(at, name)
        at.editing.set(text)
    assert held(at, "loss") == 7.25 - 1 - (7.25 - 1)  # an op of two arguments: error - error
    for _ in range(4):
        at.editing.undo()
    assert [held(at, name) for name in ("x1", "sum", "w1", "loss")] == [2.0, 2.5, 0.5, 3.0625]
    assert at.editing.undo().startswith("nothing was edited yet")
    for _ in range(4):
        at.editing.redo()
    assert [held(at, name) for name in ("x1", "sum", "w1", "loss")] == [3.0, 7.0, -2.0, 0.0]


def test_an_override_is_removed_by_an_empty_answer() -> None:
    at = session()
    select(at, "sum")
    at.editing.set("10")
    assert held(at, "w1", "grad") == 0.0  # it hands no gradient on
    at.editing.set("")
    assert (held(at, "sum"), held(at, "w1", "grad")) == (2.5, 7.0)


def test_updates_move_what_the_user_wants_moved_from_the_edited_numbers() -> None:
    at = session()
    select(at, "x1")
    at.editing.set("3")
    at.descent.toggle_parameter()
    at.moving.go_end()
    at.descent.update()

    assert held(at, "x1") == 3 - 0.05 * 2.25
    assert held(at, "w1") == 0.5 - 0.05 * 13.5


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x1", "abc", "x1 needs a number or a formula"),
        ("w1", "2*loss", "w1 cannot be computed from loss, which is computed from it"),
        ("w1", "w1+1", "w1 cannot be computed from itself"),
        ("x1", "", "nothing was typed, nothing changed"),
        ("loss", "*", "loss is * already"),
        ("loss", "tanh", "loss is computed from 2, and tanh takes 1"),
        ("w1", "+", "w1 is a leaf: it is given a number"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(name: str, text: str, said: str) -> None:
    at = session()
    select(at, name)
    length = len(at.recording)

    assert at.editing.set(text).startswith(said)
    assert len(at.recording) == length


def test_a_nudge_is_of_the_numbers_of_the_position() -> None:
    at = session("a*a", "a=3")
    select(at, "a")
    assert at.nudging.result().nudge.grad == 6
    at.editing.set("5")
    at.moving.go_end()
    assert at.nudging.result().nudge.grad == 10
    at.moving.go_start()
    at.moving.next_phase()
    select(at, "a")
    assert at.nudging.result().nudge.grad == 6


def test_a_kink_has_two_sides() -> None:
    at = session("abs(a)", "a=0")
    select(at, "a")
    found = at.nudging.result()

    assert found.kink
    assert (found.left, found.right) == (-1, 1)
    at.nudging.widen(10)
    assert at.nudging.result().nudge.by == pytest.approx(0.01)


def test_every_gradient_is_checked_the_worst_first() -> None:
    at = session("abs(a)*b + tanh(c)", "a=0", "b=2", "c=0.3")
    checked = check_all(at.nudging, Checked(at.recording.node_count), lambda: None)

    assert (checked.done, checked.right) == (7, 7)  # at its kink abs has 0, the mean of both slopes
    assert [slope.error for slope in checked.worst] == sorted(
        (s.error for s in checked.worst), reverse=True
    )


def test_a_check_that_nobody_wants_any_more_ends() -> None:
    at, looks = session("moons"), []

    def give_up() -> None:
        looks.append(1)
        if len(looks) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        check_all(at.nudging, Checked(at.recording.node_count), give_up)


def test_a_replaced_op_is_named_as_it_is_at_each_position() -> None:
    at = session("relu(a)*b + a", "a=2", "b=3")
    assert formula(at.recording, 1) == "relu#1 = relu(a)"
    at.select(1)
    at.editing.set("tanh")

    assert formula(at.recording, 1) == "tanh#1 = tanh(a)"
    at.moving.go_start()
    assert formula(at.recording, 1) == "relu#1 = relu(a)"
    at.moving.go_end()
    at.editing.undo()
    assert formula(at.recording, 1) == "relu#1 = relu(a)"
    at.moving.previous_phase()
    at.moving.back_step()
    assert formula(at.recording, 1) == "tanh#1 = tanh(a)"


def test_setting_a_gradient_to_0_is_no_contribution() -> None:
    at = session()
    select(at, "x1")
    at.editing.set("3")
    at.moving.go_to(at.recording.phases[3].start + 1)

    assert len(Ledger(at.recording, at.selected, at.playback.position)) == 0


FOREIGN = {
    "version": 1, "root": 2,
    "nodes": [
        {"id": 0, "op": "", "label": "a", "data": 2.0, "grad": 6.0, "parents": []},
        {"id": 1, "op": "cube", "label": "c", "data": 8.0, "grad": 0.5, "parents": [0]},
        {"id": 2, "op": "mul", "label": "out", "data": 4.0, "grad": 1.0, "parents": [1, 3]},
        {"id": 3, "op": "", "label": "h", "data": 0.5, "grad": 8.0, "parents": []},
    ],
}  # fmt: skip


def foreign() -> SteppingSession:
    """A recording of a file with an op that no table knows, as an engine of somebody's own has."""
    rows = [FOREIGN["nodes"][i] for i in (0, 3, 1, 2)]  # type: ignore[index]
    steps = [
        *({"phase": "forward", "node": row["id"], "writes": [
            {"target": row["id"], "field": "data", "after": row["data"]}]} for row in rows),
        {"phase": "backward", "node": None, "writes": [
            {"target": 2, "field": "grad", "amount": 1.0, "after": 1.0}]},
        {"phase": "backward", "node": 2, "writes": [
            {"target": 1, "field": "grad", "slot": 0, "local": 0.5, "amount": 0.5, "after": 0.5},
            {"target": 3, "field": "grad", "slot": 1, "local": 8.0, "amount": 8.0, "after": 8.0}]},
        {"phase": "backward", "node": 1, "writes": [
            {"target": 0, "field": "grad", "slot": 0, "local": None, "amount": 6.0, "after": 6.0}]},
    ]  # fmt: skip
    log = from_plain({**FOREIGN, "nodes": rows, "steps": steps})
    return SteppingSession(Opened("foreign.json", log))


def test_what_an_unknown_op_is_computed_from_cannot_be_edited_nor_nudged() -> None:
    at = foreign()
    select(at, "a")
    length = len(at.recording)
    refused = "c follows from it, and no formula of cube is known"

    assert at.editing.set("3") == f"a cannot be edited: {refused}"
    assert at.commands.run("nudge a") == f"a cannot be nudged: {refused}"
    assert len(at.recording) == length
    checked = check_all(at.nudging, Checked(4), lambda: None)
    assert (checked.done, checked.right, checked.skipped) == (4, 3, 1)


def test_below_an_unknown_op_cells_are_edited_and_its_recorded_slope_is_kept() -> None:
    at = foreign()
    select(at, "h")
    at.editing.set("2")

    assert (held(at, "out"), held(at, "a", "grad")) == (16.0, 24.0)
    select(at, "c")
    assert at.editing.set("1").startswith("c is set: 1 of 1 cells below it follow")
    select(at, "a")
    assert at.editing.set("5").startswith("a is set: 0 of 2 cells")  # an override stands between


def test_what_an_unknown_op_held_comes_back_with_its_arguments() -> None:
    at = foreign()
    before = [at.recording.value(node, "data", len(at.recording)) for node in range(4)]
    refused = "no formula of cube is known"
    select(at, "c")
    at.editing.set("1")
    select(at, "a")
    at.editing.set("5")
    select(at, "c")

    assert at.editing.set("") == f"c cannot be edited: {refused}"  # a is 5, and nobody knows cube of it
    assert at.editing.can_undo
    at.editing.undo()
    at.editing.undo()
    assert [at.recording.value(node, "data", len(at.recording)) for node in range(4)] == before
    assert at.editing.overrides == set()
    at.editing.redo()
    assert held(at, "c") == 1.0


def test_an_unknown_op_that_would_come_out_the_same_is_in_nobodys_way() -> None:
    at = foreign()
    select(at, "a")

    assert at.editing.set("2").startswith("a is set: 0 of 2 cells")  # 2 already: the wave stops there
    assert "cannot be edited" in at.editing.set("3")


def test_an_unknown_op_can_be_replaced_by_one_of_the_table_and_taken_back() -> None:
    at = foreign()
    select(at, "c")
    at.editing.set("abs")
    select(at, "a")
    at.editing.set("-7")

    assert held(at, "c") == 7.0
    at.editing.undo()
    at.editing.undo()
    assert held(at, "c") == 8.0


def test_all_that_an_edit_has_changed_so_far_is_marked() -> None:
    at = session("relu(a*b) + b*c", "a=-1", "b=2", "c=3")
    select(at, "a")
    at.editing.set("-4")
    at.moving.finish_phase()

    assert {at.recording.name(node) for node, _ in at.changed} == {"a", "mul#2", "relu#3"}
    at.moving.go_end()
    assert len(at.changed) <= 1
    at = session()
    select(at, "x1")
    at.editing.set("3")
    at.moving.finish_phase()
    assert {at.recording.name(node) for node, _ in at.changed} == {
        "x1", "w1x1", "sum", "out", "error", "loss",
    }  # fmt: skip
