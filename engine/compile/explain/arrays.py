"""What the arrays that a generated line names are: their shape, and who computes them."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right

from ..fold.arrays import Baked, Binding, Scratch, Swapped, View
from ..fold.fold import Fold

_NAME = re.compile(r"\b[a-z]+\d+(?:_t)?\b")


class Legend:
    """Says of each array of a fold what it is."""

    def __init__(self, made: Fold) -> None:
        self.bindings = made.arrays.bindings
        address = made.layout.address
        last: dict[int, int] = {}
        for number, line in enumerate(made.lines, 1):
            if "back" not in line.phase:
                last[line.group] = number
        # A slice of memory and the groups whose results lie there, one after the other.
        self.slices: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for i, group in enumerate(made.groups):
            place = int(address[group.nodes].min()), int(address[group.nodes].max())
            self.slices.setdefault(place, []).append((i, last[i]))
        self.places = sorted(self.slices)

    def of(self, text: str, group: int, phase: str) -> tuple[tuple[str, str], ...]:
        """Return (name, what it is) for every array a line of a group names."""
        names = [name for name in dict.fromkeys(_NAME.findall(text)) if name in self.bindings]
        return tuple((name, self._described(self.bindings[name], group, phase)) for name in names)

    def _described(self, binding: Binding, group: int, phase: str) -> str:
        if isinstance(binding, Swapped):
            return f"{binding.of} turned on its side"
        if isinstance(binding, Baked):
            floats = binding.numbers.dtype == float
            return _counted(
                binding.numbers.shape, *(("fixed number",) if floats else ("index", "indices"))
            )
        if isinstance(binding, Scratch):
            return _counted(binding.shape, "number in between", "numbers in between")
        return self._view(binding, group, phase)

    def _view(self, view: View, group: int, phase: str) -> str:
        gradient = view.memory.startswith("d")
        stop = view.first + sum((n - 1) * step for n, step in zip(view.shape, view.steps, strict=True))
        low, high = min(view.first, stop), max(view.first, stop)
        # What a later group writes in the same place is not there yet, forward.
        at = bisect_right(self.places, (low, sys.maxsize)) - 1
        inside = at >= 0 and high <= self.places[at][1]
        writers = self.slices[self.places[at]] if inside else []
        found = [(i, line) for i, line in writers if phase == "backward" or i <= group]
        if found:
            told = _counted(view.shape, "result") + _whose(found, group, phase)
        else:
            parameters = not self.places or high < self.places[0][0]
            told = _counted(view.shape, "parameter" if parameters else "value")
        return f"the gradients of {told}" if gradient else told


def _whose(found: list[tuple[int, int]], group: int, phase: str) -> str:
    """Say which line the results are of: (group, its last line) in the order of writing."""
    if phase == "backward" or found[-1][0] != group:
        return f" of line {found[-1][1]}"
    return f" of line {found[-2][1]}, replaced in place" if len(found) > 1 else ", made here"


def _counted(shape: tuple[int, ...], word: str, plural: str = "") -> str:
    long = [f"{n:,}" for n in shape if n > 1]
    return f"{' x '.join(long)} {plural or word + 's'}" if long else f"1 {word}"
