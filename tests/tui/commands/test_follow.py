"""`trace --follow`: keys that come as lines, and what is answered to each."""

import io

import pytest

from micrograd_tui.tui.commands.follow import follow
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target


def followed(keys: str, target: str = "neuron") -> list[str]:
    """What `trace --follow` answers to these lines, without its greeting."""
    written: list[str] = []
    follow(SteppingSession(Target(target).open()), io.StringIO(keys), written.append)
    return written[1:]


def test_following_steps_to_the_leaves_and_back() -> None:
    lines = followed("n\n" * 13 + "N\n" * 13)

    assert [line.split(":")[0].split(".")[0] for line in lines[:13]] == [
        f"backward {step} of 13" for step in range(1, 14)
    ]
    assert lines[12].endswith("every gradient is final")
    assert lines[-1].startswith("forward 12 of 12")


def keys_that_follow() -> list[str]:
    (listed,) = followed("?\n")
    return [line.split()[0] for line in listed.splitlines()[1:]]


def test_its_help_says_what_the_keys_take_and_names_no_key_of_the_screen() -> None:
    (listed,) = followed("?\n")

    assert "one key a line" in listed
    assert "  B CONDITION  stop at nan, inf, zero, |grad| > x" in listed
    assert "Tab" not in listed
    assert "  L RATE       set the learning rate" in listed
    assert {"space", "tab", "v", "plus", "f1"}.isdisjoint(keys_that_follow())


@pytest.mark.parametrize("key", [key for key in keys_that_follow() if key != "q"])
def test_every_key_that_following_lists_is_known_to_it(key: str) -> None:
    (answer,) = followed(f"{key} 1\n" if key in ":/BL" else f"{key}\n")

    assert "no key" not in answer


def test_following_ends_with_q_and_with_the_end_of_its_input() -> None:
    assert len(followed("n\nq\nn\n")) == 1
    assert len(followed("n\n\n  \n")) == 1


def test_following_answers_nonsense_inertly() -> None:
    answers = followed("\x1b[31m\n%\n: node \x1b\n/ \x9b\nB \u202e\nL \x07\n")

    assert len(answers) == 6
    assert all(line.isprintable() for line in answers)
