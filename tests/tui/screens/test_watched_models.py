"""A script's watched models and what it has kept, on the watching screen."""

import json
from pathlib import Path
from typing import Any

import pytest
from frozen_runs import watched
from screens import pane_lines
from small_tensors import small_recording

from micrograd_tui.engine import Value, record, save
from micrograd_tui.engine.learning.module_look import Look, ModuleLook, Spread
from micrograd_tui.engine.recording.tensor_json import to_plain
from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.looks import kept_folder
from micrograd_tui.engine.runs.store.store import KEEP, Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.run.modules import ModulesOfRunPane
from micrograd_tui.tui.screens.kept import KeptGraphScreen, KeptTensorScreen

BARS = bytes(range(48))


def look(step: int) -> Look:
    spread = Spread(10, 1.0 + step, 0.5, 2.0, 0, BARS)
    names = ("fc1", "fc2", "head")
    return Look("net", tuple(ModuleLook(name, "Linear", spread, spread, 1e-3, 8, 2) for name in names))


def written(directory: Path) -> Store:
    """A run of 30 steps, looked at every 10, of which two were kept, and one more is gone."""
    with Run("mine", runs_dir=directory) as run:
        for step in range(30):
            run.log(step=step, loss=1.0 / (step + 1))
    folder = kept_folder(run.store.path)
    folder.mkdir()
    save(record(Value(2.0, label="a") * 3), folder / "000001.json")
    (folder / "000002.json").write_text(json.dumps(to_plain(small_recording(), beyond=True)))
    writer = Writer(run.store.path, KEEP, journal="delete")
    writer.pending.looks += [(step, look(step)) for step in (0, 10, 20)]
    writer.pending.kept += [
        (5, "000001.json", "loss", 9),
        (15, "000002.json", "loss", 9),
        (25, "000003.json", "loss", 9),
    ]
    writer.pending.removed.append(("000003.json", "made room"))
    writer.event(10, "health", "8 of 8 units of fc2 are dead", "fc2")
    writer.event(15, "kept", "kept loss: Enter opens it")
    writer.commit("finished", 30, None, 0.1)
    writer.close()
    return run.store


def shown(screen: Any, pane: str) -> str:
    return "\n".join(pane_lines(screen.query_one(pane, Painted)))


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_modules_are_shown_of_the_last_look_before_the_cursor(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with watched(written(tmp_path), size=size) as (pilot, screen, session):
        assert "fc1" in shown(screen, "#parameters")
        assert " 21 " in f"{shown(screen, '#parameters')} ".replace("\n", " ")
        await pilot.press("colon", *"12", "enter")
        await pilot.pause()

        assert session.cursor == 12
        assert " 11 " in f"{shown(screen, '#parameters')} ".replace("\n", " ")
        assert "as of step 10" in str(screen.query_one("#parameters").border_title)


async def test_v_goes_through_modules_histograms_and_other_numbers(tmp_path: Path) -> None:
    async with watched(written(tmp_path), size=(100, 30)) as (pilot, screen, session):
        for name in ("histogram", "multiples", "parameters"):
            await pilot.press("v")
            await pilot.pause()
            assert [
                view for view in session.display.views if screen.query_one(f"#{view}").region.area
            ] == [name]
        await pilot.press("v")
        await pilot.pause()
        assert "by module" in str(screen.query_one("#histogram").border_title)
        assert "spread" in shown(screen, "#histogram")


async def test_a_script_that_begins_to_watch_gets_its_panes_while_it_is_watched(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=0, loss=1.0)
        async with watched(run.store, size=(100, 30)) as (pilot, screen, session):
            assert not screen.query_one("#parameters").display
            run._put_extra(0, "look", look(0).plain())
            run.log(step=1, loss=1.0)
            for _ in range(200):
                await pilot.pause(0.05)
                if session.watched and "fc1" in shown(screen, "#parameters"):
                    break

            assert screen.query_one("#parameters").display
            assert "fc1" in shown(screen, "#parameters")


async def test_an_event_lights_and_shows_its_module(tmp_path: Path) -> None:
    async with watched(written(tmp_path), size=(160, 45)) as (pilot, screen, _):
        await pilot.press("up", "up")
        await pilot.pause()

        assert "◆ fc2" in shown(screen, "#parameters")
        assert screen.query_one(ModulesOfRunPane).cursor == 1


@pytest.mark.parametrize(
    ("step", "kind", "said"),
    [
        ("5", KeptGraphScreen, "training step 5"),
        ("15", KeptTensorScreen, "training step 15"),
        ("17", KeptTensorScreen, "training step 15, the last kept before 17"),
    ],
)
async def test_enter_opens_what_was_kept_and_escape_comes_back(
    tmp_path: Path, step: str, kind: Any, said: str
) -> None:
    async with watched(written(tmp_path), size=(100, 30)) as (pilot, screen, session):
        await pilot.press("colon", *step, "enter")
        await pilot.press("enter")
        for _ in range(100):
            await pilot.pause(0.05)
            if pilot.app.screen is not screen:
                break

        top: Any = pilot.app.screen
        assert isinstance(top, kind)
        assert said in "\n".join(pane_lines(top.query_one("#note", Painted)))
        await pilot.press("n", "escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert session.cursor == int(step)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("3", "nothing was kept up to training step 3; the first that was kept is step 5"),
        ("25", "made room"),
    ],
)
async def test_where_nothing_is_to_be_opened_that_is_said(tmp_path: Path, step: str, said: str) -> None:
    async with watched(written(tmp_path), size=(100, 30)) as (pilot, screen, session):
        await pilot.press("colon", *step, "enter")
        await pilot.press("enter")
        await pilot.pause()

        assert pilot.app.screen is screen
        assert said in session.note


async def test_marks_show_which_steps_were_kept(tmp_path: Path) -> None:
    async with watched(written(tmp_path), size=(100, 30)) as (_, screen, session):
        assert [mark.step for mark in session.display._marks() if mark.kept] == [5, 15]
        assert "◈ kept" in shown(screen, "#plot")


async def test_the_file_of_a_recording_is_nowhere_but_in_the_runs_folder(tmp_path: Path) -> None:
    store = written(tmp_path)
    writer = Writer(store.path, KEEP, journal="delete")
    writer.pending.kept.append((28, "../mine.sqlite", "loss", 9))
    writer.commit("finished", 30, None, 0.1)
    writer.close()
    async with watched(store, size=(100, 30)) as (pilot, screen, session):
        await pilot.press("colon", *"28", "enter", "enter")
        for _ in range(100):
            await pilot.pause(0.02)
            if "no file" in session.note:
                break

        assert "is no file of this run's" in session.note
        assert pilot.app.screen is screen
