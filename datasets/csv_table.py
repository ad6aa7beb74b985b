"""The table in a CSV file: which row names the columns, which rows are as long as the others?"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path

from .cells import MISSING, number_in
from .csv_text import MOST_BYTES, SAMPLE_ROWS, SEPARATORS, CsvText, Row, open_text, usual_width
from .dataset import BadData

MOST_COLUMNS = 10_000
MOST_PREAMBLE = 20
SHOWN = 5
"""The most lines or names that a sentence lists."""


@dataclass(eq=False)
class Table:
    """Rows of equally many cells, to be read as often as they are needed."""

    text: CsvText
    names: tuple[str, ...]
    headed: bool
    begins: int
    """The last line above the rows."""
    comments: bool
    """Whether a line that begins with # is a comment."""
    notes: list[str]
    header: list[str] = field(default_factory=list)
    """The row that names the columns, which some files repeat further below."""
    short: list[Row] = field(default_factory=list)
    long: list[Row] = field(default_factory=list)
    ragged: Counter[str] = field(default_factory=Counter)
    """How many rows are too short, and too long."""

    def rows(self, even_only: bool, report: Callable[[float], object]) -> Iterator[Row]:
        """Yield every row, too short ones filled up with empty cells, or only those of full length.

        What is too long has no place here: it is counted, and the first of them are kept.
        """
        width = len(self.names)
        self.short, self.long, self.ragged = [], [], Counter()
        for line, cells in self.text.rows(report):
            if line <= self.begins or cells == self.header:
                continue
            if self.comments and cells[0].startswith("#"):
                continue
            if len(cells) != width:
                if len(cells) > width and not any(cells[width:]):
                    cells = cells[:width]
                else:
                    self._note(line, cells)
                    if len(cells) > width or even_only:
                        continue
                    cells = cells + [""] * (width - len(cells))
            yield line, cells

    def _note(self, line: int, cells: list[str]) -> None:
        kind, kept = ("long", self.long) if len(cells) > len(self.names) else ("short", self.short)
        self.ragged[kind] += 1
        if len(kept) < SHOWN:
            kept.append((line, cells))


def read_table(path: Path, target: str | None, *, most_bytes: int = MOST_BYTES) -> Table:
    """Return the table of a file; raise BadData where there is none. A header may hold `target`."""
    text = open_text(path, most_bytes)
    sample = list(islice(text.rows(), SAMPLE_ROWS))
    if not sample:
        raise BadData("the file is empty")
    return _table(text, sample, target)


def _table(text: CsvText, sample: list[Row], target: str | None) -> Table:
    notes = list(text.notes)
    comments = _has_comments(sample)
    first_hash = sample[0][1][0].startswith("#") and comments
    body = [row for row in sample if not (comments and row[1][0].startswith("#"))]
    body, begins, skipped = _without_preamble(body)
    if skipped:
        lines = "1 line above the table is" if skipped == 1 else f"{skipped} lines above the table are"
        notes.append(f"{lines} left out.")
    width = _width(body)
    hashed = _hashed_header(sample, width) if first_hash and not _names_numbers(body) else None
    if hashed:
        names, headed, begins = hashed[1], True, hashed[0]
    else:
        headed = bool(body) and _has_header([cells for _, cells in body], target)
        names = body[0][1] if headed else [f"column{i + 1}" for i in range(width)]
        begins = body[0][0] if headed else begins
    if len(names) < width:  # R writes no name above the names of the rows
        names = [""] * (width - len(names)) + names
    named, renamed = _names(names[:width])
    if text.separator != ",":
        notes.append(f"Cells are separated by {SEPARATORS.get(text.separator, repr(text.separator))}.")
    if headed:
        notes.append("The first row of the file names the columns.")
    else:
        called = f"its columns are called column1 to column{width}"
        notes.append(f"The file has no header: {called}.")
    header = body[0][1] if headed and not hashed else []
    return Table(text, tuple(named), headed, begins, comments, notes + renamed, header)


def _has_comments(sample: Sequence[Row]) -> bool:
    """Whether # begins a comment here: where many rows begin with it, it belongs to their first cell."""
    hashes = sum(cells[0].startswith("#") for _, cells in sample[1:])
    return hashes <= 0.6 * len(sample)


