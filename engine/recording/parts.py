"""An index over a part of the log: its writes sorted by cell, so that a cell's value is bisected.

A log that is gone on with gets a part for what is appended, or a few writes more to its last part:
appending costs what is new, and looking a value up costs three bisections, however many parts there are.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Part:
    """The writes from `first` on that were appended together.

    The writes to a cell are `cell_writes[cell_start[cell] : cell_start[cell + 1]]`. `earlier` holds
    every cell's last write before the part, -1 for none; the first part needs none.
    """

    first: int
    cell_start: array[int]
    cell_writes: array[int]
    earlier: array[int]

    @property
    def end(self) -> int:
        """The write after the last of the part."""
        return self.first + len(self.cell_writes)

    def history(self, cell: int, start: int = 0, end: int | None = None) -> array[int]:
        """The indices of the part's writes to a cell, in order; or of those with start <= index < end."""
        first, last = self.cell_start[cell], self.cell_start[cell + 1]
        if end is not None:
            first = bisect_left(self.cell_writes, start, first, last)
            last = bisect_left(self.cell_writes, end, first, last)
        return self.cell_writes[first:last]

    def last_before(self, cell: int, write: int) -> int:
        """The last write to a cell before a write of this part, or before its end; -1 for none."""
        first = self.cell_start[cell]
        at = bisect_left(self.cell_writes, write, first, self.cell_start[cell + 1])
        if at > first:
            return self.cell_writes[at - 1]
        return self.earlier[cell] if self.earlier else -1


class FewWrites:
    """The writes after a part that were appended a few at a time, as an edit does: it grows.

    A part has room for every cell; here only those have any that were written to.
    """

    __slots__ = ("_writes", "before", "end", "first")

    def __init__(self, before: Part) -> None:
        self.before = before
        self.first = self.end = before.end
        self._writes: dict[int, array[int]] = {}

    def grow(self, write_cell: array[int]) -> None:
        """Take the writes that no part holds yet."""
        for write, cell in enumerate(write_cell[self.end :], self.end):
            self._writes.setdefault(cell, array("I")).append(write)
        self.end = len(write_cell)

    def history(self, cell: int, start: int = 0, end: int | None = None) -> array[int]:
        """The indices of the writes to a cell, in order; or of those with start <= index < end."""
        writes = self._writes.get(cell, _NONE)
        return writes if end is None else writes[bisect_left(writes, start) : bisect_left(writes, end)]

    def last_before(self, cell: int, write: int) -> int:
        """The last write to a cell before one of these writes, or before their end; -1 for none."""
        writes = self._writes.get(cell, _NONE)
        at = bisect_left(writes, write)
        return writes[at - 1] if at else self.before.last_before(cell, self.before.end)


_NONE = array("I")
FEW = 16
"""What writes to fewer than one cell in so many gets no index of all the cells."""
Parts = list[Part | FewWrites]


def index_new(parts: Parts, write_cell: array[int], cell_count: int) -> None:
    """Index the writes that no part holds yet, of `write_cell` which holds the cell of every write."""
    before = parts[-1] if parts else None
    if before is None or len(write_cell) - before.end > cell_count // FEW:
        parts.append(_next_part(before, write_cell, cell_count))
        return
    few = before if isinstance(before, FewWrites) else FewWrites(before)
    few.grow(write_cell)
    if few is not before:
        parts.append(few)


def _next_part(before: Part | FewWrites | None, write_cell: array[int], cell_count: int) -> Part:
    """Index the writes after a part, by all the cells there are."""
    first = before.end if before else 0
    cells = write_cell[first:].tolist()
    counts = [0] * (cell_count + 1)
    for cell in cells:
        counts[cell + 1] += 1
    # A stable sort by cell keeps each cell's writes in the order of the log.
    order = sorted(range(len(cells)), key=cells.__getitem__)
    writes = array("I", [first + i for i in order] if first else order)
    earlier = _last_writes(before, write_cell, cell_count) if before else array("i")
    return Part(first, array("I", accumulate(counts)), writes, earlier)


def _last_writes(before: Part | FewWrites, write_cell: array[int], cell_count: int) -> array[int]:
    """Every cell's last write before the end of a part."""
    part = before.before if isinstance(before, FewWrites) else before
    last = array("i", part.earlier or array("i", [-1]) * cell_count)
    for write, cell in enumerate(write_cell[part.first : before.end], part.first):
        last[cell] = write
    return last
