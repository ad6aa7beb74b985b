"""A legend of the arrays that generated statements name: their shapes, and who computes them."""

from __future__ import annotations

import sys
from bisect import bisect_right

from ..fold.arrays import Baked, Chosen, Scratch, Swapped, View
from ..fold.fold import Fold
from ..fold.statements import Statement


class Legend:
    """A description of each array of a fold."""

    def __init__(self, made: Fold) -> None:
        self.bindings = made.arrays.bindings
        address = made.layout.address
        last: dict[int, int] = {}
        for number, statement in enumerate(made.statements, 1):
            if statement.forward:
                last[statement.group] = number
        # A slice of memory and the groups whose results lie there, one after the other.
        self.slices: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for i, group in enumerate(made.groups):
            place = int(address[group.nodes].min()), int(address[group.nodes].max())
            self.slices.setdefault(place, []).append((i, last[i]))
        self.places = sorted(self.slices)

    def of(self, statement: Statement) -> tuple[tuple[str, str], ...]:
        """Return (name, what it is) for every array a statement names."""
        return tuple((name, self._described(name, statement)) for name in statement.arrays)

    def _described(self, name: str, statement: Statement) -> str:
        binding = self.bindings[name]
        if isinstance(binding, Swapped):
            return f"{binding.of} transposed"
        if isinstance(binding, Baked):
            floats = binding.numbers.dtype == float
            return _counted(binding.numbers.shape, *(("constant",) if floats else ("index", "indices")))
        if isinstance(binding, Chosen):
            return _counted(binding.nodes.shape, "chosen index", "chosen indices")
        if isinstance(binding, Scratch):
            return _counted(binding.shape, "intermediate value", "intermediate values")
        return self._view(binding, statement)

    def _view(self, view: View, statement: Statement) -> str:
        gradient = view.memory.startswith("d")
        stop = view.first + sum((n - 1) * step for n, step in zip(view.shape, view.steps, strict=True))
        low, high = min(view.first, stop), max(view.first, stop)
        # What a later group writes in the same place is not there yet, forward.
        at = bisect_right(self.places, (low, sys.maxsize)) - 1
        inside = at >= 0 and high <= self.places[at][1]
        writers = self.slices[self.places[at]] if inside else []
        backward, group = not statement.forward, statement.group
        found = [(i, number) for i, number in writers if backward or i <= group]
        if found:
            what = _counted(view.shape, "result") + _whose(found, statement)
        else:
            parameters = not self.places or high < self.places[0][0]
            what = _counted(view.shape, "parameter" if parameters else "value")
        return f"the gradients of {what}" if gradient else what


def _whose(found: list[tuple[int, int]], statement: Statement) -> str:
    """Return whose results they are: `found` has (group, its last statement) in the order of writing."""
    if not statement.forward or found[-1][0] != statement.group:
        return f" of line {found[-1][1]}"
    return f" of line {found[-2][1]}, replaced in place" if len(found) > 1 else ", made here"


def _counted(shape: tuple[int, ...], word: str, plural: str = "") -> str:
    long = [f"{n:,}" for n in shape if n > 1]
    return f"{' x '.join(long)} {plural or word + 's'}" if long else f"1 {word}"
