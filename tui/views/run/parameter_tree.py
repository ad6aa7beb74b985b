"""The parameters of a network as a tree of layers and neurons, of which only the open rows are listed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ....engine.learning.config import Config
from ....engine.learning.shape import LayerSpan

Key = tuple[int, ...]  # () is the network, (1,) a layer, (1, 3) a neuron, (1, 3, 0) a parameter


@dataclass(frozen=True)
class Part:
    """A parameter, or a part of the network and the slice of all parameters that is in it."""

    key: Key
    label: str
    first: int
    last: int

    def of(self, numbers: Sequence[float]) -> float | None:
        """The parameter's number, or the norm of the part's; None while they are not known."""
        own = numbers[self.first : self.last]
        if not own:
            return None
        return own[0] if len(self.key) == 3 else math.hypot(*own)


_PLACE = re.compile(r"(?:.*/)?layer\[(\d+)\](?:/neuron\[(\d+)\])?.*")


def key_of(place: str) -> Key:
    """Return which part a scope is, as `layer[0]/neuron[3]`; () where it is none of the network's."""
    found = _PLACE.fullmatch(place)
    return tuple(int(part) for part in found.groups() if part is not None) if found else ()


class ParameterTree:
    """Rows from the network down to what is open; at first that is the last layer's first neuron."""

    def __init__(self, config: Config) -> None:
        self.layers = config.layers
        self.activation = config.activation
        last = len(self.layers) - 1
        self._open: set[Key] = {(), (last,), (last, 0)}
        self.rows: list[Part] = []
        self._list()

    def can_open(self, part: Part) -> bool:
        """Whether there is anything below a part."""
        return len(part.key) < 3

    def is_open(self, part: Part) -> bool:
        """Whether what is below a part is listed."""
        return part.key in self._open

    def toggle(self, part: Part) -> None:
        """Fold a part or open it."""
        if self.can_open(part):
            self._open ^= {part.key}
            self._list()

    def reveal(self, key: Key) -> int:
        """Open what hides a part; return the index of its row, or of the nearest that holds it."""
        self._open |= {key[:depth] for depth in range(len(key))}
        self._list()
        return max(i for i, row in enumerate(self.rows) if row.key == key[: len(row.key)])

    def above(self, index: int) -> int:
        """The index of the part that holds the one at an index."""
        depth = len(self.rows[index].key)
        return next((i for i in range(index, -1, -1) if len(self.rows[i].key) < depth), index)

    def _list(self) -> None:
        count = self.layers[-1].last
        self.rows = [Part((), f"all {count:,} parameters", 0, count)]
        for i, span in enumerate(self.layers if () in self._open else ()):
            self._list_layer(i, span)

    def _list_layer(self, i: int, span: LayerSpan) -> None:
        size, each = span.neurons, span.each
        kind = self.activation if i < len(self.layers) - 1 else "linear"
        plural = "s"[: size != 1]
        self.rows.append(Part((i,), f"layer[{i}]  {size} {kind} neuron{plural}", span.first, span.last))
        for j in range(size if (i,) in self._open else 0):
            at = span.first + j * each
            self.rows.append(Part((i, j), f"neuron[{j}]", at, at + each))
            if (i, j) in self._open:
                names = [*(f"w{k}" for k in range(each - 1)), "b"]
                self.rows += [Part((i, j, k), name, at + k, at + k + 1) for k, name in enumerate(names)]
