"""Columns: titled lists of keys and what they do, laid side by side for a size, no word cut."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from ..text.format import cells
from ..text.lines import Line, Piece

SHORT_KEYS = 5
"""Cells for the keys where room is short; longer ones push what they do to the right."""


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


def fitted_columns(blocks: Sequence[Block], width: int, height: int) -> list[Line]:
    """Lay the blocks out in whole sentences if they fit the height so, else in a word or two each.

    What is too high as well is scrolled through, in sentences where there is room for one column only.
    """
    whole: list[Line] = []
    for short, least, gap in ((False, 36, 2), (True, 22, 1)):
        columns = max(1, (width + gap) // (least + gap))
        own = (width + gap) // columns - gap
        lines = _columns(blocks, columns, own, gap, short)
        whole = whole or lines
        if len(lines) <= height:
            return lines
    return whole if columns == 1 else lines


def _columns(blocks: Sequence[Block], count: int, width: int, gap: int, short: bool) -> list[Line]:
    """The lowest columns that hold the blocks one after the other, none of them torn."""
    drawn = [_block(block, width, short) for block in blocks]
    for height in range(max(map(len, drawn)), sum(map(len, drawn)) + len(drawn) + 1):
        filled = _fill(drawn, height, gaps=not short)
        if len(filled) <= count:
            break
    height = max(map(len, filled))
    rows = [[column[y] if y < len(column) else () for column in filled] for y in range(height)]
    return [_side_by_side(row, width, gap) for row in rows]


def _fill(drawn: Sequence[list[Line]], height: int, gaps: bool) -> list[list[Line]]:
    columns: list[list[Line]] = [[]]
    for block in drawn:
        before: list[Line] = [()] if columns[-1] and gaps else []
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
    room = min(room, SHORT_KEYS) if short else room
    lines: list[Line] = [((block.title, "strong"),)]
    for entry in block.entries:
        padded = f" {entry.keys}  " + " " * (room - cells(entry.keys))
        left = max(8, width - cells(padded))
        words = textwrap.wrap(entry.short if short else entry.long, left) or [""]
        lines.append(((padded, "lit"), (words[0], "")))
        lines += [((" " * cells(padded), ""), (more, "")) for more in words[1:]]
    return lines
