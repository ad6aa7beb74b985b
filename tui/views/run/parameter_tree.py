"""The parameters of a network as a tree of layers and neurons, of which only the open rows are listed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ....engine.learning.config import Config
from ....engine.learning.language.config import GPTConfig
from ....engine.learning.settings import Settings
from ....engine.learning.shape import LayerSpan
from ...text.format import plain

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


_HEAD = re.compile(r"/head\[\d+\]")


def key_of(place: str) -> Key:
    """Return which part a scope is, as `layer[0]/neuron[3]`; () where it is none of the network's."""
    found = _PLACE.fullmatch(place)
    return tuple(int(part) for part in found.groups() if part is not None) if found else ()


class ParameterTree:
    """Rows from the network down to what is open; at first that is the last layer's first neuron."""

    def __init__(self, config: Settings) -> None:
        self.layers = config.layers
        self._config = config
        last = len(self.layers) - 1
        self._open: set[Key] = {(), (last,), (last, 0)} if isinstance(config, Config) else {()}
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

    def key_at(self, place: str) -> Key:
        """Return which part a place of an event is; () where it is none."""
        if isinstance(self._config, Config):
            return key_of(place)
        named = _HEAD.sub("", place).replace("/mlp", "/fc1")
        return next(((i,) for i, span in enumerate(self.layers) if span.name == named), ())

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
        self.rows.append(Part((i,), f"{span.name}  {self._size(i, span)}", span.first, span.last))
        for j in range(size if (i,) in self._open else 0):
            at = span.first + j * each
            self.rows.append(Part((i, j), f"{span.unit}[{j}]{self._letter(span, j)}", at, at + each))
            if (i, j) in self._open:
                names = self._names(span, j)
                self.rows += [Part((i, j, k), name, at + k, at + k + 1) for k, name in enumerate(names)]

    def _size(self, i: int, span: LayerSpan) -> str:
        """How many parts a layer has, and of what kind."""
        count = f"{span.neurons} {span.unit}{'s'[: span.neurons != 1]}"
        if not isinstance(self._config, Config):
            return f"{count} of {span.each}"
        kind = self._config.activation if i < len(self.layers) - 1 else "linear"
        return count.replace(" ", f" {kind} ", 1)

    def _names(self, span: LayerSpan, j: int) -> list[str]:
        if span.unit == "neuron":
            return [*(f"w{k}" for k in range(span.each - 1)), "b"]
        return [f"{span.name.rpartition('/')[2]}[{j},{k}]" for k in range(span.each)]

    def _letter(self, span: LayerSpan, j: int) -> str:
        """Of which token a row is, where it is of one."""
        if isinstance(self._config, GPTConfig) and span.name in ("wte", "lm_head"):
            return f"  {plain(self._config.letter(j))}"
        return ""
