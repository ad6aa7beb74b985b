"""Predicting a step: what is asked, what counts as right, why the right answer is so, the score."""

import pytest
from screens import opened

from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target


def session(target: str = "neuron", *numbers: str) -> SteppingSession:
    at = SteppingSession(Target(target, numbers).open())
    at.predicting.toggle()
    return at


def test_each_step_that_hands_something_on_is_asked_for() -> None:
    at = session()
    assert at.predicting.question == "backward begins: what is loss.grad set to? "
    assert at.predicting.guess("1").startswith("right: d(loss)/d(loss) = 1; 1 of 1 right (seed 1 of 1)")
    assert at.predicting.question == "loss = error*error, g = 1: what does it add to error.grad? "


@pytest.mark.parametrize("text", ["-4.5", "-3*1.5", "g*b", "g*x2"])
def test_a_number_or_a_formula_is_right_to_a_thousandth(text: str) -> None:
    at = session("c*(a*x2)", "a=2", "x2=-3", "c=1.5")
    at.moving.next_step()
    at.moving.next_step()

    assert at.predicting.guess(text).startswith("right: incoming 1.5")


@pytest.mark.parametrize("text", ["g*a", "3", "2*a*g", "6"])
def test_of_an_input_used_twice_one_part_or_the_sum_is_right(text: str) -> None:
    at = session("a*a", "a=3")
    at.moving.next_step()

    said = at.predicting.guess(text)
    assert said.startswith("right: incoming 1 × local 3")
    assert "= 3, and 6 by 2 arguments" in said


def test_an_infinite_gradient_can_be_typed() -> None:
    at = session("log(a)", "a=0")
    at.moving.next_step()

    assert at.predicting.guess("inf").startswith("right")


def test_the_right_answer_is_explained_by_the_chain_rule() -> None:
    at = session("a*b", "a=2", "b=-3")
    at.moving.next_step()
    said = at.predicting.guess("5")

    assert said.startswith("no: incoming 1 × local -3")
    assert said.endswith("0 of 1 right (* 0 of 1)")
    assert at.playback.status == "backward 2 of 4"


def test_a_guess_can_be_skipped_and_one_that_is_none_changes_nothing() -> None:
    at = session("a*b", "a=2", "b=-3")
    at.predicting.guess("")
    assert at.playback.status == "backward 1 of 4"
    assert at.predicting.guess("q+1").startswith("column 1: nothing here is called q")
    assert at.playback.status == "backward 1 of 4"
    at.predicting.guess("g*b")
    assert at.predicting.question == ""  # a leaf hands nothing on
    assert at.predicting.toggle().startswith("no more questions; 1 of 1 right")
    assert at.predicting.question == ""


async def test_n_asks_and_escape_leaves_at_once() -> None:
    async with opened("neuron") as (pilot, screen, at):
        await pilot.press("y", "n")
        await pilot.pause()
        assert screen.query_one(Prompt).question.startswith("backward begins")
        await pilot.press("1", "enter")
        await pilot.pause()
        assert at.playback.status == "backward 1 of 13"
        assert at.note.startswith("right")
        await pilot.press("n", "escape", "y", "n")
        await pilot.pause()
        assert at.playback.status == "backward 2 of 13"
