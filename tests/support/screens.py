"""The app under Textual's Pilot, and what its panes show as text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.screens.stepping import SteppingScreen
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target


@asynccontextmanager
async def opened(
    text: str = "neuron", *numbers: str, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[Any], SteppingScreen, SteppingSession]]:
    """Open a target in the app; yield the pilot, the stepping screen and its session."""
    target = Target(text, numbers)
    app = MicrogradApp(target, target.open())
    async with app.run_test(size=size) as pilot:
        app.theme = "micrograd-dark"
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, SteppingScreen)
        yield pilot, screen, screen.session


def pane_lines(pane: Painted) -> list[str]:
    """What stands on each line of a pane."""
    return ["".join(text for text, _ in pane.line(y)).rstrip() for y in range(pane.inner.height)]


def shown(screen: SteppingScreen) -> str:
    """Everything the panes show, but for the note, which is about the last move."""
    panes = [pane for pane in screen.query(Painted) if pane.display and pane.id != "note"]
    return "\n".join(line for pane in panes for line in pane_lines(pane))
