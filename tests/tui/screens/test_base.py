"""A screen of a new kind stands on the base and touches no other: shown by a lesson of three pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Unpack

from screens import opened
from textual.app import ComposeResult
from textual.pilot import Pilot

from micrograd_tui.tui.bindings import bindings
from micrograd_tui.tui.keys import Ask, Do, Key
from micrograd_tui.tui.panes.base import Names, Painted
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.screens.base import BaseScreen
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.text.lines import Line


class Lesson:
    """A session as small as can be: it keeps its sentence, its methods return one."""

    def __init__(self) -> None:
        self.note, self.page = "", 1

    def turn(self, pages: int) -> str:
        self.page += pages
        return f"page {self.page} of 3"

    def go_to(self, text: str) -> str:
        return self.turn(int(text) - self.page)


ROWS: tuple[Key[Lesson], ...] = (
    Key(("n",), Do(lambda s: s.turn(1)), "next", "next page", "lesson", footer=True),
    Key(("N",), Do(lambda s: s.turn(-1)), "back", "page before", "lesson"),
    Key(("colon",), Ask("page: ", lambda s, text: s.go_to(text)), "go to", "go to a page", "lesson"),
    Key(("f1",), "help", "help", "this help", "lesson"),
    Key(("q",), "quit", "quit", "quit", "lesson", footer=True),
)


class Page(Painted):
    """Shows the page and the sentence."""

    def __init__(self, session: Lesson, **names: Unpack[Names]) -> None:
        super().__init__(**names)
        self.session = session

    def line(self, y: int) -> Line:
        return ((f"{self.session.page}: {self.session.note}", ""),)


class LessonScreen(BaseScreen[Lesson]):
    CONTEXT = "lesson"
    KEYS = ROWS
    BINDINGS = bindings("lesson", ROWS)

    def compose(self) -> ComposeResult:
        yield Page(self.session, id="note")
        yield Prompt(id="prompt")

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen())


@asynccontextmanager
async def lesson() -> AsyncIterator[tuple[Pilot[Any], LessonScreen]]:
    async with opened() as (pilot, _, _session):
        screen = LessonScreen(Lesson())
        await pilot.app.push_screen(screen)
        await pilot.pause()
        yield pilot, screen


async def test_its_keys_call_its_session_and_its_sentence_shows() -> None:
    async with lesson() as (pilot, screen):
        await pilot.press("n", "n", "N")
        page = screen.query_one(Page)

        assert page.line(0) == (("2: page 2 of 3", ""),)
        assert page.stale() == []


async def test_it_asks_and_goes_where_the_answer_says() -> None:
    async with lesson() as (pilot, screen):
        await pilot.press("colon")
        assert screen.query_one(Prompt).question == "page: "
        await pilot.press("3", "enter")

        assert screen.query_one(Page).line(0) == (("3: page 3 of 3", ""),)


async def test_help_the_palette_and_quitting_are_the_bases() -> None:
    async with lesson() as (pilot, _):
        await pilot.press("f1")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("escape", "ctrl+p")
        assert "CommandPalette" in type(pilot.app.screen).__name__
        await pilot.press("escape", "q")

        assert pilot.app.return_code == 0
