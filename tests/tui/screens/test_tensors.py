"""A PyTorch program opened in the app: stepped, jumped through, its gradient's profile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from screens import pane_lines
from small_tensors import small_session
from textual.pilot import Pilot

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import KEYS
from micrograd_tui.tui.panes.base import Painted
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
    leave = ("q", "ctrl+z", "ctrl+p", "ctrl+o", "question_mark", "f1", "colon", "slash", "v")
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
