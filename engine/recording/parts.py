"""An index over a part of the log: its writes sorted by cell, so that a cell's value is bisected.

A log that is gone on with gets a part for what is appended: appending costs what is new, and looking a
value up costs two bisections, however many parts there are.
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


def next_part(before: Part | None, write_cell: array[int], cell_count: int) -> Part:
    """Index the writes after a part, of `write_cell` which holds the cell of every write."""
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


def _last_writes(part: Part, write_cell: array[int], cell_count: int) -> array[int]:
    """Every cell's last write in a part and those before it."""
    last = array("i", part.earlier or array("i", [-1]) * cell_count)
    for write, cell in enumerate(write_cell[part.first : part.end], part.first):
        last[cell] = write
    return last
