"""The numbers of tensors in the app: opened by v, scrolled, sliced, stepped; the heat map of the step."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from screens import pane_lines
from small_tensors import small_recording
from small_values import SmallValues
from textual.command import CommandPalette
from textual.pilot import Pilot

from micrograd_tui.engine.recording.tensor_values import KEEP
from micrograd_tui.engine.sources.values_over_pipe import ValuesOverPipe
from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.keys import KEYS
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.panes.values import ValuesPane
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.menu import MenuScreen
from micrograd_tui.tui.screens.tensors import TensorScreen
from micrograd_tui.tui.screens.values import ValuesScreen
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
        app.screen.session.open_all()  # what is folded would be one step
        yield pilot, app.screen


def small(values: SmallValues | None) -> OpenedTensors:
    return OpenedTensors("train.py", small_recording(), "1st backward() call", "", values)


def shown(pilot: Pilot[Any]) -> str:
    panes = [pane for pane in pilot.app.screen.query(Painted) if pane.display and pane.region]
    return "\n".join(line for pane in panes for line in pane_lines(pane))


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if is_so():
            return
        await pilot.pause(0.01)
    raise AssertionError(shown(pilot))


@pytest.mark.parametrize("size", SIZES)
async def test_v_shows_the_numbers_in_the_place_of_the_step_and_esc_the_step_again(
    size: tuple[int, int],
) -> None:
    async with on(small(SmallValues()), size) as (pilot, screen):
        await pilot.press("n", "n", "n", "v")
        await until(pilot, lambda: "301" in shown(pilot))
        assert "gradient that arrived  4x2 float32" in shown(pilot)
        assert isinstance(pilot.app.focused, ValuesPane)
        await pilot.press("n")
        await until(
            pilot, lambda: "h.0.fc.bias" in str(pilot.app.screen.query_one("#values").border_title)
        )
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert screen.session.taken == 4
        assert "h.0.fc.bias" in shown(pilot)


async def test_the_heat_map_of_the_step_comes_after_the_key_and_stays() -> None:
    values = SmallValues()
    values.go.clear()
    async with on(small(values), (160, 45)) as (pilot, _):
        await pilot.press("n", "n")
        assert "ReluBackward0" in shown(pilot)
        assert "mean |x|" not in shown(pilot)
        values.go.set()
        await until(pilot, lambda: "mean |x| of blocks of 2x1" in shown(pilot))
        assert "!" in shown(pilot)
        await pilot.press("n", "N")
        assert "mean |x|" in shown(pilot)
        await pilot.press("home")
        assert "kept 2.5 of 10 MB; the rest is computed again when looked at" in " ".join(
            shown(pilot).split()
        )
    assert values.closed


async def test_keys_are_answered_while_numbers_are_computed_and_it_can_be_left() -> None:
    values = SmallValues()
    values.go.clear()
    async with on(small(values)) as (pilot, _):
        await pilot.press("n", "n", "n", "v")
        await pilot.pause()
        assert "computing ..." in shown(pilot)
        await pilot.press("n", "N", "down", "v")
        assert "given to h.0.fc.bias" in shown(pilot)
        await pilot.press("q")
    assert values.closed


@pytest.mark.parametrize(
    ("values", "wanted"),
    [(None, "only summaries are left"), (SmallValues("a live run is no more"), "a live run is no more")],
)
async def test_where_only_summaries_are_left_that_is_said(
    values: SmallValues | None, wanted: str
) -> None:
    async with on(small(values)) as (pilot, _):
        await pilot.press("n", "v")
        await until(pilot, lambda: wanted in " ".join(shown(pilot).split()))


async def test_the_mouse_points_at_a_number_and_the_wheel_scrolls() -> None:
    async with on(small(SmallValues()), (160, 45)) as (pilot, _):
        await pilot.press("n", "n", "n", "v")
        await until(pilot, lambda: "301" in shown(pilot))
        assert isinstance(pilot.app.screen, ValuesScreen)
        session = pilot.app.screen.session
        lay = session.layout
        pane = pilot.app.screen.query_one(ValuesPane)
        await pilot.click(pane, offset=(lay.label + lay.cell + 3, 3 + 2 + 1))
        assert session.place == (2, 1)
        pane.post_message(ValuesPane.Turned(-3))
        await until(pilot, lambda: session.place == (0, 1))


# Every key


@dataclass(frozen=True)
class Case:
    """What is true after the key and was not before, and how to get there."""

    then: Callable[[ValuesScreen], bool]
    before: str = ""


def place(*wanted: int) -> Callable[[ValuesScreen], bool]:
    return lambda screen: screen.session.place == wanted


def titled(title: str) -> Callable[[ValuesScreen], bool]:
    return lambda screen: screen.session.choice is not None and screen.session.choice.title == title


def taken(steps: int) -> Callable[[ValuesScreen], bool]:
    return lambda screen: screen.session.tensors.taken == steps


def asks(question: str) -> Callable[[ValuesScreen], bool]:
    return lambda screen: (
        screen.query_one(Prompt).display and question in screen.query_one(Prompt).question
    )


def above(kind: type) -> Callable[[ValuesScreen], bool]:
    return lambda screen: isinstance(screen.app.screen, kind)


def focus(name: str) -> Callable[[ValuesScreen], bool]:
    return lambda screen: screen.focused is not None and screen.focused.id == name


CASES = {
    "v": Case(titled("given to h.0.fc.bias")),
    "V": Case(titled("saved mat1")),
    "left_square_bracket": Case(asks("slice")),
    "colon": Case(asks("go to row")),
    "n": Case(taken(4)),
    "N": Case(taken(2)),
    "r": Case(taken(6)),
    "R": Case(taken(2)),
    "f": Case(taken(7)),
    "F": Case(taken(0)),
    "a": Case(lambda screen: screen.session.all_digits),
    "up": Case(place(0, 0), "down"),
    "k": Case(place(0, 0), "down"),
    "down": Case(place(1, 0)),
    "j": Case(place(1, 0)),
    "left": Case(place(0, 0), "right"),
    "h": Case(place(0, 0), "right"),
    "right": Case(place(0, 1)),
    "l": Case(place(0, 1)),
    "pageup": Case(place(0, 0), "down down down"),
    "pagedown": Case(place(3, 0)),
    "shift+left": Case(place(0, 0), "right"),
    "H": Case(place(0, 0), "right"),
    "shift+right": Case(place(0, 1)),
    "L": Case(place(0, 1)),
    "home": Case(place(0, 0), "right"),
    "end": Case(place(0, 1)),
    "escape": Case(above(TensorScreen)),
    "tab": Case(focus("modules")),
    "shift+tab": Case(focus("modules")),
    "ctrl+o": Case(above(MenuScreen)),
    "ctrl+p": Case(above(CommandPalette)),
    "ctrl+z": Case(lambda screen: hasattr(screen.app, "asked_to_suspend")),
    "question_mark": Case(above(HelpScreen)),
    "f1": Case(above(HelpScreen)),
    "q": Case(lambda screen: screen.app._exit),
}


def test_every_key_of_the_context_is_pressed_here() -> None:
    assert set(CASES) == {name for key in KEYS if key.context == "values" for name in key.keys}


@pytest.mark.parametrize("key", CASES)
async def test_a_key_makes_true_what_was_not(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Textual suspends real terminals only.
    monkeypatch.setattr(
        MicrogradApp, "action_suspend_process", lambda app: setattr(app, "asked_to_suspend", True)
    )
    case = CASES[key]
    async with on(small(SmallValues()), (120, 30)) as (pilot, _):
        await pilot.press("n", "n", "n", "v")
        await until(pilot, lambda: isinstance(pilot.app.screen, ValuesScreen))
        screen = pilot.app.screen
        assert isinstance(screen, ValuesScreen)
        await until(pilot, lambda: "301" in shown(pilot))
        await pilot.press(*case.before.split())
        assert not case.then(screen)
        await pilot.press(key)
        await pilot.pause()

        assert case.then(screen)


async def test_a_slice_is_asked_for_shown_and_taken_back() -> None:
    async with on(small(SmallValues()), (100, 30)) as (pilot, _):
        await pilot.press("n", "n", "n", "v", "left_square_bracket", *"[-1, :]", "enter")
        await until(pilot, lambda: "slice [3, :]: 2" in shown(pilot))
        await until(pilot, lambda: "301" in shown(pilot))
        await pilot.press("left_square_bracket", *"[9]", "enter")
        await until(pilot, lambda: "index 9 is out of range" in shown(pilot))
        await pilot.press("colon", "1", "enter")
        await until(pilot, lambda: "[3, 1] = 301" in shown(pilot))
        await pilot.press("left_square_bracket", "backspace", "enter")
        await until(
            pilot, lambda: "slice" not in shown(pilot).partition("\n v ")[0].replace("[ slice", "")
        )


# A program


@pytest.fixture
def program(tmp_path: Path) -> OpenedTensors:
    path = tmp_path / "train.py"
    path.write_text(
        "import torch\n"
        "from torch import nn\n"
        "torch.manual_seed(0)\n"
        "model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))\n"
        "loss = (model(torch.ones(5, 3)) ** 2).mean()\n"
        "loss.backward()\n"
    )
    opened = Target(str(path), seconds=120.0, keep=KEEP).open_any()
    assert isinstance(opened, OpenedTensors)
    return opened


@pytest.mark.requires("torch")
async def test_a_programs_tensors_are_looked_at_and_its_process_may_die(program: OpenedTensors) -> None:
    assert isinstance(program.values, ValuesOverPipe)
    pid = program.values._child._process.pid
    async with on(program, (120, 30)) as (pilot, _):
        assert "kept all" in shown(pilot)
        await pilot.press("n", "v")
        await until(pilot, lambda: "[] = 1 " in shown(pilot))
        await pilot.press("n", "v")
        await until(pilot, lambda: "kept" in shown(pilot))
        os.kill(pid, signal.SIGKILL)
        await pilot.press("n", "n")
        await until(pilot, lambda: "the program's process is gone (it crashed: SIGKILL)" in shown(pilot))
        await pilot.press("escape", "n")
        await until(
            pilot, lambda: "no heat map: the program's process is" in " ".join(shown(pilot).split())
        )


@pytest.mark.requires("torch")
async def test_leaving_ends_the_programs_process(program: OpenedTensors) -> None:
    assert isinstance(program.values, ValuesOverPipe)
    process = program.values._child._process
    async with on(program) as (pilot, _):
        assert process.poll() is None
        await pilot.press("q")
    assert process.poll() is not None
