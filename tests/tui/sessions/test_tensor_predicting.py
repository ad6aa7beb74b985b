"""Predicting a pass of PyTorch's: what is asked of steps of one number, what is right, the score."""

import pytest
from small_tensors import scalar_session, small_session

from micrograd_tui.tui.sessions.tensors import TensorSession


def session() -> TensorSession:
    at = scalar_session()
    at.predicting.toggle()
    return at


def test_each_step_of_one_number_is_asked_for() -> None:
    at = session()

    assert "TanhBackward0#3" in at.predicting.question
    assert "g = 1: what does MulBackward0#2 get? " in at.predicting.question
    assert at.predicting.guess("1/2").startswith("right: ")
    assert at.taken == 1
    assert "g = 0.5: what does a get? " in at.predicting.question


@pytest.mark.parametrize("text", ["-1.5", "g*b", "0.5*-3", "g*b*1.0001"])
def test_a_number_or_a_formula_of_g_and_the_leaves_is_right(text: str) -> None:
    at = session()
    at.predicting.guess("")
    said = at.predicting.guess(text)

    assert said.startswith("right: ")
    assert "a gets -1.5; 1 of 1 right (Mul 1 of 1)" in said


def test_a_wrong_guess_is_told_the_rule_and_no_guess_changes_nothing() -> None:
    at = session()

    assert at.predicting.guess("q").startswith("column 1: nothing here is called q")
    assert at.taken == 0
    assert at.predicting.guess("inf").startswith("no: ")
    at.predicting.guess("")
    assert at.taken == 2
    assert at.predicting.question == ""  # a leaf gives on nothing
    assert at.predicting.toggle() == "no more questions; 0 of 1 right (Tanh 0 of 1)"


def test_steps_of_many_numbers_are_not_asked_for() -> None:
    at = small_session()

    assert at.predicting.toggle() == "only steps of one number are predicted, and this pass has none"
    assert at.predicting.question == ""
