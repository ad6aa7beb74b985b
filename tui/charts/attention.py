"""Attention as lines of text: head by head a triangle, a row a query and a column a key."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ..text.format import cells, fitted, plain
from ..text.glyphs import Glyphs
from ..text.lines import Line, cut, sign_style

WORD = 6  # cells of a letter's name, at most
GAP = 2  # between two heads


@dataclass(frozen=True)
class Head:
    """One head: its name, what is read at each position, and of each query its numbers, key by key."""

    name: str
    letters: Sequence[str]
    rows: Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class Spot:
    """The row that is looked at, and of it the cell, if one is."""

    query: int
    key: int | None = None


def attention_lines(
    heads: Sequence[Head],
    signed: bool,
    width: int,
    height: int,
    signs: Glyphs,
    spot: Spot | None = None,
    at: int = 0,
) -> list[Line]:
    """Return as many heads as fit beside and below one another; `spot` is in the head `at`.

    Weights lie between 0 and 1; `signed` are gradients, shaded as parts of the largest of their head.
    """
    if not heads:
        return []
    across, cell = _fit(heads[0], signed, width)
    blocks = []
    for i, head in enumerate(heads):
        blocks.append(_block(head, signed, cell, height, signs, spot, i == at))
    wide = _wide(heads[0], cell) + GAP
    lines: list[Line] = []
    for first in range(0, len(blocks), across):
        beside = blocks[first : first + across]
        if lines and len(lines) + 1 + len(beside[0]) > height:
            break
        joined = [_joined(row, wide, width, signs) for row in zip_longest(*beside, fillvalue=())]
        lines += [()] * bool(lines) + joined
    return lines[:height]


def shown_count(head: Head, count: int, signed: bool, width: int, height: int) -> int:
    """Return how many heads of the size of this one have a place."""
    across, _ = _fit(head, signed, width)
    high = min(len(head.letters) + 2, height)
    return min(count, across * max(1, (height + 1) // (high + 1)))


def _fit(head: Head, signed: bool, width: int) -> tuple[int, int]:
    """How many heads stand side by side, and the cells of a number: 1 where only shades fit."""
    whole = 6 if signed else 4
    cell = whole if _wide(head, whole) <= width else 1
    return max(1, (width + GAP) // (_wide(head, cell) + GAP)), cell


def _words(head: Head) -> int:
    return min(WORD, max((cells(plain(letter)) for letter in head.letters), default=1))


def _wide(head: Head, cell: int) -> int:
    return max(_words(head) + 1 + cell * len(head.letters), cells(head.name))


def _block(
    head: Head,
    signed: bool,
    cell: int,
    height: int,
    signs: Glyphs,
    spot: Spot | None,
    looked_at: bool,
) -> list[Line]:
    """The lines of a head: its name, its keys, a row a query; all heads show the same rows."""
    words, most = _words(head), _largest(head) if signed else 1.0
    names = [fitted(plain(letter), words, "") for letter in head.letters]
    keys = "".join(_right(name.strip(), cell) for name in names)
    lines: list[Line] = [
        ((head.name, "lit" if looked_at and spot else "strong"),),
        ((f"{'':{words}} {keys}", "header"),),
    ]
    for query in _window(len(head.rows), height - 2, spot.query if spot else 0):
        lit = looked_at and spot is not None and spot.query == query
        pieces = [(f"{names[query]} ", "lit" if lit else "")]
        for key, number in enumerate(head.rows[query]):
            here = lit and spot is not None and spot.key == key
            pieces.append(_cell(number, most, signed, cell, here, signs))
        lines.append(tuple(pieces))
    return lines


def _right(name: str, cell: int) -> str:
    """The name of a key in the cells of its column, which may be one."""
    short = fitted(name, max(1, cell - 1), "").strip()
    return " " * (cell - cells(short)) + short


def _window(count: int, room: int, query: int) -> range:
    """The rows that have a place: those around the one looked at."""
    room = max(1, room)
    first = max(0, min(query - room // 2, count - room))
    return range(first, min(count, first + room))


def _largest(head: Head) -> float:
    sizes = [abs(x) for row in head.rows for x in row if x is not None and math.isfinite(x)]
    return max(sizes, default=0.0) or 1.0


def _cell(
    number: float | None, most: float, signed: bool, cell: int, here: bool, signs: Glyphs
) -> tuple[str, str]:
    if number is None:
        return " " * cell, ""
    if not math.isfinite(number):
        return fitted("!nan" if number != number else "!inf", cell, ""), "warning"
    shade = _shade(abs(number) / most, signs)
    style = "lit" if here else sign_style(number) if signed else "positive"
    if cell == 1:
        return shade, style
    text = _gradient(number) if signed else _part(number)
    return f"{shade}{text:>{cell - 1}}", style


def _gradient(number: float) -> str:
    """A gradient in five cells: `+2e-3`, `-.04`, `0`; of the smallest its sign alone."""
    if 0.01 <= abs(number) < 9.995:
        return f"{number:+.2f}".replace("0.", ".", 1)
    text = f"{number:+.0e}".replace("e-0", "e-").replace("e+0", "e+") if number else "0"
    return text if len(text) <= 5 else f"{text[0]}0" if abs(number) < 1 else f"{text[0]}big"


def _part(number: float) -> str:
    """A weight in three cells: `.07`, `1.0`."""
    text = f"{number:.2f}"
    return text[1:] if text.startswith("0") else text[:3]


def _shade(part: float, signs: Glyphs) -> str:
    """A sign that is the darker, the greater the part of 1."""
    return signs.heat[min(len(signs.heat) - 1, int(part * len(signs.heat)))]


def _joined(row: Sequence[Line], wide: int, width: int, signs: Glyphs) -> Line:
    pieces: list[tuple[str, str]] = []
    for line in row[:-1]:
        pieces += [*line, (" " * (wide - sum(cells(text) for text, _ in line)), "")]
    pieces += row[-1]
    return cut(tuple(pieces), width, signs.ellipsis)
