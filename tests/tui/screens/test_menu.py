"""The start screen lists examples, runs, data sets and recent files, and opens them in its place."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from frozen_runs import train_on
from screens import opened, pane_lines
from small_runs import stored, trained, wait_for
from textual.pilot import Pilot

from micrograd_tui.datasets import DATASETS, TEXTS
from micrograd_tui.engine.recording.json_file import save
from micrograd_tui.engine.runs.store.directory import find_run
from micrograd_tui.engine.runs.trainer.launch import launch
from micrograd_tui.engine.sources.examples import EXAMPLES
from micrograd_tui.tui.app import MenuApp, MicrogradApp, say_what_goes_on
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.menu import MenuPane
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.screens.menu import MenuScreen
from micrograd_tui.tui.screens.stepping import SteppingScreen
from micrograd_tui.tui.screens.watching import WatchingScreen
from micrograd_tui.tui.sessions.menu import Entry
from micrograd_tui.tui.sessions.target import Target

linux = pytest.mark.skipif(sys.platform != "linux", reason="where the state is kept is told by XDG")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("MICROGRAD_TUI_RUNS", str(tmp_path / "runs"))
    (tmp_path / "runs").mkdir()


@asynccontextmanager
async def menu(size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Pilot[Any], MenuScreen]]:
    app = MenuApp(Target("menu"))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, MenuScreen)
        yield pilot, app.screen


async def until(pilot: Pilot[Any], kind: type) -> Any:
    for _ in range(600):
        if isinstance(pilot.app.screen, kind):
            await pilot.pause()
            break
        await pilot.pause(0.05)
    assert isinstance(pilot.app.screen, kind)
    return pilot.app.screen


def go_to(screen: MenuScreen, kind: str, name: str) -> None:
    at = next(i for i, e in enumerate(screen.session.entries) if (e.kind, e.name) == (kind, name))
    screen.query_one(MenuPane).move(at)


def named(screen: MenuScreen, kind: str) -> list[str]:
    return [e.name for e in screen.session.entries if e.kind == kind and e.role == "entry"]


def notes(screen: MenuScreen) -> str:
    return pane_lines(screen.query_one("#note", Painted))[0]


async def test_it_lists_every_example_and_data_set_and_says_where_there_is_nothing() -> None:
    async with menu((100, 40)) as (_, screen):
        text = "\n".join(pane_lines(screen.query_one(MenuPane)))

        assert named(screen, "example") == list(EXAMPLES)
        assert named(screen, "data set") == [*DATASETS, *TEXTS]
        assert all(example.summary in text for example in EXAMPLES.values())
        assert "none yet; a data set below starts one" in text
        assert "none yet; x on a graph writes one" in text


@pytest.mark.parametrize("name", [name for name, example in EXAMPLES.items() if not example.slow])
async def test_an_example_opens_on_the_stepping_screen_and_says_what_to_look_at(name: str) -> None:
    async with menu() as (pilot, screen):
        go_to(screen, "example", name)
        await pilot.press("enter")
        stepping = await until(pilot, SteppingScreen)

        assert stepping.session.opened.title == name
        assert EXAMPLES[name].summary in stepping.session.note
        await pilot.press("n")
        assert stepping.session.playback.position > 0


async def test_a_stepping_screen_opens_it_and_is_come_back_to() -> None:
    async with opened() as (pilot, stepping, session):
        await pilot.press("n", "n", "ctrl+o")
        await until(pilot, MenuScreen)
        await pilot.press("escape")

        assert await until(pilot, SteppingScreen) is stepping
        assert session.playback.status == "backward 2 of 13"


async def test_what_is_chosen_takes_the_place_of_what_was_open() -> None:
    async with opened() as (pilot, _, _session):
        for name in ("diamond", "branch", "dead"):
            await pilot.press("ctrl+o")
            screen = await until(pilot, MenuScreen)
            assert isinstance(screen, MenuScreen)
            go_to(screen, "example", name)
            await pilot.press("enter")
            assert (await until(pilot, SteppingScreen)).session.opened.title == name

        assert len(pilot.app.screen_stack) == 2


async def test_a_run_opens_the_watching_screen(tmp_path: Path) -> None:
    trained(tmp_path / "runs", "mine", steps=20)
    async with menu() as (pilot, screen):
        assert named(screen, "run") == ["mine"]
        go_to(screen, "run", "mine")
        await pilot.press("enter")
        watching = await until(pilot, WatchingScreen)

        assert watching.session.store.name == "mine"
        assert watching.session.status.state == "finished"


async def test_a_finished_run_goes_on_to_as_many_steps_as_are_wanted(tmp_path: Path) -> None:
    store = trained(tmp_path / "runs", "mine", steps=20)
    async with menu() as (pilot, screen):
        go_to(screen, "run", "mine")
        await pilot.press("r")
        await pilot.pause()
        assert screen.query_one(Prompt).question.startswith("mine has done its 20 steps")
        await pilot.press("7", "enter")
        for _ in range(400):
            if "--steps says" in notes(screen):
                break
            await pilot.pause(0.05)
        assert "mine has done 20 steps" in notes(screen)
        await pilot.press("r", *"30", "enter")
        await until(pilot, WatchingScreen)
        wait_for(lambda: store.status().state == "finished" and store.status().step == 30)


async def test_a_stopped_run_is_resumed_in_place(tmp_path: Path) -> None:
    store = stored(tmp_path / "runs", "mine", steps=200)
    train_on(store, 40, "stopped")
    async with menu() as (pilot, screen):
        go_to(screen, "run", "mine")
        await pilot.press("r")
        watching = await until(pilot, WatchingScreen)

        assert watching.session.store.name == "mine"
        wait_for(lambda: store.status().state == "finished")
        assert store.status().step == 200


async def test_a_run_that_is_training_is_not_resumed(tmp_path: Path) -> None:
    store = stored(tmp_path / "runs", "mine", steps=1_000_000)
    launch(store)
    async with menu() as (pilot, screen):
        go_to(screen, "run", "mine")
        await pilot.press("r")
        await pilot.pause()
        refused = notes(screen)
    store.order("stop")
    wait_for(lambda: not store.status().live)

    assert "mine is training; Enter watches it" in refused


async def test_a_data_set_starts_a_run_with_its_defaults_after_a_question(tmp_path: Path) -> None:
    async with menu() as (pilot, screen):
        go_to(screen, "data set", "linear")
        await pilot.press("enter")
        await pilot.pause()
        assert screen.query_one(Prompt).question.startswith("train on linear with its defaults?")
        await pilot.press("escape")
        assert list((tmp_path / "runs").glob("*.sqlite")) == []
        await pilot.press("enter", "n", "enter")
        await pilot.pause()
        assert "nothing was started" in notes(screen)
        await pilot.press("enter", "enter")
        watching = await until(pilot, WatchingScreen)
        store = find_run(tmp_path / "runs", "linear-1")

        assert watching.session.store.path == store.path
        assert store.training_config.dataset == "linear"
    if store.status().live:
        store.order("stop")
    wait_for(lambda: not store.status().live)


async def test_a_run_that_is_started_while_the_list_is_left_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened() as (pilot, below, session):
        await pilot.press("ctrl+o")
        screen = await until(pilot, MenuScreen)
        assert isinstance(screen, MenuScreen)
        go_to(screen, "data set", "linear")
        await pilot.press("enter", "enter", "escape")
        while "linear" not in session.note:
            await pilot.pause(0.05)
        assert pilot.app.screen is below
        assert session.note == "linear-1 was started, and goes on; Ctrl+O lists it"
    assert isinstance(pilot.app, MicrogradApp)
    store = find_run(tmp_path / "runs", "linear-1")
    if store.status().live:
        say_what_goes_on(pilot.app, None)
        assert (
            "linear-1 goes on; `micrograd-tui watch linear-1` comes back to it" in capsys.readouterr().err
        )
        store.order("stop")
    wait_for(lambda: not store.status().live)


@linux
async def test_a_file_that_was_opened_is_listed_and_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    save(Target("diamond").open().recording, path)
    async with opened(str(path)) as (pilot, _, _session):
        await pilot.press("ctrl+o")
        screen = await until(pilot, MenuScreen)
        assert isinstance(screen, MenuScreen)
        go_to(screen, "file", "mine.json")
        await pilot.press("enter")
        stepping = await until(pilot, SteppingScreen)

        assert stepping.session.opened.title == "mine.json"


@linux
async def test_an_exported_recording_is_among_the_recent_files(tmp_path: Path) -> None:
    async with opened("diamond") as (pilot, _, session):
        session.export(str(tmp_path / "out.json"))
        await pilot.press("ctrl+o")
        screen = await until(pilot, MenuScreen)

        assert named(screen, "file") == ["out.json"]


@linux
async def test_a_file_that_is_no_recording_is_refused_in_the_note(tmp_path: Path) -> None:
    path = tmp_path / ("a folder with a long name " * 4) / "mine.json"
    path.parent.mkdir()
    save(Target("diamond").open().recording, path)
    async with opened(str(path)) as (pilot, _, _session):
        path.write_text("{}")
        await pilot.press("ctrl+o")
        screen = await until(pilot, MenuScreen)
        assert isinstance(screen, MenuScreen)
        go_to(screen, "file", "mine.json")
        await pilot.press("enter")
        for _ in range(100):
            if "mine.json:" in notes(screen):
                break
            await pilot.pause(0.05)

        assert "mine.json: version: missing" in notes(screen)
        assert pilot.app.screen is screen


async def test_the_keys_move_over_titles_and_from_section_to_section() -> None:
    async with menu() as (pilot, screen):
        session = screen.session

        def here() -> tuple[str, str]:
            return session.selected.kind, session.selected.name

        assert here() == ("example", "neuron")
        await pilot.press("k")
        assert here() == ("example", "neuron")
        await pilot.press("tab")
        assert here() == ("data set", "moons")
        await pilot.press("k")
        assert here() == ("example", "demo")
        await pilot.press("G", "shift+tab", "shift+tab")
        assert here() == ("data set", "moons")
        await pilot.press("escape")
        assert "nothing is open yet" in notes(screen)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (160, 45), (200, 60)])
async def test_the_list_fits_and_the_selected_row_is_in_sight(size: tuple[int, int]) -> None:
    async with menu(size) as (pilot, screen):
        pane = screen.query_one(MenuPane)
        for key in ("g", "G", "tab"):
            await pilot.press(key)
            await pilot.pause()
            lines = pane_lines(pane)

            assert any(screen.session.selected.name in line for line in lines)
            assert all(len(line) <= size[0] for line in lines)


async def test_a_name_from_outside_is_shown_plainly() -> None:
    async with menu() as (_, screen):
        screen.session.entries[1] = Entry("file", "a\x1b[31m.json", "1 KB", "/tmp/\x07")
        (line,) = [line for line in pane_lines(screen.query_one(MenuPane)) if ".json" in line]

        assert line.isprintable()


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_with_no_arguments_one_line_names_help_and_the_way_to_more(size: tuple[int, int]) -> None:
    async with opened(size=size) as (_, screen, _session):
        (note,) = pane_lines(screen.query_one("#note", Painted))

        assert "? keys; Ctrl+O more" in note


async def test_the_footer_offers_to_resume_on_a_run_only(tmp_path: Path) -> None:
    train_on(stored(tmp_path / "runs", "mine"), 20, "stopped")
    async with menu() as (pilot, screen):
        (keys,) = pane_lines(screen.query_one("#keys", Painted))
        assert " r resume " not in keys

        await pilot.press("tab")
        (keys,) = pane_lines(screen.query_one("#keys", Painted))
        assert " r resume " in keys

        await pilot.press("k")
        await pilot.pause()
        (drawn,) = screen.query_one("#keys", Painted)._drawn.values()
        assert "resume" not in "".join(text for text, _ in drawn)
