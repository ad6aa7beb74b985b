"""The timeline of a script's run: at which training step of the run each logged number stands.

A script may log the numbers of a step one by one, in any order, and twice. One that begins again at its
first step has restarted: its steps go on behind those before, so that both lives can be seen.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from ..store.loss_names import training_loss

Number = tuple[int, float]
"""A step and the number of it."""


@dataclass
class Timeline:
    """What was logged so far, as far as it decides where the next number stands."""

    offset: int = 0
    """What is added to the script's own steps since it restarted."""
    end: int = 0
    """The step after the last one."""
    last: dict[str, Number] = field(default_factory=dict)
    """The greatest step of each name and its number, of all lives."""
    lowest: dict[str, int] = field(default_factory=dict)
    """The least step of each name that was logged, in this life."""
    _loss_name: tuple[int, str | None] = (0, None)

    def copy(self) -> Self:
        """Return one that may be thrown away where what it was asked for cannot be written."""
        return type(self)(self.offset, self.end, dict(self.last), dict(self.lowest))

    def restarts(self, step: int, names: Mapping[str, float]) -> bool:
        """Whether a script that logs these at one of its steps begins again: at the first, once more."""
        at = step + self.offset
        return any(
            self.lowest.get(name) == at and self.last[name][0] > at for name in names if name in self.last
        )

    def restart(self) -> int:
        """Begin another life behind what there is; return its first step."""
        self.offset, self.lowest = self.end, {}
        return self.offset

    def at(self, step: int) -> int:
        """Return where one of the script's own steps stands, in the life that it is in."""
        return step + self.offset

    def place(self, step: int, numbers: Mapping[str, float]) -> int:
        """Take numbers of a script's own step, and return where they stand."""
        at = self.at(step)
        self.end = max(self.end, at + 1)
        for name, number in numbers.items():
            self.lowest[name] = min(at, self.lowest.get(name, at))
            if name not in self.last or at >= self.last[name][0]:
                self.last[name] = at, number
        return at

    @property
    def loss(self) -> Number | None:
        """The last training loss, by whatever name, and its step."""
        name = self.loss_name
        return None if name is None else self.last[name]

    @property
    def loss_name(self) -> str | None:
        """The name of the training loss, looked for where there is another name."""
        if self._loss_name[0] != len(self.last):
            self._loss_name = len(self.last), training_loss(self.last)
        return self._loss_name[1]


class Rewritten:
    """Which numbers of a commit came at or before the last that readers have seen of their name."""

    def __init__(self, seen: Mapping[str, Number], exists: Callable[[str, int], bool]) -> None:
        self._seen = {name: step for name, (step, _) in seen.items()}
        self._exists = exists
        self.first: int | None = None
        """The first step of those."""

    def look(self, name: str, step: int) -> bool:
        """Note a number that is about to be written; say whether there is one already."""
        if step > self._seen.get(name, -1):
            return False
        self.first = step if self.first is None else min(self.first, step)
        return self._exists(name, step)
