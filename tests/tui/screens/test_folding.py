"""`m` on a graph: the lines of numpy beside the tree, the selected one's nodes marked in it."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from frozen_runs import frozen, watched
from screens import opened, pane_lines
from textual.pilot import Pilot

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.panes.graph.fold import ExplanationPane, MarkedTree, StagesPane, StatementsPane
from micrograd_tui.tui.screens.folding import FoldingScreen
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.leaving import LeavingScreen
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Target

pytestmark = pytest.mark.requires("numpy")

SIZES = [(80, 24), (160, 45)]


async def shows_fold(pilot: Pilot[Any]) -> FoldingScreen:
    """Press m and wait for the thread that folds."""
    await pilot.press("m")
    for _ in range(200):
        if isinstance(pilot.app.screen, FoldingScreen):
            break
        await pilot.pause(0.05)
    screen = pilot.app.screen
    assert isinstance(screen, FoldingScreen)
    await pilot.pause()
    return screen


@asynccontextmanager
async def folded(
    text: str, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Pilot[Any], FoldingScreen, SteppingSession]]:
    async with opened(text, size=size) as (pilot, _, session):
        yield pilot, await shows_fold(pilot), session


def text_of(screen: FoldingScreen, kind: type[Any]) -> str:
    panes = [pane for pane in screen.query(kind) if pane.region]
    return " ".join(" ".join(line for pane in panes for line in pane_lines(pane)).split())


def marked(screen: FoldingScreen) -> list[str]:
    """The rows of the tree beside which the bar stands: a sign, not a colour alone."""
    tree = screen.query_one(MarkedTree)
    return [line[2:].split(" = ")[0].strip(" ▾▸") for line in pane_lines(tree) if line[1:2] == "┃"]


@pytest.mark.parametrize("size", SIZES)
async def test_m_shows_the_stages_and_m_or_escape_goes_back(size: tuple[int, int]) -> None:
    async with opened(size=size) as (pilot, below, session):
        for key in ("m", "escape"):
            screen = await shows_fold(pilot)

            assert "12 nodes" in text_of(screen, StagesPane)
            assert "statements" in text_of(screen, StagesPane)
            assert "scalar nodes as written" in text_of(screen, ExplanationPane)
            await pilot.press(key)
            assert pilot.app.screen is below
            assert session.note == ""


async def test_a_selected_line_tells_what_it_does_and_marks_its_nodes() -> None:
    async with folded("neuron") as (pilot, screen, _):
        assert marked(screen) == []
        await pilot.press("down")

        assert "2 inputs times 2 weights, added up: one dot product." in text_of(screen, ExplanationPane)
        assert "PyTorch w @ x" in text_of(screen, ExplanationPane)
        assert marked(screen) == ["sum", "w1x1", "w2x2"]
        await pilot.press("down")
        assert marked(screen) == ["out"]
        await pilot.press("up", "up")
        assert marked(screen) == []


async def test_a_fold_of_the_tree_that_hides_marked_nodes_is_marked() -> None:
    async with folded("lecture") as (pilot, screen, _):
        await pilot.press("down")

        assert [row.split("  ")[0] for row in marked(screen)] == [f"sample[{i}]" for i in range(4)]


async def test_enter_selects_the_first_node_of_the_group_and_shows_it() -> None:
    async with folded("demo") as (pilot, screen, session):
        await pilot.press("down", "enter")
        await pilot.pause()
        tree, statements = screen.query_one(MarkedTree), screen.query_one(StatementsPane)

        assert statements.pointed is not None
        assert session.selected == screen.folding.nodes_of(statements.pointed)[0]
        assert tree.outline[tree.cursor].node == session.selected
        assert tree.scroll_offset.y <= tree.cursor < tree.scroll_offset.y + tree.inner.height
        assert screen.focused is statements


async def test_a_node_selected_in_the_tree_points_to_its_line() -> None:
    async with folded("neuron") as (pilot, screen, session):
        await pilot.press("tab", "down", "down")
        pointed = screen.query_one(StatementsPane).pointed

        assert session.recording.name(session.selected) == "out"
        assert pointed is not None
        assert session.selected in screen.folding.nodes_of(pointed)
        assert session.note.startswith(f"line {pointed.number}: The bias")
        await pilot.press("G")
        assert "a leaf" in session.note or session.note.startswith("line")


async def test_a_key_paints_only_what_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    row = MarkedTree.row

    def counted(self: MarkedTree, index: int, width: int) -> Any:
        drawn.append(index)
        return row(self, index, width)

    monkeypatch.setattr(MarkedTree, "row", counted)
    async with folded("demo") as (pilot, screen, _):
        drawn.clear()
        await pilot.press("down")
        await pilot.pause()

        assert len(drawn) <= 4 * screen.query_one(MarkedTree).inner.height


async def test_it_is_folded_once() -> None:
    async with opened() as (pilot, _, _session):
        first = (await shows_fold(pilot)).folding
        await pilot.press("m")

        assert (await shows_fold(pilot)).folding is first


@pytest.mark.parametrize("target", ["diamond", "chain", "readme", "accumulate"])
async def test_any_graph_folds_and_every_key_is_harmless(target: str) -> None:
    async with folded(target) as (pilot, screen, _):
        keys = "down G g pagedown pageup enter tab enter left right G enter tab G enter up"
        await pilot.press(*keys.split())

        assert pilot.app.screen is screen
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_what_cannot_be_folded_is_said_in_the_note() -> None:
    async with opened("a") as (pilot, below, session):
        await pilot.press("m")
        for _ in range(100):
            if "nothing to fold" in session.note:
                break
            await pilot.pause(0.05)

        assert session.note == "a is a single number: there is nothing to fold"
        assert pilot.app.screen is below


async def test_q_leaves_from_the_fold() -> None:
    async with folded("neuron") as (pilot, _, _session):
        await pilot.press("q")
        await pilot.pause()

        assert pilot.app.return_code == 0


@pytest.mark.parametrize("size", [(40, 12), (59, 24), (80, 19), (100, 30)])
async def test_the_lines_show_at_any_size(size: tuple[int, int]) -> None:
    async with folded("lecture", size) as (pilot, screen, _):
        await pilot.press("down")

        assert "matmul" in text_of(screen, StatementsPane)
        assert "become one" in text_of(screen, ExplanationPane)


def test_the_app_starts_without_numpy() -> None:
    code = "import sys, micrograd_tui.tui.app, micrograd_tui.tui.screens.stepping; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_picture_of_it(
    snap_compare: Any, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("MICROGRAD_TUI_GLYPHS", "unicode")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    app = MicrogradApp(Target("neuron"), Target("neuron").open())

    async def prepare(pilot: Pilot[Any]) -> None:
        app.theme = "micrograd-dark"
        await shows_fold(pilot)
        await pilot.press("down")
        await pilot.pause(0.1)

    assert snap_compare(app, terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("key", ["m", "q"])
async def test_m_at_a_run_shows_the_fold_of_the_moment(tmp_path: Path, key: str) -> None:
    with frozen(tmp_path) as store:
        async with watched(store) as (pilot, below, _):
            await pilot.press("left", "m")
            for _ in range(200):
                if isinstance(pilot.app.screen, FoldingScreen):
                    break
                await pilot.pause(0.05)

            screen = pilot.app.screen
            assert isinstance(screen, FoldingScreen)
            assert any("nn.Linear" in line.pytorch for line in screen.folding.forward)
            await pilot.press(key)
            assert isinstance(pilot.app.screen, MomentScreen if key == "m" else LeavingScreen)
            await pilot.press("escape")
            assert pilot.app.screen is (below if key == "m" else screen)
