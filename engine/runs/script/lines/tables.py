"""Lines of a table: CSV, TSV, cells with `;` or `|` or blanks between them, below their header.

The header of a row is the last one before it with as many cells, so that a second table may follow, or
two take turns, and no name shifts.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .found import Found, Numbers
from .names import header_strength, is_measured, is_place, may_be_name
from .numbers import cell

LONGEST = 1_000_000
_BAR = re.compile(r":?\s{0,9}\d{1,3}%\s?\|.*$")
_RULER = re.compile(r"^[\s\-=+|_:─━═┃│┏┓┗┛┡┩┳╇┴└┘├┤┼╭╮╰╯*#~.]*$")
_FRAME = re.compile("[┃│]")

Shape = tuple[str, int]
"""What stands between cells, and how many there are."""


def is_ruler(line: str) -> bool:
    """Whether a line only draws, or is empty."""
    return bool(_RULER.match(line))


@dataclass(frozen=True)
class Header:
    """The names of the columns, and how sure it is that they are."""

    names: tuple[str, ...]
    strength: int
    indented: bool = False
    """Whether blanks stand before it, as where a frame of pandas has its index."""


class Tables:
    """The headers seen so far, and the rows below them."""

    def __init__(self) -> None:
        self._headers: dict[Shape, Header] = {}
        self._section = ""
        self._waiting: Numbers = {}

    def read_row(self, line: str) -> Found | None:
        """Return the numbers of a row by the names of its columns; None for what is no row."""
        for sign, cells in _ways(_BAR.sub("", line)):
            if sign == " " and any(map(_several, cells)):
                continue
            values = [cell(text, decimal_comma=sign == ";") for text in cells]
            if not any(value is not None for value in values):
                continue
            header = self._headers.get((sign, len(cells))) or self._indexed(line, sign, cells)
            if header and _fits(header, cells, values):
                return Found(_named(header.names, values))
            if header is None and all(value is not None for value in values) and not self._headers:
                return Found(_named(_unnamed(len(cells)), values))
        return None

    def _indexed(self, line: str, sign: str, cells: Sequence[str]) -> Header | None:
        """Return the header of a printed frame for its row, whose index comes first and has no name."""
        header = self._headers.get((sign, len(cells) - 1))
        if not header or not header.indented or line[:1].isspace() or not cells[0].isdigit():
            return None
        index = "index" if any(map(is_place, header.names)) else "step"
        return Header((index, *header.names), header.strength)

    def take_pair(self, line: str) -> bool:
        """Take a row of a name and its number, as tables of results have them; they end together."""
        cells = re.split(r"[|┃│]", line.strip().strip("|┃│"))
        if len(cells) != 2 or not re.match(r"[|┃│]", line.strip()):
            return False
        name, value = cells[0].strip(), cell(cells[1])
        if name.endswith("/") and not cells[1].strip():
            self._section = name
            return True
        if value is None or not may_be_name(name):
            return False
        self._waiting[f"{self._section}{name}"] = value
        return True

    def take_out(self) -> Found | None:
        """Return the numbers of the rows of names that have come to their end."""
        waiting, self._waiting, self._section = self._waiting, {}, ""
        return Found(waiting) if waiting else None

    def take_header(self, line: str) -> int:
        """Take a line as the header of what follows, if it can be one; return how much it is like one."""
        for sign, cells in _ways(_BAR.sub("", line), of_header=True):
            strength = header_strength(cells)
            shape = sign, len(cells)
            known = self._headers.get(shape)
            if strength and len(cells) > 1:
                if strength < 2 and ((known and known.strength > strength) or sign == " "):
                    continue
                if sign == " " and not re.search(r"\s{2}|\t", line.strip()) and not _all_known(cells):
                    continue
                names = tuple(_cleaned(name, i) for i, name in enumerate(cells))
                indented = sign == " " and line[:1].isspace()
                self._headers[shape] = Header(names, strength, indented)
                return strength
        return 0


def _several(text: str) -> bool:
    """Whether wide blanks leave two numbers together: taken for one cell, they shift the names."""
    words = text.split()
    return len(words) > 1 and all(cell(word) is not None for word in words)


def _all_known(cells: Sequence[str]) -> bool:
    """Whether words with one blank between them can be a header: nearly all of them are known names."""
    return sum(is_measured(name) or is_place(name) for name in cells) > len(cells) / 2


def _ways(line: str, of_header: bool = False) -> list[tuple[str, list[str]]]:
    """Return the ways to take a line apart, the likeliest first."""
    line = _FRAME.sub("|", line).strip("\n")
    found = []
    for sign in "\t;,":
        if sign in line and len(line) <= LONGEST:
            found.append((sign, _csv(line, sign)))
            break
    if "|" in line:
        found.append(("|", [text.strip() for text in line.strip().strip("|").split("|")]))
    if not found:
        wide = re.split(r"\s{2,}|\t", line.strip())
        narrow = line.split()
        ways = (wide, narrow) if of_header else (narrow, wide)
        found += [(" ", cells) for i, cells in enumerate(ways) if not i or cells != ways[0]]
    return [(sign, cells) for sign, cells in found if cells]


def _csv(line: str, sign: str) -> list[str]:
    try:
        return [text.strip() for text in next(csv.reader([line], delimiter=sign), [])]
    except csv.Error:
        return []


def _fits(header: Header, cells: Sequence[str], values: Sequence[float | None]) -> bool:
    """Whether cells are a row below a header: a number for its step, and mostly numbers or nothing."""
    places = [i for i, name in enumerate(header.names) if is_place(name)]
    if places and all(values[i] is None for i in places):
        return False
    words = sum(value is None and bool(text) for text, value in zip(cells, values, strict=True))
    measured = any(is_measured(n) and v is not None for n, v in zip(header.names, values, strict=True))
    return measured or words <= len(cells) / 2


def _named(names: Sequence[str], values: Sequence[float | None]) -> Numbers:
    pairs = zip(names, values, strict=True)
    return {name: value for name, value in pairs if value is not None}


def _cleaned(name: str, index: int) -> str:
    # What pandas writes of a table with an index has no name for it.
    return re.sub(r"[()]+", " ", name).strip() or ("step" if not index else f"column{index + 1}")


def _unnamed(count: int) -> list[str]:
    """Name the columns of a table without a header: loss, or step and loss and more."""
    return ["loss"] if count == 1 else ["step", "loss", *(f"column{i}" for i in range(3, count + 1))]
