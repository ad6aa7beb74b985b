"""What the trainer looks at now and then: accuracy, the validation rows, the network's health.

A look is due every `check_every` training steps, and never takes more than a tenth of the time. It
changes nothing of the training, so the loss does not depend on when it was.
"""

import time

from ..training import Trains
from .store import Store
from .writer import Writer

SHARE = 0.1
FAR = 2**62


class Checks:
    """When the next look is due, and looking."""

    def __init__(self, store: Store, writer: Writer, training: Trains) -> None:
        self.store = store
        self.writer = writer
        self.training = training
        self.every = max(1, store.config.check_every)
        self._not_before = 0.0
        self._looked_at = -1

    def steps_to_next(self) -> int:
        """Return after how many training steps a look is due."""
        if time.monotonic() < self._not_before:
            return FAR
        return self.every - self.training.step % self.every

    def look(self, last: bool = False) -> None:
        """Look, if it is due, or at the end if the last was elsewhere."""
        step, now = self.training.step, time.monotonic()
        due = last or (step % self.every == 0 and now >= self._not_before)
        if not due or step == self._looked_at:
            return
        self._score()
        self._looked_at = step
        self._not_before = time.monotonic() + (time.monotonic() - now) / SHARE

    def _score(self) -> None:
        scores, step = self.writer.pending.scores, self.training.step
        for part, rows in (("", self.store.rows), ("validation_", self.store.validation)):
            if rows:
                score = self.training.score(rows)
                scores += [(f"{part}loss", step, score.loss)] if part else []
                scores += [] if score.accuracy is None else [(f"{part}accuracy", step, score.accuracy)]
