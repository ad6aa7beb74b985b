"""What a data set is: rows of floats and a description, and where to get it."""

from collections.abc import Callable
from dataclasses import dataclass

Row = tuple[tuple[float, ...], float]
"""The inputs x of one observation, and its y. An input that is nan is missing, to be filled in."""

MOST_ROWS = 1_000_000


class BadData(ValueError):
    """The data cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows (x, y) of floats. y is the index of a class, or a number where `classes` is empty."""

    name: str
    description: str
    inputs: tuple[str, ...]
    target: str
    rows: tuple[Row, ...]
    classes: tuple[str, ...] = ()
    source: str = ""
    licence: str = ""
    citation: str = ""
    standardise: bool = False
    """Whether its columns are of such different sizes that they should be standardised to train."""
    notes: tuple[str, ...] = ()
    """What was decided in reading it, as sentences."""
    groups: tuple[tuple[int, int], ...] = ()
    """Where the inputs of 0 and 1 that stand for a column of texts begin and end: never scaled."""

    def counts(self) -> tuple[int, ...]:
        """Return how many rows each class has."""
        counts = [0] * len(self.classes)
        for _, y in self.rows if counts else ():
            counts[int(y)] += 1
        return tuple(counts)


@dataclass(frozen=True, eq=False)
class Source:
    """A data set by name. `build` gets the number of rows, the noise and the seed."""

    name: str
    summary: str
    build: Callable[[int, float, int], Dataset]
    n: int
    noise: float | None = None
    """The noise if no other is given; None for measured data, which takes none."""

    def make(self, n: int | None = None, noise: float | None = None, seed: int = 1337) -> Dataset:
        """Return the data set; raise BadData for a size or a noise that it cannot have."""
        n = self.n if n is None else n
        if not 1 <= n <= self.most:
            raise BadData(f"{self.name} can have 1 to {self.most:,} rows, not {n}")
        if self.noise is None and noise is not None:
            raise BadData(f"{self.name} is measured data: no noise is added to it")
        noise = noise if noise is not None else self.noise or 0.0
        if not 0 <= noise <= 1e6:
            raise BadData(f"noise is a standard deviation from 0 to 1e6, not {noise}")
        return self.build(n, noise, seed)

    @property
    def most(self) -> int:
        """The most rows it can have: all of what was measured, a million of what is made."""
        return self.n if self.noise is None else MOST_ROWS
