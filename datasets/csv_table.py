"""The cells of a CSV file: which separator, which encoding, is there a header, are all rows as long?"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .dataset import MOST_ROWS, BadData

MOST_BYTES = 100_000_000
MOST_COLUMNS = 10_000
MISSING = {"", "?", "-", "na", "n/a", "#n/a", "nan", "null", "none", "."}


@dataclass(frozen=True, eq=False)
class Table:
    """The cells of a file, all rows equally long, and the line each row ends on."""

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    headed: bool

    def place(self, row: int, column: int) -> str:
        """Return the words for a cell: `row 3 (line 4), column 'x2'`."""
        return f"row {row + 1} (line {self.lines[row]}), column {self.names[column]!r}"


def read_table(
    path: Path, target: str | None, *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
) -> Table:
    """Return the cells of a file; raise BadData where it is no table. A header may hold `target`."""
    return _table(_text(path, most_bytes), target, most_rows)


def _text(path: Path, most_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise BadData(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > most_bytes:
        raise BadData(f"it is larger than {most_bytes // 1_000_000} MB, too large to train on here")
    return _decoded(raw)


def _decoded(raw: bytes) -> str:
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadData(f"line {line} is not UTF-8 text; save the file as CSV in UTF-8") from None
    if "\0" in text:
        raise BadData("it holds NUL characters: is it a CSV file?")
    return text


def _table(text: str, target: str | None, most_rows: int) -> Table:
    cells, lines = _cells(text, most_rows)
    if not cells:
        raise BadData("the file is empty")
    if len(cells[0]) < 2:
        raise BadData("there is one column only; it takes an input and a target, separated by commas")
    if len(cells[0]) > MOST_COLUMNS:
        raise BadData(f"there are {len(cells[0]):,} columns; at most {MOST_COLUMNS:,} can be read")
    headed = _has_header(cells, target)
    names = _names(cells[0]) if headed else [f"column{i + 1}" for i in range(len(cells[0]))]
    table = Table(tuple(names), cells[headed:], lines[headed:], headed)
    if not table.rows:
        raise BadData("there is a header and no row below it")
    _refuse_ragged(table)
    return table


def _cells(text: str, most_rows: int) -> tuple[list[list[str]], list[int]]:
    """Return the rows that are not blank, and the line each ends on."""
    reader = _reader(text, _delimiter(text))
    cells, lines = [], []
    try:
        for row in reader:
            if len(row) > 1 or any(map(str.strip, row)):
                cells.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
            if len(cells) > most_rows + 1:
                raise BadData(f"there are more than {most_rows:,} rows, too many to train on here")
    except csv.Error as error:
        raise BadData(f"line {reader.line_num} is not CSV: {error}") from None
    return cells, lines


def _delimiter(text: str) -> str:
    """Return what separates most cells in the first row; the comma in a tie."""
    begun = text.lstrip("\r\n")

    def width(delimiter: str) -> int:
        try:
            return max(map(len, islice(_reader(begun, delimiter), 1)), default=0)
        except csv.Error:
            return 0

    return max(",;\t|", key=width)


def _reader(text: str, delimiter: str) -> Any:
    # StringIO, not splitlines(): that breaks lines at signs which CSV takes for text.
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def _has_header(cells: Sequence[Sequence[str]], target: str | None) -> bool:
    """Return whether the first row names the columns.

    It does if it holds the target's name, if none of its cells is a number, or if a column is a
    number everywhere but there.
    """
    first, below = cells[0], cells[1:]
    if target in first and number_in(target) is None:
        return True
    texts = [i for i, cell in enumerate(first) if number_in(cell) is None]
    if len(texts) == len(first):
        return True
    texts = [i for i in texts if first[i].lower() not in MISSING]
    return any(
        below and all(len(row) > i and number_in(row[i]) is not None for row in below) for i in texts
    )


def _names(first: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    for i, name in enumerate(first):
        if not name:
            raise BadData(
                f"column {i + 1} has no name in the header; name it, or delete it if it counts the rows"
            )
        if name in seen:
            raise BadData(f"two columns are called {name!r} in the header: {seen[name] + 1} and {i + 1}")
        seen[name] = i
    return list(seen)


def _refuse_ragged(table: Table) -> None:
    for r, row in enumerate(table.rows):
        if len(row) != len(table.names):
            raise BadData(
                f"row {r + 1} (line {table.lines[r]}) has {_cells_text(len(row))} "
                f"where {len(table.names)} are expected, as in the first row"
            )


def _cells_text(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def number_in(cell: str | None) -> float | None:
    """Return the number a cell holds, nan and inf too, or None."""
    if not cell or "_" in cell:  # float() reads 1_000
        return None
    try:
        return float(cell)
    except ValueError:
        return None
