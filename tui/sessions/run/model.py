"""The model of a run at the cursor: its parameters, its gradients, and what they are drawn by."""

import time
from collections.abc import Callable, Sequence
from functools import cached_property

from ....engine.learning.state import State
from ....engine.learning.updates import update_ratios
from ....engine.runs.store.schema import BadRun
from ...charts.histogram import Layer
from ...text.format import plain
from ...views.run.model import Plane, Unscaled, layers
from .reader import NEWEST, RunReader

MOST_UPDATED = 3000
"""Parameters of which a step is done once more, in some milliseconds, to see how far it moves them."""


class ModelAtCursor:
    """The nearest checkpoint before the cursor, until the exact state and its gradients are `take`n."""

    def __init__(self, reader: RunReader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self.every = 0.0
        """Seconds from one look at the newest checkpoint to the next."""
        self.state: State | None = None
        self.gradients: tuple[float, ...] = ()
        self.ratios: Sequence[float] = ()
        """How far the step of these gradients moves each layer, as a part of its weights."""
        self._gradients_of: int | None = None
        self._read_at = float("-inf")

    def follow(self) -> bool:
        """Read the newest checkpoint where the run is followed and it is time; say whether it is new."""
        due = self._reader.cursor is None and self._clock() - self._read_at >= self.every
        return due and self._read(NEWEST)

    def _read(self, step: int) -> bool:
        self._read_at = self._clock()
        before, self.state = self.state, self._reader.store.checkpoint_at_or_before(step)
        return (before.step if before else -1) != (self.state.step if self.state else -1)

    def go_to(self, step: int) -> str:
        """Read the checkpoint before a training step; return why it cannot be read, or ""."""
        self.gradients, self.ratios, self._gradients_of = (), (), None
        if self._reader.has_model:
            try:
                self._read(step)
            except BadRun as error:
                return plain(str(error))
        return ""

    @property
    def wanted(self) -> int | None:
        """The step, if any, whose exact state and gradients are still to be computed."""
        if not self._reader.has_model or self._reader.gone:
            return None
        cursor = self._reader.cursor
        step = cursor if cursor is not None else self.state.step if self.state else None
        return None if step == self._gradients_of else step

    @property
    def as_of(self) -> str:
        """Of which step the parameters are, where that is not the one looked at; for a title.

        While a run trains the step would change all the time, and cost bytes.
        """
        reader, state = self._reader, self.state
        if reader.trains:
            return ", of the last checkpoint" if state else ""
        looked_at = reader.status.step if reader.cursor is None else reader.cursor
        return "" if state is None or state.step == looked_at else f", as of step {state.step:,}"

    @property
    def all_as_of(self) -> str:
        """The same of parameters and gradients, which may be of different steps."""
        of, state = self._gradients_of, self.state
        if self._reader.trains or state is None:
            return f"{self.as_of}s" if state else ""
        same = of == state.step or not self.gradients
        return self.as_of + ("" if same else f", grad as of step {of:,}")

    def take(self, state: State, gradients: Sequence[float]) -> bool:
        """Take the exact parameters and gradients of a step, if it is still the one looked at."""
        cursor = self._reader.cursor
        if cursor is not None and state.step != cursor:
            return False
        if cursor is not None:
            self.state = state
        self.gradients, self._gradients_of = tuple(gradients), state.step
        self.ratios = self._ratios(state)
        return True

    def _ratios(self, state: State) -> Sequence[float]:
        rate, _ = self._reader.series.value_at(state.step, "lr")
        config = self._reader.store.training_config
        if rate is None or config.parameters > MOST_UPDATED:
            return ()
        return update_ratios(config, state, self.gradients, rate)

    @cached_property
    def plane(self) -> Plane:
        """The plane of the two inputs."""
        return Plane.of(self._reader.store.network_config, self._reader.store.rows)

    @cached_property
    def units(self) -> tuple[Unscaled, Unscaled]:
        """How to turn an input and a target back into the units of the data."""
        facts = self._reader.store.facts
        scales, means = facts.get("scales") or [1.0], facts.get("means") or [0.0]
        return (
            Unscaled(float(means[0]), float(scales[0])),
            Unscaled(float(facts.get("target_mean", 0.0)), float(facts.get("target_scale", 1.0))),
        )

    @property
    def layers(self) -> list[Layer]:
        """Parameters and gradients at the cursor, by layer."""
        if self.state is None:
            return []
        config = self._reader.store.training_config
        return layers(config, self.state.parameters, self.gradients, self.ratios)
