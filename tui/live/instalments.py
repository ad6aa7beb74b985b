"""Which lines a live frame repaints where the link is slow: some now, the others in the next frames."""

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Instalments(Generic[T]):
    """Goes round, so that what changes all the time keeps nothing else from its turn."""

    def __init__(self) -> None:
        self._last: T | None = None

    def take(self, stale: Sequence[T], room: int, cost: Callable[[T], int]) -> list[T]:
        """Return those to repaint now: what costs nothing, one more, others while there is room."""
        costs = {each: cost(each) for each in stale}
        free, dear = ([each for each in stale if bool(costs[each]) is dearly] for dearly in (False, True))
        start = dear.index(self._last) + 1 if self._last in dear else 0
        taken: list[T] = []
        for each in (*dear[start:], *dear[:start]):
            room -= costs[each]
            if room < 0 and taken:
                break
            taken.append(each)
        self._last = taken[-1] if taken else None
        return free + taken
