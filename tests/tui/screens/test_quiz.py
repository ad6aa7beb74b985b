"""The quiz in the app: it asks, judges, stands where the answer comes from, goes on, and keeps score."""

from textual.widgets import Input

from micrograd_tui.engine.experiments.quiz import questions
from micrograd_tui.tui.app import QuizApp
from micrograd_tui.tui.panes.prompt import Prompt
from micrograd_tui.tui.screens.help import HelpScreen
from micrograd_tui.tui.screens.quiz import QuizScreen
from micrograd_tui.tui.sessions.quiz import QuizSession, Score


def asked(count: int = 2) -> tuple[list[QuizSession], Score]:
    score = Score(count)
    return [QuizSession(q, i, score) for i, q in enumerate(questions(3, 0, count), 1)], score


async def test_a_question_a_screen_and_the_explanation_by_stepping_to_it() -> None:
    sessions, score = asked()
    app = QuizApp(sessions)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        first = app.screen
        assert isinstance(first, QuizScreen)
        prompt = first.query_one(Prompt)
        assert prompt.display
        assert prompt.question.startswith("1 of 2: what is d(out)/db?")
        await pilot.press(*"foo", "enter")
        await pilot.pause()
        assert prompt.display
        assert (score.answered, first.query_one(Input).value) == (0, "")
        await pilot.press(*"3", "enter")
        await pilot.pause()
        assert (score.answered, score.right) == (1, 1)
        assert first.session.playback.status == "backward 3 of 5"
        assert first.session.note == "right: b.grad is 3; 1 of 1 right; Enter goes on"
        await pilot.press("N", "n", "enter")
        await pilot.pause()
        assert app.screen is not first
        await pilot.press(*"99", "enter")
        await pilot.pause()
        assert app.screen.session is sessions[1]  # type: ignore[attr-defined]
        assert sessions[1].note.endswith("1 of 2 right; Enter leaves")
        await pilot.press("enter")
        await pilot.pause()
    assert score.said == "1 of 2 right"


async def test_every_question_is_asked_not_the_first_two_alone() -> None:
    sessions, score = asked(4)
    app = QuizApp(sessions)
    async with app.run_test(size=(80, 24)) as pilot:
        for number in range(1, 5):
            await pilot.pause()
            prompt = app.screen.query_one(Prompt)
            assert prompt.display
            assert prompt.question.startswith(f"{number} of 4")
            await pilot.press("0", "enter")
            await pilot.pause()
            assert score.answered == number
            await pilot.press("enter")


async def test_the_question_can_be_left_and_asked_again() -> None:
    sessions, score = asked(1)
    app = QuizApp(sessions)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
        assert not app.screen.query_one(Prompt).display
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen.query_one(Prompt).display
        assert score.answered == 0


async def test_a_question_that_is_gone_takes_no_keys() -> None:
    """Where the tree fills the screen no pane has the keyboard before it: its line kept it, out of sight."""
    sessions, _ = asked(1)
    app = QuizApp(sessions)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("escape")
        app.screen.query_one("#tree").focus()
        await pilot.press("w")
        assert isinstance(app.screen, QuizScreen)
        await app.screen.action_go_on()
        await pilot.press("escape")
        await pilot.pause()
        assert not app.screen.query_one(Prompt).has_focus_within

        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
