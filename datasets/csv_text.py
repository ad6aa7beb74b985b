"""The text of a CSV file: its encoding and its separator; read piece by piece, never as a whole."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .dataset import BadData

MOST_BYTES = 200_000_000
SAMPLE_ROWS = 200
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas", " ": "blanks"}
"""What may separate the cells of a row, the rarest in a text first."""
_FORMATS = (
    (b"PK\x03\x04", "it is a zip or an Excel file; save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is an Excel file; save the table as CSV"),
    (b"\x1f\x8b", "it is compressed; unpack it first: gunzip FILE"),
    (b"PAR1", "it is a Parquet file; save the table as CSV"),
    (b"SQLite format 3", "it is a database; save a table of it as CSV"),
    (b"%PDF", "it is a PDF; save the table as CSV"),
    (b"<!", "it is a web page, not a table; download the file itself"),
    (b"<html", "it is a web page, not a table; download the file itself"),
    (b"{", "it looks like JSON; save the table as CSV"),
    (b"[{", "it looks like JSON; save the table as CSV"),
    (b"[\n", "it looks like JSON; save the table as CSV"),
    (b"@relation", "it is an ARFF file; its rows alone, below @data, are a table"),
)

Row = tuple[int, list[str]]
"""A row's last line in the file, and its cells."""


@dataclass(frozen=True, eq=False)
class CsvText:
    """A file that has been read and not yet parsed."""

    raw: bytes
    encoding: str
    separator: str
    skipped: int
    """How many of its first lines belong to no row: `sep=;`."""
    notes: tuple[str, ...]

    def rows(self, report: Callable[[float], object] = lambda part: None) -> Iterator[Row]:
        """Yield every row that is not blank; raise BadData where it is no CSV. `report`: how far."""
        stream = io.BytesIO(self.raw)
        lines = io.TextIOWrapper(stream, self.encoding, errors="strict", newline="")
        # A quote too many within a cell is text, unless one is missing: then all that follows would be.
        strict = self.raw.count(b'"') % 2 == 1
        reader = _reader(_counted(lines, self.skipped), self.separator, strict)
        size, count = max(1, len(self.raw)), 0
        try:
            for count, row in enumerate(reader):
                if count % 5000 == 0:
                    report(stream.tell() / size)
                if any(cells := [cell.strip() for cell in row]):
                    yield reader.line_num + self.skipped, cells
        except csv.Error as error:
            what = f"line {reader.line_num + self.skipped} is not CSV: {error}"
            raise BadData(f"{what}; within quotes, a quote is written twice") from None


def open_text(path: Path, most_bytes: int = MOST_BYTES) -> CsvText:
    """Return the text of a file; raise BadData where it cannot be read or is no text."""
    raw = _bytes(path, most_bytes)
    encoding, notes = _encoding(raw)
    sample = _sample(raw, encoding)
    skipped, separator = 0, ""
    first = sample.lstrip("\ufeff").split("\n", 1)[0].strip().strip('"').lower()
    if first.startswith("sep=") and len(first) <= 5:
        skipped, separator = 1, first[4:] or "\t"
        sample = sample.partition("\n")[2]
    return CsvText(raw, encoding, separator or _separator(sample), skipped, notes)


def _bytes(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise BadData(f"it cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(raw) > most_bytes:
        size = f"it is larger than {most_bytes // 1_000_000} MB, too large to train on here"
        raise BadData(f"{size}; its first rows: head -n 100000 FILE > smaller.csv")
    begun = raw[:200].lstrip().lower()
    for magic, sentence in _FORMATS:
        if begun.startswith(magic.lower()):
            raise BadData(sentence)
    return raw


def _encoding(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return how the bytes are to be read, and a note where that is a guess."""
    wide = _wide(raw)
    encoding = wide or "utf-8-sig"
    try:
        nul = _validated(raw, encoding)
    except UnicodeError:
        if wide:
            raise BadData("it is not text in UTF-16; save the file as CSV in UTF-8") from None
        nul, encoding = b"\0" in raw, "cp1252" if not _undefined(raw) else "latin-1"
    if nul:
        raise BadData("it holds NUL characters: is it a CSV file?")
    if encoding in ("cp1252", "latin-1"):
        return encoding, ("The file is not UTF-8; it is read as Windows-1252 (latin-1).",)
    return encoding, ()


def _wide(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = raw[:400]
    if len(start) >= 4 and start.isascii():  # UTF-16 without a mark: every other byte is 0
        for encoding, zeros, others in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
            if not any(start[zeros::2]) and all(start[others::2]):
                return encoding
    return ""


def _undefined(raw: bytes) -> bool:
    return any(bytes([byte]) in raw for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))


def _validated(raw: bytes, encoding: str) -> bool:
    """Decode all of it, a piece at a time; return whether there is a NUL, raise UnicodeError."""
    nul = False
    with io.TextIOWrapper(io.BytesIO(raw), encoding, errors="strict", newline="") as text:
        while piece := text.read(1 << 20):
            nul = nul or "\0" in piece
    return nul


def _sample(raw: bytes, encoding: str) -> str:
    with io.TextIOWrapper(io.BytesIO(raw), encoding, newline="") as text:
        found = text.read(100_000)
    return found.replace("\r\n", "\n").replace("\r", "\n")


def _counted(lines: io.TextIOWrapper, skipped: int) -> Iterator[str]:
    for _ in range(skipped):
        next(lines, "")
    return iter(lines)


def _reader(lines: Any, separator: str, strict: bool = False) -> Any:
    if separator == " ":
        lines = (line.replace("\t", " ").strip(" ") for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=strict)


def _separator(sample: str) -> str:
    """Return what separates the cells most evenly: as many in most rows, and the first one too."""
    best, score = ",", 0.0
    for separator in SEPARATORS:
        widths = _widths(sample, separator)
        common, even = usual_width(widths[1:] or widths)
        if common < 2:
            continue
        begins = any(width in (common, common - 1) for width in widths[:1])
        if even >= 0.9 and begins:
            return " " if separator == "\t" and _blanks_part(sample, common, even) else separator
        if separator != " " and even * common > score:
            best, score = separator, even * common
    return best


def _blanks_part(sample: str, tabbed: int, evenly: float) -> bool:
    """Whether blanks part as many cells in every row: more than tabs do, or as many where two follow."""
    width, even = usual_width(_widths(sample, " "))
    return even == 1 and (width > tabbed + 1 or (width == tabbed and evenly < 1))


def _widths(sample: str, separator: str) -> list[int]:
    found: list[int] = []
    try:
        for row in islice(_reader(io.StringIO(sample, newline=""), separator), SAMPLE_ROWS):
            if any(map(str.strip, row)) and not row[0].lstrip().startswith("#"):
                found.append(len(row))
    except csv.Error:
        pass  # the sample ends within a cell, or this is not the separator
    return found


def usual_width(widths: Sequence[int]) -> tuple[int, float]:
    """Return the width that most rows have, and their part of all."""
    if not widths:
        return 0, 0.0
    width, count = max(Counter(widths).items(), key=lambda item: (item[1], item[0]))
    return width, count / len(widths)
