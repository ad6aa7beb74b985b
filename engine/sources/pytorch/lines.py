"""Whose line it is: the program's own, or one of Python, of a library, of ours."""

import sys
import sysconfig
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

_OURS = str(Path(__file__).parents[2])
_PYTHON = tuple({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})
_INSTALLED = ("site-packages", "dist-packages")


@cache
def is_theirs(file: str) -> bool:
    """Whether a file is the program's own, or a module of its kind."""
    return not (file.startswith(("<", _OURS, *_PYTHON)) or any(folder in file for folder in _INSTALLED))


def source_of(node: Any) -> str:
    """Return the program's line that made a node, as `file:line`; "" where it was not noted."""
    lines = node.metadata.get("traceback_") or ()
    return next((place for place in map(_place, reversed(lines)) if place), "")


@cache
def _place(line: str) -> str:
    """The place that a line of a traceback names, if it is one of the program's."""
    file, found, rest = line.strip().removeprefix('File "').partition('", line ')
    return f"{file}:{rest.partition(',')[0]}" if found and is_theirs(file) else ""


def line_of_caller() -> str:
    """Return the program's line that is being run, as `file:line`; "" where there is none."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_theirs(frame.f_code.co_filename):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""
