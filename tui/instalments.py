"""Which lines a live frame repaints where the link is slow: some now, the others in the next frames."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Instalments(Generic[T]):
    """Goes round, so that what changes all the time keeps nothing else from its turn."""

    def __init__(self) -> None:
        self._last: T | None = None

    def take(self, stale: Sequence[T], room: int, cost: Callable[[T], int]) -> list[T]:
        """Return those to repaint now: one at least, then as long as there is room."""
        start = stale.index(self._last) + 1 if self._last in stale else 0
        taken: list[T] = []
        for each in (*stale[start:], *stale[:start]):
            room -= cost(each)
            if room < 0 and taken:
                break
            taken.append(each)
        self._last = taken[-1] if taken else None
        return taken