def _without_preamble(body: list[Row]) -> tuple[list[Row], int, int]:
    """Leave out lines of a title above the table; return the last line of them, and how many."""
    common, even = usual_width([len(cells) for _, cells in body])
    at = next(
        (i for i, (_, cells) in enumerate(body) if len(cells) in (common, common - 1) and common > 1), 0
    )
    if common < 2 or at == 0 or at > MOST_PREAMBLE or even < 0.5:
        return body, 0, 0
    return body[at:], body[at - 1][0], at


def _width(body: Sequence[Row]) -> int:
    """Return how many cells a row has."""
    width, _ = usual_width([len(cells) for _, cells in body])
    first = body[0][1] if body else []
    if len(first) > width and any(first[width:]):  # cells at the ends of rows were left out
        width = len(first)
    elif len(first) < width and not any(cell for _, cells in body for cell in cells[len(first) :]):
        width = len(first)  # every row ends with a separator
    if width < 2:
        raise BadData("there is one column only; it takes an input and a target, separated by commas")
    if width > MOST_COLUMNS:
        raise BadData(f"there are {width:,} columns; at most {MOST_COLUMNS:,} can be read")
    return width


def _names_numbers(body: Sequence[Row]) -> bool:
    """Whether the first row is words above numbers alone: a comment with as many words is no header."""
    (_, first), *below = body[:5] or [(0, [""])]
    words = all(cell and number_in(cell) is None for cell in first)
    return bool(below) and words and all(number_in(cell) is not None for _, row in below for cell in row)


def _hashed_header(sample: Sequence[Row], width: int) -> tuple[int, list[str]] | None:
    """Return the names in a comment above the table, where it has as many as the table has columns."""
    for line, cells in sample:
        if not cells[0].startswith("#"):
            return None
        for names in (cells, [cells[0].lstrip("# "), *cells[1:]], cells[1:]):
            if len(names) == width and all(names):
                if any(number_in(name) is not None for name in names):
                    return None
                stripped = names[0].lstrip("# ") or "#"
                return line, [stripped, *names[1:]]
    return None


def _has_header(cells: Sequence[Sequence[str]], target: str | None) -> bool:
    """Return whether the first row names the columns.

    It does if it holds the target's name, or a text above a column of numbers. Without a column of
    numbers it does if its texts are not found again below, as those of a row would be.
    """
    first, below = cells[0], [row for row in cells[1:] if row != cells[0]]
    if target in first and number_in(target) is None:
        return True
    columns = [_below(below, i) for i in range(len(first))]
    texts = [i for i, cell in enumerate(first) if not _is_number(cell) and cell.lower() not in MISSING]
    if any(columns[i] and all(map(_is_number, columns[i])) for i in texts):
        return True
    again = sum(first[i] in columns[i] for i in texts)
    numbers = [cell for cell in first if _is_number(cell)]
    if not numbers:
        return bool(texts) and 2 * again < len(texts)
    return again == 0 and len(numbers) + len(texts) >= 3 and _counts_up(numbers, 2 if texts else 4)


def _below(below: Sequence[Sequence[str]], i: int) -> set[str]:
    return {row[i] for row in below if len(row) > i and row[i].lower() not in MISSING}


def _is_number(cell: str) -> bool:
    return number_in(cell) is not None or number_in(cell.replace(",", ".", 1)) is not None


def _counts_up(numbers: Sequence[str], least: int) -> bool:
    """Whether they are names that pandas or a calendar gave: 0, 1, 2 or 1990, 1991, 1992."""
    if len(numbers) < least or not all(cell.isdecimal() for cell in numbers):
        return False
    begins = int(numbers[0][:9])
    counted = [int(cell[:9]) for cell in numbers] == list(range(begins, begins + len(numbers)))
    return counted and (begins in (0, 1) or len(numbers) > 2)


def _names(first: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a name for each column, no two alike, and a note where two were."""
    given, names = set(first), dict[str, None]()
    for i, name in enumerate(first):
        wanted = name or f"column{i + 1}"
        ways = chain([wanted], (f"{wanted}.{k}" for k in count(1)))
        names[next(way for way in ways if way not in names and (way == name or way not in given))] = None
    twice = [name for name, times in Counter(filter(None, first)).items() if times > 1]
    if not twice:
        return list(names), []
    some = ", ".join(map(repr, twice[:SHOWN])) + (", ..." if len(twice) > SHOWN else "")
    return list(names), [f"Several columns are called {some}: after the first, NAME.1, NAME.2."]
