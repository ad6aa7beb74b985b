"""What a script has kept of a training step, stepped through on top of the watching screen."""

from collections.abc import Awaitable, Callable

from ..bindings import bindings
from ..sessions.run.kept import KeptGraph, KeptTensors
from .stepping import SteppingScreen
from .tensors import TensorScreen

Leave = Callable[[], Awaitable[None]]


class KeptGraphScreen(SteppingScreen):
    """A scalar graph; Esc comes back to the run."""

    BINDINGS = bindings("moment")
    FOOTER = ("moment", "graph")

    def __init__(self, session: KeptGraph, leave: Leave) -> None:
        super().__init__(session)
        self.leave = leave

    def action_back_to_run(self) -> None:
        """Go back to the run."""
        self.dismiss()

    async def action_quit(self) -> None:
        """Leave the app; a live run is asked about first."""
        await self.leave()


class KeptTensorScreen(TensorScreen):
    """A graph of tensors; Esc comes back to the run."""

    BINDINGS = bindings("moment")
    FOOTER = ("moment", "tensors")

    def __init__(self, session: KeptTensors, leave: Leave) -> None:
        super().__init__(session)
        self.leave = leave

    def action_back_to_run(self) -> None:
        """Go back to the run."""
        self.dismiss()

    async def action_quit(self) -> None:
        """Leave the app; a live run is asked about first."""
        await self.leave()
