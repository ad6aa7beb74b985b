"""Columns: titled lists of keys and what they do, laid side by side for a size, no word cut."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ..text.format import cells
from ..text.lines import Line, Piece

SHORT_KEYS, LONG_KEYS = 5, 10
"""Cells for the keys, beside labels and beside sentences; longer ones push what they do to the right."""


@dataclass(frozen=True)
class Entry:
    """A sign or some keys, what they do in a sentence, and in a word or two."""

    keys: str
    long: str
    short: str


@dataclass(frozen=True)
class Block:
    """Entries that belong together."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Way:
    """A way to lay them out: in sentences or in labels, airy or close."""

    short: bool
    least: int
    """The cells a column takes at least."""
    gap: int
    """Blank cells between two columns."""
    blanks: bool
    """Whether a blank line stands between two blocks."""


WAYS = (Way(False, 36, 2, True), Way(False, 36, 2, False), Way(True, 22, 1, False))
"""The best one first."""


def fitted_columns(blocks: Sequence[Block], width: int, height: int) -> list[Line]:
    """Lay the blocks out in whole sentences if they fit the height so, else in a word or two each.

    What is too high as well is scrolled through, in sentences where there is room for one column only.
    """
    ways = [_columns(blocks, width, way) for way in WAYS]
    fits = (lines for lines in ways if len(lines) <= height)
    return next(fits, ways[0] if width < 2 * WAYS[-1].least else ways[-1])


def _columns(blocks: Sequence[Block], width: int, way: Way) -> list[Line]:
    """The lowest columns that hold the blocks one after the other, none of them torn."""
    count = max(1, (width + way.gap) // (way.least + way.gap))
    own = (width + way.gap) // count - way.gap
    drawn = [_block(block, own, way.short) for block in blocks]
    lowest, highest = max(map(len, drawn)), sum(map(len, drawn)) + len(drawn)
    filled = (_fill(drawn, height, way.blanks) for height in range(lowest, highest + 1))
    columns = next(columns for columns in filled if len(columns) <= count)
    rows = zip_longest(*columns, fillvalue=())
    return [_side_by_side(row, own, way.gap) for row in rows]


def _fill(drawn: Sequence[list[Line]], height: int, blanks: bool) -> list[list[Line]]:
    columns: list[list[Line]] = [[]]
    for block in drawn:
        before: list[Line] = [()] if columns[-1] and blanks else []
        if len(columns[-1]) + len(before) + len(block) > height:
            columns.append([])
            before = []
        columns[-1] += [*before, *block]
    return columns


def _side_by_side(row: Sequence[Line], width: int, gap: int) -> Line:
    pieces: list[Piece] = []
    for line in row:
        size = sum(cells(text) for text, _ in line)
        pieces += [*line, (" " * (width - size + gap), "")]
    return tuple(pieces[:-1])


def _block(block: Block, width: int, short: bool) -> list[Line]:
    room = max(cells(entry.keys) for entry in block.entries)
    room = min(room, SHORT_KEYS if short else LONG_KEYS)
    lines: list[Line] = [((block.title, "strong"),)]
    for entry in block.entries:
        padded = f" {entry.keys}  " + " " * (room - cells(entry.keys))
        left = max(8, width - cells(padded))
        words = textwrap.wrap(entry.short if short else entry.long, left) or [""]
        lines.append(((padded, "lit"), (words[0], "")))
        lines += [((" " * cells(padded), ""), (more, "")) for more in words[1:]]
    return lines
