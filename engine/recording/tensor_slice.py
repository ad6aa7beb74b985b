"""An index into a tensor as PyTorch writes it, `[3, :, 0:10]`: parsed, never evaluated."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .tensor import Shape

_NUMBER = r"\s*(-?\d{1,18})?\s*"
_WHOLE = re.compile(r"\s*(-?\d{1,18})\s*", re.ASCII)
_RANGE = re.compile(rf"{_NUMBER}:{_NUMBER}(?::{_NUMBER})?", re.ASCII)
Place = int | range
"""What is picked along one dimension: an index, which takes the dimension away, or some of them."""


class BadIndex(Exception):
    """It picks nothing of this tensor; the message is one sentence."""


@dataclass(frozen=True)
class Pick:
    """What an index picks of a tensor: an entry a dimension."""

    places: tuple[Place, ...]
    of: Shape

    @property
    def shape(self) -> Shape:
        """The shape of what is picked."""
        return tuple(len(place) for place in self.places if isinstance(place, range))

    @property
    def is_whole(self) -> bool:
        """Whether all of it is."""
        return self.shape == self.of

    @property
    def text(self) -> str:
        """The index as PyTorch writes it; one that picks all is `[...]`."""
        if self.is_whole:
            return "[...]"
        return f"[{', '.join(map(_written, self.places, self.of))}]"

    def at(self, picked: Shape) -> tuple[int, ...]:
        """Return where an element of what is picked lies in the whole tensor."""
        inner = iter(picked)
        return tuple(place if isinstance(place, int) else place[next(inner)] for place in self.places)


def whole(shape: Shape) -> Pick:
    """Return what picks all of a tensor."""
    return Pick(tuple(map(range, shape)), shape)


def parse_index(text: str, shape: Shape) -> Pick:
    """Read an index, with its brackets or without; nothing picks all. Raise BadIndex."""
    inner = text.strip()
    if inner.startswith("[") != inner.endswith("]"):
        raise BadIndex("a bracket is missing: [3, :, 0:10]")
    inner = inner.removeprefix("[").removesuffix("]").strip().removesuffix(",")
    words = [word.strip() for word in inner.split(",")] if inner.strip() else []
    return Pick(tuple(map(_place, _spread(words, shape), shape, range(len(shape)))), shape)


def _spread(words: list[str], shape: Shape) -> Iterator[str]:
    """Yield a word a dimension: `...` stands for as many `:` as are missing, and so does the end."""
    if words.count("...") > 1:
        raise BadIndex("only one ... can stand in an index")
    given = len(words) - words.count("...")
    if given > len(shape):
        dimensions = f"{len(shape)} dimension{'s'[: len(shape) != 1]}"
        raise BadIndex(f"{given} indices are too many for a tensor of {dimensions}")
    missing = [":"] * (len(shape) - given)
    place = words.index("...") if "..." in words else len(words)
    yield from (*words[:place], *missing, *words[place + 1 :])


def _place(word: str, size: int, dimension: int) -> Place:
    if found := _WHOLE.fullmatch(word):
        index = int(found[1])
        if not -size <= index < size:
            raise BadIndex(
                f"index {index} is out of range: dimension {dimension} has {size:,} ({_bounds(size)})"
            )
        return index % size
    if found := _RANGE.fullmatch(word):
        start, stop, step = (None if part is None else int(part) for part in found.groups())
        if step is not None and step < 1:
            raise BadIndex(f"a step is 1 or more, as in PyTorch, not {step}")
        return range(*slice(start, stop, step).indices(size))
    raise BadIndex(f"{word or 'nothing'!r} is no index: a number, a range as 0:10, : or ...")


def _bounds(size: int) -> str:
    return f"0 to {size - 1:,}, or -{size:,} to -1" if size else "there is nothing in it"


def _written(place: Place, size: int) -> str:
    if isinstance(place, int):
        return str(place)
    start = str(place.start) if place.start else ""
    stop = str(place.stop) if place.stop < size or not place else ""
    return f"{start}:{stop}" + (f":{place.step}" if place.step != 1 else "")


def unravelled(place: int, shape: Shape) -> tuple[int, ...]:
    """Return the indices of the place-th element, counted row by row."""
    found: list[int] = []
    for size in reversed(shape):
        place, index = divmod(place, size)
        found.append(index)
    return tuple(reversed(found))


@dataclass(frozen=True)
class Grid:
    """A tensor as rows of numbers: a row for each index but the last; one of one dimension is wrapped."""

    shape: Shape
    wrap: int
    """How many numbers of a tensor of one dimension stand in a row."""

    @property
    def columns(self) -> int:
        """The numbers in a row."""
        return min(self.wrap, self.shape[0]) if len(self.shape) == 1 else (self.shape or (1,))[-1]

    @property
    def rows(self) -> int:
        """The number of rows."""
        if len(self.shape) == 1:
            return -(-self.shape[0] // self.wrap)
        return math.prod(self.shape[:-1]) if self.columns else 0

    def length(self, row: int) -> int:
        """How many numbers stand in a row: the last one of a wrapped tensor may be short."""
        return (
            min(self.columns, self.shape[0] - row * self.wrap) if len(self.shape) == 1 else self.columns
        )

    def place(self, row: int, column: int) -> tuple[int, ...]:
        """Return the indices of a number."""
        if not self.shape:
            return ()
        if len(self.shape) == 1:
            return (row * self.wrap + column,)
        return (*unravelled(row, self.shape[:-1]), column)

    def cell(self, place: tuple[int, ...]) -> tuple[int, int]:
        """Return the row and the column of a number."""
        if not place:
            return 0, 0
        if len(place) == 1:
            return divmod(place[0], self.wrap)
        row = 0
        for index, size in zip(place[:-1], self.shape[:-1], strict=True):
            row = row * size + index
        return row, place[-1]
