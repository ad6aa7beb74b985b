"""The schedule of a run: which rows and which learning rate a training step uses.

The order of epoch e derives from the seed and e alone, so any step of a run can be done again without
those before it, and by another backend.
"""

import random
from collections.abc import Sequence
from functools import lru_cache

from .optim import SCHEDULES
from .settings import Settings
from .state import Change, Row


class Schedule:
    """Mini-batches and learning rates of a run, step by step: the same for every backend."""

    def __init__(self, config: Settings, rows: Sequence[Row]) -> None:
        self.config = config
        self.rows = rows
        self.changes: list[Change] = []
        self._order = lru_cache(maxsize=4)(self._order_of)

    @property
    def steps_per_epoch(self) -> int:
        """Training steps that see every row once."""
        return -(-len(self.rows) // (self.config.batch or len(self.rows)))

    def batch_of(self, step: int) -> Sequence[int]:
        """Return which rows training step `step` uses, in order."""
        if not self.config.batch:
            return range(len(self.rows))
        epoch, part = divmod(step, self.steps_per_epoch)
        return self._order(epoch)[part * self.config.batch : (part + 1) * self.config.batch]

    def _order_of(self, epoch: int) -> list[int]:
        order = list(range(len(self.rows)))
        random.Random(f"{self.config.seed}/{epoch}").shuffle(order)
        return order

    def lr_at(self, step: int) -> float:
        """Return the learning rate of training step `step`: the base rate times the schedule."""
        steps = int(self.value_at(step, "steps"))
        rate = self.value_at(step, "lr") * self.config.breaks.rate
        return rate * SCHEDULES[self.config.schedule](step, steps)

    def value_at(self, step: int, name: str) -> float:
        """Return a value of the config as it was changed by then."""
        made = [change.value for change in self.changes if change.name == name and change.step <= step]
        return made[-1] if made else float(getattr(self.config, name))
