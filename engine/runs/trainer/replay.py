"""Replay: any moment of a run again, computed from the nearest checkpoint before it.

The same steps give the same bits, so a run keeps its checkpoints and nothing else of a training step but
its metrics; they are spaced so that any step is there again within half a second.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...learning.loop import TrainingLoop, Trains
from ...learning.state import State
from ..store.schema import BadRun
from ..store.store import Store
from .backends import make_training, training_of_values

CHUNK = 10  # training steps done again at once: a millisecond or two where they are fast


@dataclass(frozen=True, eq=False)
class Moment:
    """A run just before training step `step`. `loss` is what the store has of that step, or nan."""

    step: int
    training: TrainingLoop
    loss: float


class Replay:
    """States of one run, each replayed from the nearest checkpoint or from the state asked for last."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._training: Trains | None = None

    def state_at(self, step: int, between: Callable[[], object] = lambda: None) -> State:
        """Return parameters and optimizer as they were just before training step `step`.

        A few thousand steps may have to be done again: `between` is called every now and then, so that
        whoever has something more urgent to do can take the time.
        """
        with self.store.reading():
            nearest = self.store.checkpoint_at_or_before(step)
            if nearest is None:
                raise BadRun(f"{self.store.name} has no checkpoint to go back to")
            training = self._ready()
            changes = self.store.changes()
        # With other changes the run may have gone back, and on along another way.
        if not nearest.step <= training.step <= step or training.changes != changes:
            training.changes[:] = changes
            training.restore(nearest)
        while training.step < step:
            training.run(min(CHUNK, step - training.step))
            between()
        return training.state()

    def gradients_at(
        self, step: int, between: Callable[[], object] = lambda: None
    ) -> tuple[State, Sequence[float]]:
        """Return the state just before training step `step`, and the gradients of that step."""
        state, training = self.state_at(step, between), self._ready()
        training.run(1)
        return state, training.gradients()

    def _ready(self) -> Trains:
        if self._training is None:
            self._training = _training(self.store)
        return self._training


def _training(store: Store) -> Trains:
    try:
        return make_training(store.training_config, store.rows)
    except ValueError:  # its backend is not installed here; Values give the same up to the last bits
        return training_of_values(store.training_config, store.rows)


def state_at(store: Store, step: int) -> State:
    """Return parameters and optimizer of a run as they were just before training step `step`."""
    return Replay(store).state_at(step)


def moment(store: Store, step: int, replay: Replay | None = None) -> Moment:
    """Return the run just before training step `step`, as Values; `loss_of(step)` of it is the graph."""
    last = store.status().step
    if not 0 <= step <= last:
        raise BadRun(f"{store.name} has done training steps 0 to {last - 1}, not {step}")
    state = (replay or Replay(store)).state_at(step)
    training = training_of_values(store.training_config, store.rows)
    training.changes[:] = store.changes()
    training.restore(state)
    stored = store.metrics(step, step + 1).loss
    return Moment(step, training, stored[0] if stored else math.nan)
