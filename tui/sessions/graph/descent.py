"""Gradient descent by hand on an opened graph: the learning rate, the updates, the losses."""

import math

from ....engine.learning.descent import descend
from ....engine.recording.record import record
from ...text.format import number, plain
from ..target import Opened
from .cursor import GraphCursor


class Descent:
    """Updates the parameters of a graph that is alive. Each method returns a sentence about it."""

    def __init__(self, cursor: GraphCursor, opened: Opened) -> None:
        self._cursor = cursor
        self._opened = opened
        self.learning_rate = 0.05
        self.losses = [self._loss()]

    def _loss(self) -> float:
        recording = self._cursor.recording
        loss = recording.value(recording.root, "data", len(recording))
        return math.nan if loss is None else loss

    @property
    def possible(self) -> bool:
        """Whether the graph is alive and has parameters to change."""
        return bool(self._opened.root and self._opened.parameters)

    def update(self) -> str:
        """Take one gradient-descent update, run forward again, stand before the new backward pass."""
        root, parameters = self._opened.root, self._opened.parameters
        if not root or not parameters:
            return "this graph has no parameters to update"
        before, after = self.losses[-1], descend(root, parameters, self.learning_rate)
        self.losses.append(after)
        self._cursor.play(record(root))
        count, rate = len(parameters), number(self.learning_rate)
        return (
            f"update {len(self.losses) - 1}: {count} parameters, each -= {rate} * grad; "
            f"loss {number(before)} to {number(after)}"
        )

    def set_learning_rate(self, text: str) -> str:
        """Read a learning rate: any finite number (a negative one climbs)."""
        rate = learning_rate(text)
        if isinstance(rate, str):
            return rate
        self.learning_rate = rate
        return f"learning rate {number(rate)}"


def learning_rate(text: str) -> float | str:
    """Read a learning rate; return a sentence where the text is no finite number."""
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    return rate if math.isfinite(rate) else f"a learning rate is a finite number, not {plain(text)!r}"
