"""A question of the quiz: the stepping screen on its graph; the answer is asked for, then explained."""

from collections.abc import Sequence

from ..bindings import bindings
from ..keys import Ask, Do
from ..sessions.quiz import QuizSession
from ..sessions.stepping import SteppingSession
from .stepping import SteppingScreen


class QuizScreen(SteppingScreen):
    """Enter asks, and then goes on to the next question, or leaves after the last."""

    BINDINGS = bindings("quiz")
    FOOTER = ("quiz", "graph")

    def __init__(self, questions: Sequence[QuizSession]) -> None:
        super().__init__(questions[0])
        self.quiz, self.following = questions[0], questions[1:]

    def on_mount(self) -> None:
        """Ask at once."""
        self.call_after_refresh(self.action_go_on)

    async def action_go_on(self) -> None:
        """Ask, or go on where the answer was given."""
        if not self.quiz.is_answered:
            await self._ask()
        elif not self.following:
            self.app.exit()
        elif len(self.app.screen_stack) == 1:  # the first screen stays: Textual cannot replace it
            await self.app.push_screen(QuizScreen(self.following))
        else:
            await self.app.switch_screen(QuizScreen(self.following))

    async def _ask(self) -> None:
        """Ask; the keyboard then goes to the step, where no pane takes Enter for itself."""
        step = next((pane for pane in self.query("#step, #wide-step") if pane.display), None)
        self.set_focus(step)
        refused = [self.quiz.refused] if self.quiz.refused else []
        answer = lambda session, text: self.quiz.answer(text)  # noqa: E731  # two lines
        await self.ask(Ask(self.quiz.question, answer, choices=lambda session: refused))

    def do(self, action: Do[SteppingSession]) -> None:
        """Ask again where what was typed is no answer."""
        self.quiz.refused = ""
        super().do(action)
        if self.quiz.refused:
            self.call_later(self._ask)
