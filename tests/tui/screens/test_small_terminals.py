"""Small terminals: the position and the step are there, and no number is cut, at every position."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from random_graphs import Program, programs, values_of
from rich.cells import cell_len
from screens import opened, pane_lines

from micrograd_tui.engine import Value, record
from micrograd_tui.engine.recording.json_file import save
from micrograd_tui.tui.panes.bars import TitleBar
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.graph.step import StepPane
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened, Target
from micrograd_tui.tui.text.format import change
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE, Glyphs
from micrograd_tui.tui.views.steps.step import step_lines

# What is left of 40x12 for the step pane beside title, timeline, note, keys and its own border.
WIDTH, HEIGHT = 40, 7
LEDGER = re.compile(r".*\.grad (\S+)  (complete|waits for)")


def numbers_are_whole(session: SteppingSession, glyphs: Glyphs) -> None:
    """No line of numbers is wider than the pane, and every change the step made is shown."""
    step = session.playback.step
    made = step_lines(session.playback, session.selected, session.current, WIDTH, HEIGHT, glyphs)
    lines = ["".join(text for text, _ in line) for line in made]
    assert len(lines) <= HEIGHT
    for line in lines:
        if line.startswith("  ") and " from " not in line:
            assert cell_len(line) <= WIDTH, line
        if ledger := LEDGER.match(line):
            assert cell_len(line[: ledger.end(1)]) < WIDTH, line
    for write in step.writes if step else ():
        shown = change(write.before, write.after, write.field == "grad", room=WIDTH - 7)[1]
        assert any(shown in line.split() for line in lines), (shown, lines)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("target", ["neuron", "lecture", "diamond", "readme", "accumulate"])
def test_in_forty_columns_the_numbers_of_every_step_are_whole(target: str, glyphs: Glyphs) -> None:
    session = SteppingSession(Target(target).open())
    for position in range(len(session.recording) + 1):
        session.note = session.moving.go_to(position)
        numbers_are_whole(session, glyphs)


@given(program=programs())
def test_in_forty_columns_the_numbers_of_random_graphs_are_whole(program: Program) -> None:
    session = SteppingSession(Opened("random", record(values_of(program)[0])))
    for position in range(len(session.recording) + 1):
        session.note = session.moving.go_to(position)
        numbers_are_whole(session, UNICODE)


@pytest.mark.parametrize(
    "label", ["a_label_of_more_than_forty_characters_in_all", "漢字かなまじり文" * 3]
)
def test_a_long_label_cuts_no_number(label: str) -> None:
    a = Value(2.0, label=label)
    session = SteppingSession(Opened("long", record(a * 3)))
    for position in range(len(session.recording) + 1):
        session.note = session.moving.go_to(position)
        numbers_are_whole(session, UNICODE)


@pytest.mark.parametrize("target", ["neuron", "lecture"])
async def test_at_40x12_the_panes_say_so_at_positions_throughout(target: str) -> None:
    async with opened(target, size=(40, 12)) as (pilot, screen, session):
        pane, title = screen.query_one("#step", StepPane), screen.query_one(TitleBar)
        for position in range(0, len(session.recording) + 1, max(1, len(session.recording) // 30)):
            session.note = session.moving.go_to(position)
            screen.sync_panes()
            await pilot.pause()

            assert session.playback.status in pane_lines(title)[0]
            assert pane.region.height == HEIGHT + 1
            assert pilot.app.screen.region.contains_region(pane.region)
            assert not position or pane_lines(pane)[0]


@pytest.mark.parametrize(
    "size", [(40, 12), (41, 30), (59, 19), (60, 19), (60, 20), (99, 24), (100, 20), (139, 25), (250, 70)]
)
async def test_at_every_size_the_position_the_step_and_the_keys_are_in_sight(
    size: tuple[int, int],
) -> None:
    async with opened("lecture", size=size) as (pilot, screen, session):
        await pilot.press("n", "n")
        steps = [pane for pane in screen.query(StepPane) if pane.region.area]

        assert len(steps) == 1
        assert pane_lines(steps[0])[0].startswith("visit ")
        assert session.playback.status in pane_lines(screen.query_one(TitleBar))[0]
        for pane in screen.query(Painted):
            assert not pane.region.area or screen.region.contains_region(pane.region)
        keys = screen.query_one("#keys", Painted)
        assert pane_lines(keys)[0].endswith("? help  q quit")


async def test_sizes_may_change_at_any_time() -> None:
    async with opened("lecture", size=(80, 24)) as (pilot, screen, session):
        for size in [(40, 12), (10, 3), (1, 1), (200, 60), (20, 60), (120, 5), (80, 24)]:
            await pilot.resize_terminal(*size)
            await pilot.press("n", "v")
            await pilot.pause()
        assert session.playback.status == "backward 358 of 399"  # n passes over samples
        await pilot.resize_terminal(40, 12)
        await pilot.pause()

        assert session.playback.status in pane_lines(screen.query_one(TitleBar))[0]


@pytest.mark.parametrize("first", [(40, 12), (100, 30)])
async def test_a_pane_has_the_focus_after_growing(first: tuple[int, int]) -> None:
    async with opened(size=first) as (pilot, screen, session):
        for size in ((40, 12), (100, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        await pilot.press("down")

        assert screen.focused is not None
        assert session.recording.name(session.selected) == "error"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
@pytest.mark.parametrize("view", ["tree", "drawing"])
async def test_no_line_is_wider_than_its_pane_with_wide_characters(
    tmp_path: Path, view: str, width: int
) -> None:
    a = Value(2.0, label="漢字")
    b = Value(-3.0, label="e\u0301te\u0301")
    save(record((a * b).tanh() * b), tmp_path / "wide.json")
    async with opened(str(tmp_path / "wide.json"), size=(width, 24)) as (pilot, screen, _):
        await pilot.press(*(["v"] if view == "drawing" else []))
        for _ in range(6):
            await pilot.press("n")
            for pane in screen.query(Painted):
                if pane.region.area:
                    assert max(map(cell_len, pane_lines(pane)), default=0) <= pane.inner.width


async def test_the_palette_has_room_in_any_width() -> None:
    """Between 15 and 20 cells its list was asked to wrap words in no cells at all, and the app ended."""
    async with opened("neuron", size=(60, 24)) as (pilot, _, _):
        await pilot.press("ctrl+p")
        for width in (1, 4, *range(12, 24)):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()
        assert pilot.app.is_running
