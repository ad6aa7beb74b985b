"""The code of a notebook: its cells, without the lines that only IPython understands."""

import json
import re
from collections.abc import Iterator
from typing import Any

_CELL = re.compile(r"(?P<file>.*\.ipynb)\[(?P<number>\d+)\]", re.DOTALL)
RUN_AS_THEY_ARE = ("time", "timeit", "capture", "prun")
"""Cell magics whose cell is Python all the same; the cell of another is left out."""


class NotANotebook(ValueError):
    """What a file holds is no notebook; the message says why."""


def cells_of(text: bytes | str) -> list[tuple[int, str]]:
    """Return the code cells as (number, text), the first cell of the notebook being 1."""
    try:
        plain = json.loads(text)
        cells = plain["cells"] if "cells" in plain else plain["worksheets"][0]["cells"]
        return [(i, _text_of(cell)) for i, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, RecursionError) as error:
        raise NotANotebook(f"not a JSON file: {error}") from None
    except (TypeError, KeyError, IndexError, AttributeError):
        raise NotANotebook("it has no cells") from None


def _text_of(cell: dict[str, Any]) -> str:
    source = cell["source"] if "source" in cell else cell["input"]
    return source if isinstance(source, str) else "".join(source)


def cell_name(file: str, number: int) -> str:
    """What stands for a file where a line of a cell is named: `notes.ipynb[3]`."""
    return f"{file}[{number}]"


def cell_named(name: str) -> tuple[str, int] | None:
    """Return the file and the number that such a name is made of, if it is one."""
    found = _CELL.fullmatch(name)
    return (found["file"], int(found["number"][:9])) if found else None


def without_magics(text: str) -> str:
    """Return the Python of a cell, line for line: lines for IPython or a shell become empty."""
    lines = text.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%") and first[2:].split(" ")[0] not in RUN_AS_THEY_ARE:
        return ""
    return "\n".join(_python_lines(lines))


def _python_lines(lines: list[str]) -> Iterator[str]:
    for line in lines:
        code = line.lstrip()
        indent = line[: len(line) - len(code)]
        if code.startswith(("%", "!", "?")) or re.fullmatch(r"[\w.]+\?{1,2}\s*", code):
            yield f"{indent}pass"
        else:
            yield line
