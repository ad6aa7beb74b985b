"""Moments of a run, worked out beside the screen: exact states, gradients, graphs.

It has a look at the store of its own, so a thread can use it while the screen reads.
"""

from collections.abc import Callable, Sequence

from ...engine.learning.state import State
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ...engine.runs.trainer.replay import Replay
from .moment import MomentSession, open_moment


class Moments:
    """One run's moments; used by one thread at a time."""

    def __init__(self, store: Store) -> None:
        self.path = store.path
        self._replay: Replay | None = None

    def _ready(self) -> Replay:
        if self._replay is None:
            self._replay = Replay(Store.open(self.path))
        return self._replay

    def details(
        self, step: int, between: Callable[[], object] = lambda: None
    ) -> tuple[State, Sequence[float]] | None:
        """Return the exact state before a step, and its gradients; call `between` every now and then."""
        try:
            return self._ready().gradients_at(step, between)
        except (BadRun, ValueError):
            return None

    def open(self, step: int, place: str = "") -> MomentSession | str:
        """Return a training step to step through, open on a place of the network, or why it cannot be."""
        try:
            return MomentSession(open_moment(self._ready().store, step, self._replay), place)
        except (BadRun, ValueError) as error:
            return str(error)
