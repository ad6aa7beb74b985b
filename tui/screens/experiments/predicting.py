"""Predict mode on a screen: a key that takes a step asks first what the step hands on."""

from typing import Protocol, TypeVar

from ...keys import Ask
from ...panes.bars import Noted
from ..base import BaseScreen

STEPS = ("n", "s", "right")
"""Keys that take one step."""


class Asks(Protocol):
    """What asks for a guess of the next step, and judges it."""

    @property
    def question(self) -> str:
        """What is asked; "" where nothing is."""

    def guess(self, text: str) -> str:
        """Judge a guess, and take the step."""


class Predicted(Noted, Protocol):
    """A session whose steps can be predicted."""

    @property
    def predicting(self) -> Asks:
        """What asks."""


P = TypeVar("P", bound=Predicted)


class PredictingScreen(BaseScreen[P]):
    """Asks for a guess before each step, where the session does."""

    async def action_press(self, context: str, name: str) -> None:
        """Ask for a guess first, where the next step is to be predicted."""
        question = self.session.predicting.question if name in STEPS else ""
        if question and context in (self.CONTEXT, "timeline"):
            await self.ask(Ask(question, lambda s, text: s.predicting.guess(text), reveals=True))
        else:
            await super().action_press(context, name)
