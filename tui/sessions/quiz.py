"""A quiz in the app: a session on each question's graph, the answer judged, the score of all."""

import math
from dataclasses import dataclass

from ...engine.experiments.quiz import Question
from ...engine.sources.expression import ExpressionError
from ...engine.sources.formula import Formula
from ..text.format import number, plain
from ..views.steps.names import derivative
from .stepping import SteppingSession
from .target import Opened


@dataclass
class Score:
    """How many questions there are, how many were answered, and how many of these right."""

    count: int
    answered: int = 0
    right: int = 0

    @property
    def so_far(self) -> str:
        """The score of those that were answered."""
        return f"{self.right} of {self.answered} right"

    @property
    def said(self) -> str:
        """The score in words."""
        return f"{self.right} of {self.count} right"


def judged(question: Question, text: str) -> bool:
    """Whether an answer is right: a number, or a formula such as b*c; ExpressionError for none."""
    log = question.recording
    numbers = {label: log.value(node, "data", len(log)) or 0.0 for node, label in log.labels.items()}
    numbers = {"inf": math.inf, "nan": math.nan} | numbers
    return question.right(Formula(text, numbers)(numbers))


class QuizSession(SteppingSession):
    """One question of a quiz; answered, it stands where the gradient that was asked for is complete."""

    of_quiz = True

    def __init__(self, question: Question, number: int, score: Score) -> None:
        text, numbers = plain(question.text), question.numbers
        given = ", ".join(f"{plain(name)} = {x:g}" for name, x in numbers.items())
        super().__init__(Opened(f"{text}   with {given}", question.recording))
        self.asked, self.number, self.score = question, number, score
        self.is_answered = False
        self.refused = ""
        """Why what was typed last is no answer."""
        self.select(question.node)
        self.note = "Enter asks; look around, but the gradient is what is asked for"

    @property
    def question(self) -> str:
        """What is asked."""
        log = self.recording
        wanted = derivative(plain(log.name(log.root)), plain(self.asked.name))
        return f"{self.number} of {self.score.count}: what is {wanted}? a number, or a formula as b*c: "

    def answer(self, text: str) -> str:
        """Judge an answer, and go to where the gradient is complete; nothing typed gives it up."""
        try:
            right = bool(text.strip()) and judged(self.asked, text)
        except ExpressionError as error:
            self.refused = plain(str(error))
            return self.refused
        self.is_answered = True
        self.score.answered += 1
        self.score.right += right
        self._go_to_the_last()
        return f"{'right' if right else 'no'}: {self._why}; {self.score.so_far}; Enter {self._next}"

    @property
    def is_last(self) -> bool:
        """Whether no question follows."""
        return self.number == self.score.count

    @property
    def _next(self) -> str:
        return "leaves" if self.is_last else "goes on"

    @property
    def _why(self) -> str:
        name, got = plain(self.asked.name), number(self.asked.answer)
        count = len(self._writes())
        return f"{name}.grad is {got}" + (f", {count} contributions add up" if count > 1 else "")

    def _writes(self) -> list[int]:
        log = self.recording
        backward = next(phase for phase in log.phases if phase.name == "backward")
        return list(log.cell_history(self.asked.node, "grad", backward))

    def _go_to_the_last(self) -> None:
        """Go to the step of the last contribution, which says why."""
        self.moving.go_to(self.recording.step_of_write(self._writes()[-1]) + 1)
        self.select(self.asked.node)
