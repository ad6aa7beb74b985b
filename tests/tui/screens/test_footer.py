"""The footer: keys that do something now, and a click on one presses it."""

from pathlib import Path
from typing import Any

from frozen_runs import frozen, train_on, watched
from screens import opened, pane_lines
from small_runs import stored
from textual.screen import Screen

from micrograd_tui.tui.panes.bars import KeyBar
from micrograd_tui.tui.screens.help import HelpScreen


def footer(screen: Screen[Any]) -> str:
    """What stands there, a blank around each word."""
    (line,) = pane_lines(screen.query_one(KeyBar))
    return f"{line} "


async def test_there_is_no_next_at_the_end_and_no_back_at_the_start() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        assert " n next  N back  s into  f finish " in footer(screen)

        await pilot.press("end")
        assert " n next " not in footer(screen)
        assert " f finish " not in footer(screen)
        assert " Space play " not in footer(screen)
        assert " N back " in footer(screen)

        await pilot.press("home")
        assert " n next " in footer(screen)
        assert " N back " not in footer(screen)


async def test_a_graph_without_parameters_takes_no_update() -> None:
    async with opened("tanh(0.5)*2", size=(160, 45)) as (_, screen, __):
        assert " u update " not in footer(screen)
    async with opened(size=(160, 45)) as (_, screen, __):
        assert " u update " in footer(screen)


async def test_run_to_is_there_where_there_is_somewhere_to_run_to() -> None:
    async with opened(size=(160, 45)) as (pilot, screen, _):
        await pilot.press("n", "n")
        assert " t run to " not in footer(screen)

        await pilot.press("j")
        assert " t run to " in footer(screen)


async def test_a_finished_run_takes_no_orders(tmp_path: Path) -> None:
    train_on(store := stored(tmp_path), 20, "finished")
    async with watched(store, size=(160, 45)) as (pilot, screen, _):
        await pilot.pause()
        shown = footer(screen)

        assert not any(
            order in shown for order in (" Space pause ", " s step ", " f freeze ", " L learning")
        )
        assert " Enter open " in shown
        assert " c compare " in shown
        assert " End follow " not in shown

        await pilot.press("[")
        assert " End follow " in footer(screen)


async def test_a_live_run_takes_orders(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store, size=(160, 45)) as (_, screen, __):
            assert " Space pause  s step  Enter open " in footer(screen)


async def test_a_click_on_a_key_presses_it() -> None:
    async with opened(size=(80, 24)) as (pilot, screen, session):
        before = session.playback.position

        await pilot.click("#keys", offset=(2, 0))
        await pilot.pause()
        assert session.playback.position == before + 1

        await pilot.click("#keys", offset=(footer(screen).index("help"), 0))
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_a_click_beside_the_keys_does_nothing() -> None:
    async with opened(size=(160, 24)) as (pilot, _, session):
        before = session.playback.position

        await pilot.click("#keys", offset=(158, 0))
        await pilot.pause()

        assert session.playback.position == before
