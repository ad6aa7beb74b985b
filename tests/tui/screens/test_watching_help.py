"""The help of the watching screen lists only what does something in the run that is watched."""

from pathlib import Path

import pytest
from frozen_runs import frozen, train_on
from screens import opened
from small_runs import stored

from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.tui.screens.help import help_lines
from micrograd_tui.tui.sessions.moment import MomentSession
from micrograd_tui.tui.sessions.replay import Moments
from micrograd_tui.tui.sessions.watching import WatchSession
from micrograd_tui.tui.text.glyphs import UNICODE

ORDERS = ("pause the run", "one training step, then pause", "order another learning rate", "full speed")
MODEL = (
    "open the training step",
    "what its graph folds into",
    "next view",
    "In the parameters",
    "row up",
)
LIVE = ("freeze the display", "Leaving a live run", "stop it and leave")
READING = (
    "move the cursor back",
    "go to a training step",
    "plot the next number",
    "choose the event before",
)


def helped(session: object, context: str = "run") -> str:
    lines = help_lines(context, 35, 1000, UNICODE, session)
    return " ".join(" ".join("".join(text for text, _ in line) for line in lines).split())


def told(text: str, sentences: tuple[str, ...]) -> list[bool]:
    return [sentence in text for sentence in sentences]


def script(directory: Path) -> Store:
    with Run("mine", runs_dir=directory) as run:
        run.log(step=0, loss=1.0)
    return run.store


def test_a_live_run_has_all_the_keys(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        shown = helped(WatchSession(store))

    assert all(told(shown, ORDERS + MODEL + LIVE + READING))


@pytest.mark.parametrize("state", ["finished", "stopped"])
def test_a_run_that_has_ended_lists_no_order(tmp_path: Path, state: str) -> None:
    train_on(store := stored(tmp_path), 20, state)
    shown = helped(WatchSession(store))

    assert not any(told(shown, ORDERS + LIVE))
    assert all(told(shown, MODEL + READING))


def test_a_run_that_only_logs_numbers_lists_nothing_of_a_model(tmp_path: Path) -> None:
    shown = helped(WatchSession(script(tmp_path)))

    assert not any(told(shown, ORDERS + MODEL + LIVE))
    assert all(told(shown, READING))
    assert "Steer the run" not in shown


async def test_a_graph_without_parameters_lists_no_update() -> None:
    async with opened("tanh(0.5)*2") as (_, __, session):
        assert "Train by hand" not in helped(session, "graph")
    async with opened() as (_, __, session):
        assert "Train by hand" in helped(session, "graph")
        assert "back to the run" not in helped(session, "graph")


def test_a_moment_of_a_run_says_how_to_go_back(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        moment = Moments(store).open(40)

    assert isinstance(moment, MomentSession)
    assert "back to the run" in helped(moment, "graph")
