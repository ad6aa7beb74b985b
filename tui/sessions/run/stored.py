"""What a run's store says of its last and its best numbers at once, before the history has been read."""

from dataclasses import dataclass, field
from typing import Self

from ....engine.runs.store.store import Store


@dataclass(frozen=True)
class Stored:
    """The last training step with its numbers, and the best mean of an epoch; empty before the first."""

    step: int = -1
    last: dict[str, float] = field(default_factory=dict)
    best: tuple[float, int] | None = None

    @classmethod
    def of(cls, store: Store, epoch: int) -> Self:
        """Read them; the best takes a third of a second for a million training steps."""
        step, last = store.last_metrics()
        return cls(step, last, store.best_epoch(epoch))

    @classmethod
    def newest(cls, store: Store) -> Self:
        """Read the last ones alone, as they change all the time."""
        return cls(*store.last_metrics())
