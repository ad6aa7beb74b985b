"""The switches of X: several at once, what one takes, the broken pass beside the right one, and back."""

from screens import opened, pane_lines

from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.screens.broken import BrokenScreen
from micrograd_tui.tui.screens.experiments.switches import SwitchesScreen
from micrograd_tui.tui.screens.over import OverScreen


async def test_two_columns_of_gradients_and_the_step_where_they_part() -> None:
    async with opened("accumulate") as (pilot, screen, session):
        await pilot.press("X", "space", "enter")
        await pilot.pause()
        broken = pilot.app.screen

        assert isinstance(broken, BrokenScreen)
        assert (
            broken.session.note == "overwrite: they part at backward 3 of 4; n steps both, c goes there"
        )
        await pilot.press("c")
        await pilot.pause()
        table = pane_lines(broken.query_one("#table", Painted))
        assert table[0].split() == ["node", "op", "data", "grad", "right"]
        assert [line.split() for line in table if " a " in line] == [["a", "3", "✱", "+3", "≠", "+7"]]
        assert broken.query_one("#right-step", Painted).border_title == "as it should be: here they part"
        await pilot.press("n")
        await pilot.pause()
        assert broken.session.beside
        assert broken.session.playback.position == broken.session.beside.playback.position
        assert broken.session.note == "the broken pass is done: 1 of 3 gradients are wrong"
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert session.recording.value(2, "grad", len(session.recording)) == 1


async def test_what_a_switch_takes_is_asked_for_and_a_wrong_answer_asked_again() -> None:
    async with opened("diamond") as (pilot, screen, session):
        await pilot.press("X", *["down"] * 9, "space", *"nope", "enter")
        await pilot.pause()
        panel = pilot.app.screen

        assert isinstance(panel, SwitchesScreen)
        assert panel.said.startswith("detach: no node is called nope")
        assert session.breaking.taken == {}
        await pilot.press("backspace", "backspace", "backspace", "backspace", "a", "enter")
        await pilot.press("up", "space")
        assert session.breaking.texts == ["detach a", "no-chain"]
        await pilot.press("escape")
        await pilot.pause()
        assert (pilot.app.screen, session.breaking.taken) == (screen, {})


async def test_broken_otherwise_it_stands_in_the_place_of_the_other() -> None:
    async with opened("neuron") as (pilot, screen, session):
        await pilot.press("X", "space", "enter")
        await pilot.pause()
        await pilot.press("X", "space", *["down"] * 5, "space", "enter")
        await pilot.pause()

        assert session.breaking.texts == ["no-seed"]
        assert pilot.app.screen.session.opened.title == "neuron, broken: no-seed"
        await pilot.press("equals_sign")
        await pilot.pause()
        assert "Esc goes back to the right one" in pilot.app.screen.session.note
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_an_expression_typed_at_the_colon_opens_over_the_graph() -> None:
    async with opened("neuron") as (pilot, screen, _):
        await pilot.press("colon", *"tanh(w1*x1)", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        over = pilot.app.screen

        assert isinstance(over, OverScreen)
        assert over.session.opened.title == "tanh(w1*x1)"
        assert over.session.commands.history == ["tanh(w1*x1)"]
        await pilot.press("colon", *"break no-seed", "enter")
        await pilot.pause()
        await pilot.pause()
        assert isinstance(pilot.app.screen, BrokenScreen)
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_what_cannot_be_opened_is_said_and_nothing_is_lost() -> None:
    async with opened("neuron") as (pilot, screen, session):
        await pilot.press("colon", *"open nofile.json", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()

        assert pilot.app.screen is screen
        assert session.note.startswith("nofile.json: No such file")
