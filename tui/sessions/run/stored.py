"""What a run's store says of its last numbers at once, before the history has been read."""

from dataclasses import dataclass, field
from typing import Self

from ....engine.runs.store.store import Store


@dataclass(frozen=True)
class Stored:
    """The last number of every name, with its training step; empty before the first."""

    last: dict[str, tuple[int, float]] = field(default_factory=dict)

    @classmethod
    def newest(cls, store: Store) -> Self:
        """Read them."""
        return cls(store.last_numbers())
