"""Keys that come in one packet, as from a slow link: each goes to who has the focus by then."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from frozen_runs import frozen, watched
from pty_app import PtyApp
from screens import opened
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot

from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.tui.live.type_ahead import TypeAhead
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.sessions.moment import MomentSession
from micrograd_tui.tui.sessions.replay import Moments

NAMES = {":": "colon", "\r": "enter", "?": "question_mark", "\x1b": "escape", "/": "slash",
         "\x10": "ctrl+p"}  # fmt: skip


async def send(pilot: Pilot[Any], keys: str, holds: Callable[[], object]) -> None:
    """Send all keys before the first is handled, and wait until what they are to bring about is true."""
    for key in keys:
        pilot.app.post_message(Key(NAMES.get(key, key), key))
    for _ in range(100):
        await pilot.pause(0.02)
        if holds():
            break


@pytest.mark.parametrize(
    ("keys", "position"),
    [(":7\r", 7), (":7\rn", 8), ("nn:5\rNN", 3), (":7\r:3\rn", 4), ("?\x1bn", 1), ("/tanh\rnn", 2)],
)
async def test_a_question_its_answer_and_what_follows_may_come_at_once(keys: str, position: int) -> None:
    async with opened() as (pilot, _, session):
        await send(pilot, keys, lambda: session.playback.status == f"backward {position} of 13")

        assert session.playback.status == f"backward {position} of 13"


async def test_the_same_while_a_run_is_watched(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, _, session):
            await send(pilot, ":30\rL0.25\rv", lambda: session.display.view_name == "confusion")

            assert session.cursor == 30
            assert [(order.kind, order.value) for order in store.orders()] == [("lr", 0.25)]
            assert session.display.view_name == "confusion"


async def test_the_answer_to_q_may_come_at_once(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, _, _session):
            await send(pilot, "qs", store.orders)

            assert [order.kind for order in store.orders()] == ["stop"]
            assert pilot.app.return_code == 0


async def test_keys_typed_while_a_moment_opens_are_its_own(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, screen, session):
            plotted = session.display.plotted_name
            await send(pilot, "\rnnn", lambda: stepped(pilot) == 6)

            assert pilot.app.screen is not screen
            assert stepped(pilot) == 6  # the seed, the loss, and its sum, which is folded
            assert session.display.plotted_name == plotted

            await send(pilot, "\x1bn", lambda: session.display.plotted_name != plotted)
            assert session.display.plotted_name != plotted


def stepped(pilot: Pilot[Any]) -> int:
    """How many steps of the backward pass are done in the moment that is open; -1 while none is."""
    moment = getattr(pilot.app.screen, "session", None)
    if not isinstance(moment, MomentSession):
        return -1
    playback = moment.playback
    return playback.position - max(mark for mark in playback.marks if mark <= playback.position)


async def test_keys_typed_while_a_graph_is_folded_go_to_its_lines() -> None:
    async with opened() as (pilot, stepping, session):
        before = session.playback.status
        await send(pilot, "mjjm", lambda: pilot.app.screen is stepping and session.note == "")
        await send(pilot, "n", lambda: session.playback.status != before)

        assert pilot.app.screen is stepping
        assert session.playback.status != before


async def test_a_moment_that_cannot_be_opened_keeps_no_key_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Moments, "open", lambda moments, step, place: "there is nothing to open")
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, screen, session):
            plotted = session.display.plotted_name
            await send(pilot, "\rn", lambda: session.display.plotted_name != plotted)

            assert pilot.app.screen is screen
            assert session.display.plotted_name != plotted


@pytest.mark.requires("pyte", "termios")
def test_one_packet_in_a_real_terminal_steps_to_where_it_says() -> None:
    with PtyApp() as app:
        app.wait_for("backward 0 of 13")
        app.write(b":7\r")

        app.wait_for("backward 7 of 13")


@pytest.mark.requires("pyte", "termios")
def test_one_packet_in_a_real_terminal_moves_the_cursor_of_a_run(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(50):
            run.log(step=i, loss=1 / (i + 1))
    with PtyApp("watch", "mine", "--runs-dir", str(tmp_path)) as app:
        app.wait_for("finished at step 49")
        app.write(b":7\r")

        app.wait_for("finished at step 7 ")


async def test_keys_typed_while_a_graph_opens_over_another_are_its_own() -> None:
    async with opened() as (pilot, stepping, session):
        await send(pilot, ":a*b+a\r:tanh(x)\rn", lambda: status(pilot) == "backward 1 of 3")

        assert status(pilot) == "backward 1 of 3"
        assert len(pilot.app.screen_stack) == 3
        assert not stepping.query_one(Prompt).display
        assert session.playback.status == "backward 0 of 13"


async def test_the_palette_called_while_a_graph_opens_is_above_it() -> None:
    async with opened() as (pilot, _stepping, _):
        await send(pilot, ":a*b+a\r\x10\x1b?", lambda: isinstance(pilot.app.screen, HelpScreen))

        assert isinstance(pilot.app.screen, HelpScreen)
        assert [type(screen).__name__ for screen in pilot.app.screen_stack[1:-1]] == ["OverScreen"]


async def test_a_graph_that_cannot_be_opened_keeps_no_key_back() -> None:
    async with opened() as (pilot, stepping, session):
        await send(pilot, ":gone.json\rn", lambda: session.playback.status == "backward 1 of 13")

        assert pilot.app.screen is stepping
        assert session.playback.status == "backward 1 of 13"


@pytest.mark.parametrize("target", ["neuron", "demo"])
async def test_keys_typed_while_a_broken_pass_is_run_are_its_own(target: str) -> None:
    async with opened(target) as (pilot, stepping, session):
        before = session.playback.status
        await send(pilot, ":break overwrite\rn", lambda: status(pilot).startswith("backward 1 "))

        assert pilot.app.screen is not stepping
        assert status(pilot).startswith("backward 1 ")
        assert session.playback.status == before


async def test_a_key_that_is_released_before_it_is_done_lets_one_key_come_not_two() -> None:
    app, happened = App[None](), list[str]()

    async def work(key: str, messages: int) -> None:
        await asyncio.sleep(0.02)
        if messages:
            app.screen.call_later(work, key, messages - 1)
        else:
            happened.append(f"{key} done")

    async def handle(key: Key) -> None:
        happened.append(key.key)
        if key.key == "a":
            keys.hold()
            keys.release()
        else:
            app.screen.call_later(work, key.key, 2)

    async with app.run_test() as pilot:
        keys = TypeAhead(app, handle)
        for key in "abcd":
            await keys.take(Key(key, key))
        while "d done" not in happened:
            await pilot.pause(0.01)

    assert happened == ["a", "b", "b done", "c", "c done", "d", "d done"]


def status(pilot: Pilot[Any]) -> str:
    """What the stepping screen in sight says of its pass."""
    session = getattr(pilot.app.screen, "session", None)
    return session.playback.status if session else ""
