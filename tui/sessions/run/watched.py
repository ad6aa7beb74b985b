"""The models that a script has watched, at the cursor: the last look at each."""

import time
from collections.abc import Callable

from ....engine.learning.module_look import Look, placed
from ....engine.runs.store.looks import looks_at
from ...charts.histogram import Layer
from .model import ModelAtCursor
from .reader import RunReader


class WatchedModels(ModelAtCursor):
    """Nothing is computed again: what was measured is stored."""

    def __init__(self, reader: RunReader, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(reader, clock)
        self.looks: list[Look] = []
        self.chosen = 0
        """The module with the cursor, by its place among all of them."""
        self._steps: list[int] = []

    def _read(self, step: int) -> bool:
        self._read_at = self._clock()
        before = self._steps
        found = looks_at(self._reader.store, step) if self._reader.watched else []
        self._steps, self.looks = [at for at, _ in found], [look for _, look in found]
        return self._steps != before

    def go_to(self, step: int) -> str:
        """Read the looks before a training step; return why they cannot be read, or ""."""
        return super().go_to(step) or self._try_read(step)

    def _try_read(self, step: int) -> str:
        from ....engine.runs.store.schema import BadRun

        try:
            self._read(step)
        except BadRun as error:
            return str(error)
        return ""

    @property
    def all_as_of(self) -> str:
        """Of which step the looks are, where that is not the one looked at; for a title."""
        if not self._steps:
            return ""
        last = max(self._steps)
        return "" if last == self._reader.at else f", as of step {last:,}"

    @property
    def layers(self) -> list[Layer]:
        """Parameters and gradients of every module."""
        alone = len(self.looks) == 1
        return [
            Layer(placed(look.model, each.name, alone), each.weights, each.gradients, each.update)
            for look in self.looks
            for each in look.modules
        ]
