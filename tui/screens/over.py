"""A graph opened over another: the stepping screen, and Esc back to what is below."""

from ..bindings import bindings
from ..sessions.stepping import SteppingSession
from .experiments.experimenting import ExperimentingScreen
from .stepping import SteppingScreen


class OverScreen(SteppingScreen):
    """Opened by a command of the screen below, whose history of commands it goes on with."""

    BINDINGS = bindings("over")
    FOOTER = ("over", "graph")

    def __init__(self, session: SteppingSession, below: ExperimentingScreen) -> None:
        super().__init__(session)
        session.is_over = True
        session.commands.history = below.session.commands.history
        self.below = below

    def action_back_below(self) -> None:
        """Go back to what is below."""
        self.dismiss()

    async def action_quit(self) -> None:
        """Leave as from what is below: a live run is asked about first."""
        await self.below.action_quit()
