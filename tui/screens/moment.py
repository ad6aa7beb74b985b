"""A moment of a run: the stepping screen on one training step, on top of the watching screen."""

from collections.abc import Awaitable, Callable

from ..bindings import bindings
from ..sessions.moment import MomentSession
from .stepping import SteppingScreen


class MomentScreen(SteppingScreen):
    """Opens on the first sample; Esc comes back to the run."""

    BINDINGS = bindings("moment")
    FOOTER = ("moment", "graph")

    def __init__(self, session: MomentSession, leave: Callable[[], Awaitable[None]]) -> None:
        super().__init__(session, apart=session.moment.sample)
        self.leave = leave
        self.sample = session.show(self.outline)
        self.graph.open_scope(self.sample)

    def on_mount(self) -> None:
        """Show the first sample."""
        self.call_after_refresh(self.sync_panes)

    def action_back_to_run(self) -> None:
        """Go back to the run."""
        self.dismiss()

    async def action_quit(self) -> None:
        """Leave the app; a live run is asked about first."""
        await self.leave()
