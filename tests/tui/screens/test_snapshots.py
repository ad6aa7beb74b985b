"""Pictures of each screen at two sizes in two themes: `pytest --snapshot-update` makes them anew."""

from typing import Any

import pytest
from textual.pilot import Pilot

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.screens.opening import OpeningScreen
from micrograd_tui.tui.sessions.target import Target

SIZES = [(80, 24), (120, 40)]
THEMES = ["micrograd-dark", "micrograd-light"]
VIEWS = {"tree": ["n"] * 7, "drawing": ["v", *["n"] * 5], "help": ["question_mark"]}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that moves, and the same signs everywhere."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("MICROGRAD_TUI_GLYPHS", "unicode")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_the_stepping_screen(snap_compare: Any, view: str, size: tuple[int, int], theme: str) -> None:
    app = MicrogradApp(Target("neuron"), Target("neuron").open())

    async def prepare(pilot: Pilot[Any]) -> None:
        app.theme = theme
        await pilot.press(*VIEWS[view])
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
def test_the_opening_screen(snap_compare: Any, size: tuple[int, int], theme: str) -> None:
    app = MicrogradApp(Target("neuron"), Target("neuron").open())

    async def prepare(pilot: Pilot[Any]) -> None:
        app.theme = theme
        screen = OpeningScreen("a large graph")
        await app.push_screen(screen)
        screen.advance(0.4)
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=size, run_before=prepare)
