"""The question line: what is typed is seen, answered or left, and never harms."""

from pathlib import Path

import pytest
from screens import opened, pane_lines
from textual.widgets import Input, Label

from micrograd_tui.tui.keys import GRAPH, Ask
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.prompt import Prompt

KEY_OF = {
    "jump": "colon",
    "toggle_condition": "B",
    "set_learning_rate": "L",
    "search": "slash",
    "set": "equals_sign",
    "export": "x",
}


def test_every_question_is_asked_here() -> None:
    asking = {key.keys[0] for key in GRAPH if isinstance(key.action, Ask)}

    assert set(KEY_OF.values()) == asking


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
@pytest.mark.parametrize("action", KEY_OF)
async def test_a_question_leaves_room_for_an_answer(size: tuple[int, int], action: str) -> None:
    async with opened(size=size) as (pilot, screen, _):
        await pilot.press(KEY_OF[action])
        await pilot.pause()
        line = screen.query_one(Input)

        assert screen.region.contains_region(line.region)
        assert line.region.width >= 20


@pytest.mark.parametrize("action", KEY_OF)
async def test_keys_are_letters_while_a_question_is_asked(action: str) -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press(KEY_OF[action], *"nNqv?:", "space", "b")
        typed = screen.query_one(Input).value
        await pilot.press("escape")

        assert typed.endswith("nNqv?: b")
        assert session.playback.status == "backward 0 of 13"
        assert session.breakpoints.stops == []
        assert not screen.query_one(Prompt).display
        assert screen.query_one("#note").display


@pytest.mark.parametrize("action", KEY_OF)
@pytest.mark.parametrize(
    "answer", ["", "[@click=app.quit]x[/]", "[bold", "\\", "漢字", "%s{0}", "e" * 300]
)
async def test_no_answer_harms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, answer: str
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened() as (pilot, screen, session):
        await pilot.press(KEY_OF[action])
        screen.query_one(Input).value = answer
        await pilot.press("enter")
        await pilot.pause()

        (note,) = pane_lines(screen.query_one("#note", Painted))
        assert note.strip()
        assert session.note.isprintable()
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["~no_such_user_here/x.json", "x" * 300 + ".json"], ids=["user", "long"])
async def test_a_file_that_cannot_be_written_is_told_in_a_note(name: str) -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press("x")
        screen.query_one(Input).value = name
        await pilot.press("enter")
        await pilot.pause()

        assert session.note


@pytest.mark.parametrize("leave", ["tab", "click"])
async def test_leaving_a_question_puts_it_away(leave: str) -> None:
    async with opened() as (pilot, screen, _):
        await pilot.press("L")  # where there is nothing that Tab could complete
        if leave == "tab":
            await pilot.press("tab")
        else:
            await pilot.click("#table", offset=(5, 3))
        await pilot.press("escape")
        await pilot.pause()

        assert not screen.query_one(Prompt).display
        assert screen.query_one("#note").display


async def test_after_a_question_the_focus_is_where_it_was() -> None:
    async with opened() as (pilot, screen, _):
        await pilot.press("tab", "colon", "3", "enter")
        await pilot.pause()

        assert screen.focused is not None
        assert screen.focused.id == "table"


async def test_a_question_asked_while_playing_does_not_stop_the_play() -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press("plus", "plus", "plus", "plus", "space", "slash", *"w1")
        await pilot.pause(0.3)
        reached = session.playback.position
        await pilot.press("enter")

        assert reached > 12
        assert not screen.query_one(Prompt).display


async def test_asking_anew_asks_the_new_question() -> None:
    async with opened() as (pilot, screen, session):
        await pilot.press("L", *"7", "escape", "colon", *"7", "enter")

        assert session.descent.learning_rate == 0.05
        assert session.playback.status == "backward 7 of 13"
        assert not screen.query_one(Prompt).display


async def test_a_name_that_many_have_is_asked_about_and_its_number_chooses() -> None:
    async with opened("lecture") as (pilot, screen, session):
        await pilot.press("colon", *"w2", "enter")
        await pilot.pause()
        prompt = screen.query_one(Prompt)
        assert prompt.display
        assert prompt.question.startswith("which of the 9 called w2?")
        await pilot.press("2", "enter")
        await pilot.pause()

        assert not prompt.display
        assert session.recording.scopes[session.selected] == "layer[0]/neuron[1]"
        assert session.recording.name(session.selected) == "w2"


async def test_tab_completes_a_name_and_goes_on_through_the_others() -> None:
    async with opened() as (pilot, screen, _):
        await pilot.press("colon", *"er", "tab")
        assert screen.query_one(Input).value == "error"
        await pilot.press(*["backspace"] * 5, "w", "tab")
        first = screen.query_one(Input).value
        await pilot.press("tab")

        assert (first, screen.query_one(Input).value) == ("w1", "w1x1")
        assert screen.query_one(Prompt).display


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
async def test_the_question_for_a_condition_lists_the_breakpoints(size: tuple[int, int]) -> None:
    async with opened(size=size) as (pilot, screen, session):
        await pilot.press("b", "B", *"nan", "enter", "B")
        await pilot.pause()
        label = str(screen.query_one(Prompt).query_one(Label).render())
        assert "1 node loss" in label
        assert "2 nan" in label
        assert screen.region.contains_region(screen.query_one(Input).region)
        await pilot.press("1", "enter")
        await pilot.pause()

        assert [stop.text for stop in session.breakpoints.stops] == ["nan"]
