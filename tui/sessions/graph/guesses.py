"""The score of guesses: whether guesses are asked for, how many were right, of each op too."""

import math
from collections import Counter

CLOSE = 1e-3
"""How far off a guess may be, as a part of the right answer."""


class Guesses:
    """What predicting keeps, whatever kind of graph is predicted."""

    def __init__(self) -> None:
        self.on = False
        self._asked: Counter[str] = Counter()
        self._right: Counter[str] = Counter()

    def toggle(self) -> str:
        """Begin to ask before each step, or stop asking."""
        self.on = not self.on
        if self.on:
            return "predict: n asks what the next step hands on; Enter alone skips, y ends it"
        return f"no more questions; {self.score}"

    @property
    def score(self) -> str:
        """How many guesses were right, of each op too."""
        total, right = self._asked.total(), self._right.total()
        if not total:
            return "nothing was guessed"
        ops = ", ".join(f"{op} {self._right[op]} of {count}" for op, count in self._asked.items())
        return f"{right} of {total} right ({ops})"

    def keep(self, op: str, right: bool) -> None:
        """Count a guess about a step of an op."""
        self._asked[op] += 1
        self._right[op] += right


def is_close(guess: float, right: float) -> bool:
    """Whether a guess is the answer, to one in a thousand; nan is nan."""
    if math.isnan(right) or math.isinf(right):
        return repr(guess) == repr(right)
    return abs(guess - right) <= CLOSE * max(abs(right), 1e-6)
