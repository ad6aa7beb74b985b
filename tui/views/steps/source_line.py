"""The text of the line that made a node, read from its file; what is read is never executed."""

import stat
from functools import lru_cache
from pathlib import Path

from ...text.format import plain

LARGEST = 1_000_000  # bytes of a file that is read for a line of it


def source_line(source: str) -> str:
    """Return the line that `file.py:12` names, safe to show; "" where it cannot be read."""
    file, _, number = source.rpartition(":")
    if not (file and number.isascii() and number.isdigit()):
        return ""
    lines = _lines(file)
    return plain(lines[int(number) - 1].strip()) if 0 < int(number[:9]) <= len(lines) else ""


@lru_cache(maxsize=16)
def _lines(file: str) -> list[str]:
    """The lines of a file; none of what is no plain file, or too large to be somebody's source."""
    try:
        about = Path(file).stat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST:
            return []
        return Path(file).read_text("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return []
