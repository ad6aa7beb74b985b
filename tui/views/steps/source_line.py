"""The text of the line that made a node, read from its file; what is read is never executed."""

import linecache
import os
import stat
from functools import lru_cache
from pathlib import Path

from ....engine.sources.python.notebook import NotANotebook, cell_named, cells_of
from ...text.format import plain

LARGEST = 1_000_000  # bytes of a file that is read for a line of it
LARGEST_NOTEBOOK = 50_000_000  # its pictures are part of it


def source_line(source: str) -> str:
    """Return the line that `file.py:12` names, safe to show; "" where it cannot be read."""
    file, number = place_of(source)
    lines = source_lines(file)
    return plain(lines[number - 1].strip()) if 0 < number <= len(lines) else ""


def place_of(source: str) -> tuple[str, int]:
    """Return the file and the line that `file.py:12` names; line 0 where it names none."""
    file, _, number = source.rpartition(":")
    named = file and number.isascii() and number.isdigit()
    return (file, int(number[:9])) if named else ("", 0)


def shown_source(source: str) -> str:
    """Return `file.py:12` as short as it can be from here, safe to show."""
    try:
        relative = os.path.relpath(source) if source.startswith("/") else source
    except (OSError, ValueError):
        relative = source
    return plain(source if relative.startswith("..") else relative)


@lru_cache(maxsize=16)
def source_lines(file: str) -> list[str]:
    """The lines of a file, or of a notebook's cell; none of what is no plain file, or too large a one."""
    cell = cell_named(file)
    text = _read(cell[0], LARGEST_NOTEBOOK) if cell else _read(file, LARGEST) if file else ""
    if not cell:
        return text.splitlines() or _typed(file)
    try:
        return dict(cells_of(text)).get(cell[1], "").splitlines()
    except NotANotebook:
        return []


def _typed(name: str) -> list[str]:
    """The lines of what was typed at a prompt that keeps them, as IPython does; read from no file."""
    held = linecache.cache.get(name, ())
    return [line.rstrip("\n") for line in held[2]] if len(held) > 2 else []


def _read(file: str, most: int) -> str:
    try:
        about = Path(file).stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            return ""
        return Path(file).read_text("utf-8", "replace")
    except (OSError, ValueError):
        return ""
