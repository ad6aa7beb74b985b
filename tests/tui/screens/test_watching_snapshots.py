"""Pictures of the watching screen at two sizes in two themes: `pytest --snapshot-update` makes them anew."""

from pathlib import Path
from typing import Any

import pytest
from frozen_runs import frozen
from textual.pilot import Pilot

from micrograd_tui.engine.learning import predict_batch as evaluate
from micrograd_tui.tui.app import RunApp
from micrograd_tui.tui.sessions.replay import Moments
from micrograd_tui.tui.sessions.watching import WatchSession

pytestmark = pytest.mark.requires("numpy")
SIZES = [(80, 24), (160, 45)]
THEMES = ["micrograd-dark", "micrograd-light"]
VIEWS = {"following": [], "scrubbed": ["y", "left", "left", "left"]}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that moves or takes its time, and the same signs everywhere."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("MICROGRAD_TUI_GLYPHS", "unicode")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(Moments, "details", lambda moments, step, between: None)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_the_watching_screen(
    snap_compare: Any, tmp_path: Path, view: str, size: tuple[int, int], theme: str
) -> None:
    with frozen(tmp_path) as store:
        evaluate.prepare()
        app = RunApp(WatchSession(store, wall=lambda: 0.0))

        async def prepare(pilot: Pilot[Any]) -> None:
            app.theme = theme
            await pilot.press(*VIEWS[view])
            await pilot.pause(0.2)

        assert snap_compare(app, terminal_size=size, run_before=prepare)
