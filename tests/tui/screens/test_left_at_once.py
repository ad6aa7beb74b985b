"""A screen that is left at any moment, also before its panes are there, leaves a working app."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from screens import opened
from small_runs import stored
from small_tensors import small_session
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen

from micrograd_tui.engine.compile.explain.explain import Folding
from micrograd_tui.engine.experiments.quiz import questions
from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.panes.graph.fold import Marks
from micrograd_tui.tui.screens.experiments.checking import CheckScreen
from micrograd_tui.tui.screens.experiments.nudging import NudgeScreen
from micrograd_tui.tui.screens.experiments.switches import SwitchesScreen
from micrograd_tui.tui.screens.folding import FoldingScreen
from micrograd_tui.tui.screens.glossary import GlossaryScreen
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.leaving import LeavingScreen
from micrograd_tui.tui.screens.menu import MenuScreen
from micrograd_tui.tui.screens.opening import OpeningScreen
from micrograd_tui.tui.screens.over import OverScreen
from micrograd_tui.tui.screens.printed import PrintedScreen
from micrograd_tui.tui.screens.quiz import QuizScreen
from micrograd_tui.tui.screens.searching import PatientCommandPalette
from micrograd_tui.tui.screens.stepping import SteppingScreen
from micrograd_tui.tui.screens.tensors import TensorScreen
from micrograd_tui.tui.screens.watching import WatchingScreen
from micrograd_tui.tui.sessions.folding import fold_opened
from micrograd_tui.tui.sessions.menu import MenuSession
from micrograd_tui.tui.sessions.quiz import QuizSession, Score
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.watching import WatchSession

TURNS = range(0, 30, 2)
"""Turns of the loop from a screen's coming to its leaving; all of them are there by the last."""


def folding(below: SteppingScreen) -> Screen[Any]:
    found: Folding = fold_opened(below.session.opened)[0]
    marks = Marks(found, below.outline)
    return FoldingScreen(below.session, below.outline, found, marks, below.action_quit)


def watching(directory: Path) -> Screen[Any]:
    return WatchingScreen(WatchSession(stored(directory, "run")))


KINDS: dict[str, Callable[[SteppingScreen, Path], Screen[Any]]] = {
    "check": lambda below, directory: CheckScreen(below.session),
    "folding": lambda below, directory: folding(below),
    "glossary": lambda below, directory: GlossaryScreen(),
    "help": lambda below, directory: HelpScreen("graph", below.session),
    "leaving": lambda below, directory: LeavingScreen("running"),
    "menu": lambda below, directory: MenuScreen(MenuSession(directory)),
    "nudge": lambda below, directory: NudgeScreen(below.session),
    "opening": lambda below, directory: OpeningScreen("demo"),
    "palette": lambda below, directory: PatientCommandPalette(),
    "over": lambda below, directory: OverScreen(SteppingSession(below.session.opened), below),
    "printed": lambda below, directory: PrintedScreen("hello"),
    "quiz": lambda below, directory: QuizScreen(
        [QuizSession(next(iter(questions(1, 1, 1))), 1, Score(1))]
    ),
    "stepping": lambda below, directory: SteppingScreen(SteppingSession(below.session.opened)),
    "switches": lambda below, directory: SwitchesScreen(below.session.breaking),
    "tensors": lambda below, directory: TensorScreen(small_session()),
    "watching": lambda below, directory: watching(directory),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_screen_left_at_any_moment(kind: str, tmp_path: Path) -> None:
    async with opened() as (pilot, below, _):
        for turns in TURNS:
            screen = KINDS[kind](below, tmp_path / str(turns))
            pilot.app.push_screen(screen)
            for _ in range(turns):
                await asyncio.sleep(0)
            resize(pilot.app, turns)
            pilot.app.pop_screen()
            resize(pilot.app, turns + 1)
            await pilot.pause()
            assert pilot.app.screen is below
            assert screen not in pilot.app._registry
            assert not screen.ALLOW_SELECT
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)


def resize(app: MicrogradApp, turns: int) -> None:
    size = Size(80 + turns % 2, 24)
    assert app._driver
    app._driver._size = size.width, size.height  # of which Textual's app thinks too
    app.post_message(Resize(size, size))


async def test_of_two_sizes_that_wait_the_last_is_laid_out_and_no_other_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened() as (pilot, screen, _):
        await pilot.resize_terminal(100, 30)
        laid_out: list[Size] = []
        lay_out = screen._screen_resized

        def counted(size: Size) -> None:
            laid_out.append(size)
            lay_out(size)

        monkeypatch.setattr(screen, "_screen_resized", counted)
        for size in (Size(80, 24), Size(100, 30)):  # the first was on its way when the second came
            screen.post_message(Resize(size, size))
            screen.call_later(lambda: None)  # of two that follow each other Textual takes the second
        await asyncio.sleep(0.3)  # a pause would wait until nothing is laid out
        assert screen.size == (100, 30)
        assert set(laid_out) == {(100, 30)}
        assert len(laid_out) < 3
