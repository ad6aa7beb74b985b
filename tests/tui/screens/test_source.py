"""The source pane, what a program printed, and a wrong pass beside the right one, in the app."""

from pathlib import Path

import pytest
from programs import LOST, VALUE
from screens import opened, pane_lines, shown

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.panes.graph.right import RightPane
from micrograd_tui.tui.panes.graph.source import SourcePane
from micrograd_tui.tui.panes.graph.step import StepPane
from micrograd_tui.tui.screens.printed import PrintedScreen
from micrograd_tui.tui.screens.stepping import SteppingScreen
from micrograd_tui.tui.sessions.target import Target

LOSS = "print('hello', 1)\nprint('more')\na = Value(2.0); b = Value(-3.0)\nloss = a * b + a\nloss.backward()\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("p.py").write_text(VALUE + LOSS)
    Path("lost.py").write_text(LOST + LOSS)
    return "p.py"


def lit(screen: SteppingScreen) -> list[str]:
    pane = screen.query_one(SourcePane)
    return [line for line in pane_lines(pane) if line.startswith(pane.glyphs.current)]


async def test_on_a_wide_screen_the_lines_of_the_step_are_lit_beside_it(program: str) -> None:
    async with opened(program, size=(160, 45)) as (pilot, screen, _):
        await pilot.press("n", "n")
        await pilot.pause()
        pane = screen.query_one(SourcePane)

        assert pane.display
        assert [line.split(None, 2)[2] for line in lit(screen)] == [
            "self.grad += out.grad",
            "other.grad += out.grad",
        ]
        assert pane.border_title == "source: p.py:15"
        assert len([line for line in pane_lines(pane) if line]) > 10
        await pilot.press("at")
        await pilot.pause()
        assert not pane.display


async def test_on_a_narrow_screen_a_key_brings_it_and_takes_it_away(program: str) -> None:
    async with opened(program, size=(80, 24)) as (pilot, screen, _):
        pane = screen.query_one(SourcePane)
        assert not pane.display
        await pilot.press("n", "n", "at")
        await pilot.pause()

        assert pane.display
        assert len(lit(screen)) == 2
        assert screen.query_one("#step").display
        await pilot.press("at")
        await pilot.pause()
        assert not pane.display


async def test_a_forward_step_lights_the_line_that_made_its_node(program: str) -> None:
    async with opened(program, size=(160, 45)) as (pilot, screen, _):
        await pilot.pause()
        assert [line.split(None, 2)[2] for line in lit(screen)] == ["loss = a * b + a"]


async def test_what_the_program_printed_can_be_read(program: str) -> None:
    async with opened(program) as (pilot, screen, _):
        assert "hello" not in shown(screen)
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PrintedScreen)
        lines = pane_lines(pilot.app.screen.query_one("#printed"))
        assert lines[:2] == ["hello 1", "more"]
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_the_note_says_which_pass_it_is(program: str) -> None:
    async with opened(program) as (_, _, session):
        assert session.note == "1st backward() call, p.py:55; n steps backward"


@pytest.mark.parametrize("size", [(80, 24), (110, 30), (160, 45)])
async def test_a_finding_stands_at_the_step_that_loses_with_both_ledgers_in_view(
    program: str, size: tuple[int, int]
) -> None:
    target = Target("lost.py", finding=0)
    app = MicrogradApp(target, target.open())
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, SteppingScreen)
        theirs = "\n".join(pane_lines(screen.query_one("#wide-step", StepPane)))
        right = "\n".join(pane_lines(screen.query_one(RightPane)))

        assert screen.session.note.startswith("line 24: a.grad is 2, should be 3; this overwrites")
        assert "contribution lost!" in theirs
        assert "contribution lost!" not in right
        assert "a.grad +2  1 of 2 lost" in theirs
        assert "a.grad +3  complete, 2 of 2" in right
        assert "self.grad = other.data * out.grad" in "\n".join(lit(screen))
        assert screen.query_one(RightPane).border_title == "as it should be: here they part"
        await pilot.press("N")
        await pilot.pause()
        assert screen.query_one(RightPane).border_title == "as it should be: the same so far"


async def test_a_rule_that_fires_too_early_is_pointed_at(program: str) -> None:
    Path("order.py").write_text(VALUE.replace("reversed(order)", "order"))
    target = Target("order.py", finding=0)
    app = MicrogradApp(target, target.open())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        theirs = "\n".join(pane_lines(app.screen.query_one("#wide-step", StepPane)))

        assert "too early: 1 of 1 contributions" in theirs
