"""A parser of Textual's terminal output: which cells it writes, their characters, their styles."""

import re
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

from rich.cells import get_character_cell_size

from .sgr import PLAIN, Style, blank

# Textual ends a row with a line feed and goes to the next by its number.
MOVE = re.compile(r"\n?\x1b\[(\d+);(\d+)H")
# Textual writes a text as codes, the text, a reset: the first two groups. The others stand alone: codes
# with their `m`, a link with its `8;`, text, anything else.
TOKEN = re.compile(
    r"\x1b\[([\d;:]*m)(?:([^\x00-\x1f\x7f-\x9f]+)\x1b\[0m)?"
    r"|\x1b\](8;[^\x07\x1b]*)(?:\x1b\\|\x07)"
    r"|([^\x00-\x1f\x7f-\x9f]+)"
    r"|([\s\S])"
)
RESET = "0"
REST = "\0"  # stands for the second cell of a wide character
SOFT_HYPHEN = "\xad"
UNKNOWN = "\0"  # the number of the style of a cell of which nothing is known
MOST_STYLES, MOST_FRAGMENTS = 20_000, 2_000  # remembered before all are forgotten

Token = tuple[str, str, str, str, str]  # the groups of TOKEN


class Fragment(NamedTuple):
    """What is written at one place."""

    raw: str
    sure: bool
    """Whether every terminal fills the same cells with it; else there is neither text nor numbers."""
    text: str
    """A character for each cell."""
    numbers: str
    """For each cell the number of its style, as a character."""
    before: Style
    after: Style


class Placed(NamedTuple):
    """A fragment and the row and column where it starts, from 0."""

    row: int
    column: int
    fragment: Fragment


class Parser:
    """Numbers styles and caches fragments: most of a frame is as in an earlier one."""

    def __init__(self) -> None:
        self.styles = [PLAIN]
        self._numbers: dict[Style, str] = {}
        self._fragments: dict[tuple[str, Style], Fragment | None] = {}
        self._tokens: dict[tuple[Token, Style], Fragment | None] = {}

    @property
    def full(self) -> bool:
        """Whether it is time to begin anew."""
        return len(self.styles) > MOST_STYLES

    def frame(self, data: str, style: Style) -> list[Placed] | None:
        """Return what a frame writes, or None if it is not wholly understood."""
        head, *rest = MOVE.split(data)
        if head or data.startswith("\n"):
            return None
        placed = []
        for row, column, raw in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
            fragment = self._fragment(raw, style)
            if fragment is None:
                return None
            placed.append(Placed(max(int(row), 1) - 1, max(int(column), 1) - 1, fragment))
            style = fragment.after
        return placed

    def _fragment(self, raw: str, before: Style) -> Fragment | None:
        key = raw, before
        if key not in self._fragments:
            if len(self._fragments) > MOST_FRAGMENTS:
                self._fragments.clear()
                self._tokens.clear()
            self._fragments[key] = self._parse(raw, before)
        return self._fragments[key]

    def _parse(self, raw: str, before: Style) -> Fragment | None:
        found, style = [], before
        for token in TOKEN.findall(raw):
            key = token, style
            if key not in self._tokens:
                self._tokens[key] = self._parse_token(token, style)
            parsed = self._tokens[key]
            if parsed is None:
                return None
            found.append(parsed)
            style = parsed.after
        sure = all(each.sure for each in found)
        text = "".join(each.text for each in found) if sure else ""
        numbers = "".join(each.numbers for each in found) if sure else ""
        return Fragment(raw, sure, text, numbers, before, style)

    def _parse_token(self, token: Token, before: Style) -> Fragment | None:
        codes, styled, link, bare, other = token
        if other:
            return None
        style = before if bare else _after(codes, link, before)
        text = styled or bare
        cells = cells_of(text)
        numbers = self._numbers_of(cells, style) if cells else ""
        after = style.coded(RESET) if styled else style
        return Fragment(text, bool(cells or not text), cells, numbers, before, after)

    def _numbers_of(self, cells: str, style: Style) -> str:
        blanks = {" ": self._number(blank(style))}
        return "".join(map(blanks.get, cells, repeat(self._number(style))))

    def _number(self, style: Style) -> str:
        if style not in self._numbers:
            self._numbers[style] = chr(len(self.styles))
            self.styles.append(style)
        return self._numbers[style]


def style_after(raw: str, style: Style) -> Style:
    """Return the style in which `raw` leaves the terminal."""
    for codes, styled, link, bare, other in TOKEN.findall(raw):
        style = style if bare or other else _after(codes, link, style)
        style = style.coded(RESET) if styled else style
    return style


def _after(codes: str, link: str, style: Style) -> Style:
    return style.linked(link[2:]) if link else style.coded(codes[:-1])


@lru_cache(4096)
def cells_of(text: str) -> str:
    """Return a character for each cell of a text, or nothing where terminals may differ.

    They agree on narrow characters of the older scripts and signs and on the wide ones of East Asia.
    They do not on emoji, on what combines with its neighbours, and on scripts written from the right.
    """
    if text.isascii():
        return text
    cells = [_cells(character) for character in text]
    return "".join(cells) if all(cells) else ""


@lru_cache(4096)
def _cells(character: str) -> str:
    size = get_character_cell_size(character)
    if "\u2e80" <= character <= "\uffff" and size == 2:
        return character + REST
    old = character < "\u0590" or "\u2010" <= character < "\u2e80"
    return character if old and size == 1 and character != SOFT_HYPHEN else ""
