"""In the app: the ledger of nan and inf, from which Enter goes to a step; a pass that an error ended."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from screens import pane_lines
from small_tensors import small_recording

from micrograd_tui.engine.recording.tensor import Failure, NotFinite
from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.screens.tensor_ledger import LedgerScreen
from micrograd_tui.tui.screens.tensors import TensorScreen
from micrograd_tui.tui.sessions.target import BadTarget, OpenedTensors, Target

BAD = OpenedTensors(
    "train.py",
    replace(small_recording(nonfinite=3), not_finite=(NotFinite(3, 0, 2, 0, 12),)),
    "1st backward() call",
    "",
)
FAILED = Failure(
    "RuntimeError: shapes cannot be multiplied", "model.py:7", "x @ w", ("x is 2x3", "w is 2x3")
)


def shown(screen: Any) -> str:
    panes = [pane for pane in screen.query(Painted) if pane.display and pane.region]
    return "\n".join(line for pane in panes for line in pane_lines(pane))


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (40, 12)])
async def test_its_entries_lead_to_their_steps(size: tuple[int, int]) -> None:
    app = MicrogradApp(Target("train.py"), BAD)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.press("L")
        await pilot.pause()
        assert isinstance(app.screen, LedgerScreen)
        assert "forward  MulBac" in shown(app.screen)
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TensorScreen)
        assert app.screen.session.taken == 3
        await pilot.press("L", "escape")
        await pilot.pause()
        assert app.screen.session.taken == 3


async def test_a_clean_pass_has_a_sentence() -> None:
    clean = replace(BAD, recording=replace(small_recording(), not_finite=()))
    app = MicrogradApp(Target("train.py"), clean)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("L")
        assert isinstance(app.screen, TensorScreen)
        assert app.screen.session.note == "nan and inf: clean, forward and backward"


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (40, 12)])
async def test_a_forward_pass_that_failed_is_shown_up_to_there(size: tuple[int, int]) -> None:
    up_to = replace(small_recording(), steps=(), parameters=(), values=(), failed=FAILED)
    app = MicrogradApp(Target("train.py"), OpenedTensors("train.py", up_to, "train.py:7: it failed", ""))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, TensorScreen)
        for words in ("shapes cannot be", "x @ w", "x is 2x3", "w is 2x3")[: 4 if size[1] > 12 else 3]:
            assert words in " ".join(shown(screen).split())
        for key in ("n", "N", "f", "e", "g", "L", "c", "r", "R", "home", "end"):
            await pilot.press(key)
            assert app.screen is screen


@pytest.mark.requires("torch")
def test_an_error_of_shapes_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tmp_path / "train.py"
    path.write_text(
        "import torch\nw = torch.ones(2, 3, requires_grad=True) * 2\nhs = [w, w.T]\n"
        "torch.cat(hs).sum().backward()\n"
    )
    target = Target(str(path), seconds=120.0)
    opened = target.open_up_to_error()

    assert isinstance(opened, OpenedTensors)
    assert opened.recording.failed
    assert opened.recording.failed.source == f"{path}:4"
    assert opened.recording.failed.operands == ("hs[0] is 2x3", "hs[1] is 3x2")
    with pytest.raises(BadTarget, match="hs"):
        target.open_any()
