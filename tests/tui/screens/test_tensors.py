"""A PyTorch program opened in the app: stepped, jumped through, its gradient's profile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from screens import pane_lines
from small_tensors import scalar_session, small_session
from textual.pilot import Pilot

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import KEYS
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.tensors import TensorScreen
from micrograd_tui.tui.sessions.target import OpenedTensors, Target

SIZES = [(80, 24), (160, 45), (40, 12)]


@asynccontextmanager
async def on(
    opened: OpenedTensors, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[Any], TensorScreen]]:
    app = MicrogradApp(Target("train.py"), opened)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, TensorScreen)
        yield pilot, app.screen


def shown(screen: TensorScreen) -> str:
    panes = [pane for pane in screen.query(Painted) if pane.display and pane.region]
    return "\n".join(line for pane in panes for line in pane_lines(pane))


@pytest.mark.parametrize("size", SIZES)
async def test_it_is_stepped_and_the_profile_leads_to_the_jump(size: tuple[int, int]) -> None:
    async with on(small_session().opened, size) as (pilot, screen):
        await pilot.press("n", "n", "n")
        assert "AddmmBackward0#4" in shown(screen)
        await pilot.press("N")
        assert "ReluBackward0#5" in shown(screen)
        await pilot.press("g")
        await pilot.pause()
        assert "largest jump: times 8" in screen.session.note
        assert "h[0].act" in shown(screen) or size[1] < 20
        await pilot.press("enter")
        await pilot.pause()
        assert screen.session.taken == 3
        assert "AddmmBackward0#4" in shown(screen)
        await pilot.press("end")
        assert "same bits as PyTorch: 2 of 2" in shown(screen)
        await pilot.press("home")
        assert screen.session.taken == 0


async def test_the_profile_closes_again() -> None:
    async with on(small_session().opened) as (pilot, screen):
        for key in ("g", "escape"):
            await pilot.press("g", key)
            await pilot.pause()
            assert not screen.session.profiling
            assert "modules" in str(screen.query_one("#modules").border_title)
            assert screen.focused is screen.query_one("#modules")


async def test_the_tree_is_folded_opened_and_leads_to_a_step() -> None:
    async with on(small_session().opened, (100, 30)) as (pilot, screen):
        await pilot.press("e", "down", "down", "down", "down", "down", "enter")
        await pilot.pause()
        assert screen.session.taken == 3
        await pilot.press("E")
        assert len(screen.session.tree.rows) == 2
        await pilot.press("down", "right")
        assert len(screen.session.tree.rows) == 5
        await pilot.press("left")
        assert len(screen.session.tree.rows) == 2


async def test_questions_are_asked_and_help_tells_the_keys() -> None:
    async with on(small_session().opened) as (pilot, screen):
        await pilot.press("colon", *"h[0].fc", "enter")
        await pilot.pause()
        assert screen.session.taken == 3
        await pilot.press("slash", *"relu", "enter")
        await pilot.pause()
        assert screen.session.taken == 2
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_no_key_of_the_table_fails_here() -> None:
    leave = ("q", "ctrl+z", "ctrl+p", "ctrl+o", "question_mark", "f1", "colon", "slash", "B", "x", "v")
    keys = [
        name
        for key in KEYS
        if key.context in ("tensors", "tensor rows", "modules", "profile")
        for name in key.keys
        if name not in leave
    ]
    async with on(small_session().opened) as (pilot, screen):
        await pilot.press(*keys, *reversed(keys))
        assert pilot.app.screen is screen


async def test_n_asks_what_a_step_of_one_number_gives_on() -> None:
    async with on(scalar_session().opened) as (pilot, screen):
        await pilot.press("y", "n")
        await pilot.pause()
        assert screen.query_one(Prompt).question.endswith("what does MulBackward0#2 get? ")
        assert screen.session.taken == 0
        await pilot.press("0", "full_stop", "5", "enter")
        await pilot.pause()
        assert screen.session.taken == 1
        assert screen.session.note.startswith("right: ")
        await pilot.press("n", "escape", "y")
        await pilot.pause()
        assert screen.session.note == "no more questions; 1 of 1 right (Tanh 1 of 1)"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> OpenedTensors:
    path: Path = tmp_path_factory.mktemp("pytorch") / "train.py"
    path.write_text(
        "import torch\n"
        "from torch import nn\n"
        "torch.manual_seed(0)\n"
        "model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))\n"
        "loss = (model(torch.randn(5, 3)) ** 2).mean()\n"
        "loss.backward()\n"
    )
    opened = Target(str(path), seconds=120.0).open_any()
    assert isinstance(opened, OpenedTensors)
    return opened


@pytest.mark.requires("torch")
async def test_a_program_of_pytorchs_is_opened_and_stepped(program: OpenedTensors) -> None:
    async with on(program, (160, 45)) as (pilot, screen):
        assert "loss = " in shown(screen)
        await pilot.press("n", "n")
        assert "PowBackward0" in shown(screen)
        line = "train.py:5: loss = (model(torch.randn(5, 3)) ** 2).mean()"
        assert line in " ".join(shown(screen).split())
        await pilot.press("N")
        assert "MeanBackward0" in shown(screen)
        await pilot.press("g")
        await pilot.pause()
        assert "[2]" in shown(screen)
        await pilot.press("g", "end")
        await pilot.pause()
        assert "same bits as PyTorch: 4 of 4 parameters" in shown(screen)


async def test_a_breakpoint_is_set_on_the_row_under_the_cursor_and_shown() -> None:
    async with on(small_session().opened, (100, 30)) as (pilot, screen):
        await pilot.press("e", "down", "down", "down", "down", "b")
        assert screen.session.note == "stops at: module h[0].fc"
        assert any("●" in line and "fc" in line for line in pane_lines(screen.query_one("#modules")))
        await pilot.press("c")
        assert (screen.session.taken, screen.session.note) == (3, "stopped: module h[0].fc")
        await pilot.press("B", *"op = t", "enter")
        await pilot.pause()
        await pilot.press("c")
        assert screen.session.note == "stopped: op = TBackward0"


async def test_it_plays_until_there_is_news() -> None:
    async with on(small_session().opened) as (pilot, screen):
        screen.player.speed = 6
        await pilot.press("space")
        for _ in range(100):
            await pilot.pause(0.05)
            if screen.player.timer is None:
                break
        assert screen.session.taken == 7
        assert screen.session.note.startswith("the end: same bits")


async def test_panes_fill_the_screen_the_source_comes_and_goes_and_modules_fold_to_a_depth() -> None:
    async with on(small_session().opened, (160, 45)) as (pilot, screen):
        assert screen.query_one("#tensor-source").region
        await pilot.press("at")
        await pilot.pause()
        assert not screen.query_one("#tensor-source").region
        await pilot.press("w")
        await pilot.pause()
        assert screen.query_one("#modules").region.width == 160
        assert not screen.query_one("#tensor-step").region
        await pilot.press("w", "1")
        await pilot.pause()
        assert len(screen.session.tree.rows) == 2
        await pilot.press("exclamation_mark")
        assert screen.session.note == "the program printed nothing"


async def test_the_recording_is_exported(tmp_path: Path) -> None:
    async with on(small_session().opened) as (pilot, screen):
        for name, text in (
            ("pass.json", '"kind": "tensor"'),
            ("pass.txt", "backward 3 of 7: AddmmBackward0#4"),
        ):
            path = tmp_path / name
            await pilot.press("x", *str(path), "enter")
            await pilot.pause()
            assert screen.session.note.startswith("wrote ")
            assert text in path.read_text()
        await pilot.press("x", *str(tmp_path / "pass.png"), "enter")
        await pilot.pause()
        assert screen.session.note.startswith("export writes FILE.json or FILE.txt")
