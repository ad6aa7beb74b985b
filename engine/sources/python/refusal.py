"""Why no graph came of a program: an error of its own, in one sentence."""

import os
import sys
import traceback
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from ..inside import memory_limit
from .missing_file import missing_file

_OURS = str(Path(__file__).parents[2])


class Refusal(Exception):
    """Nothing can be opened; the message is one sentence for whoever wrote the file."""

    def __init__(self, sentence: str, fault: str = "", **more: Any) -> None:
        """`fault` says what is wrong with the graph itself; `more` goes with the answer."""
        super().__init__(sentence)
        self.answer: dict[str, Any] = {"refusal": sentence, "fault": fault, **more}


def what_went_wrong(error: BaseException) -> Refusal:
    """Return the sentence about an error that a program did not catch; print its traceback."""
    frames = theirs(error.__traceback__)
    shown = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    head = ["Traceback (most recent call last):\n"] if frames else []
    print("".join([*head, *shown]), end="", file=sys.stderr)
    return Refusal(f"{_place(error, frames)}{missing_file(error) or _said(error)}")


def theirs(tb: TracebackType | None) -> traceback.StackSummary:
    """The frames of a traceback that are not ours; of an endless recursion the last few."""
    found = traceback.StackSummary()
    found.extend(frame for frame in traceback.extract_tb(tb) if not is_ours(frame.filename))
    return traceback.StackSummary(found[-20:])


def is_ours(file: str) -> bool:
    """Whether a file is one of this package, or the line that started the child."""
    return file.startswith(_OURS) or file in ("<string>", "<frozen runpy>")


def shown_path(file: str) -> str:
    """A path as short as it can be from here."""
    relative = os.path.relpath(file) if Path(file).is_absolute() else file
    return file if relative.startswith("..") else relative


def place_of_frame(frame: FrameType | None) -> str:
    """Return the `file:line` that a frame is at."""
    return f"{shown_path(frame.f_code.co_filename)}:{frame.f_lineno}" if frame else "its end"


def how_it_exited(error: SystemExit) -> str:
    """Return how a program ended itself with an error, and where; "" where there was none."""
    if error.code is None or error.code == 0:
        return ""
    if not isinstance(error.code, int):
        print(error.code, file=sys.stderr)  # as Python does
    code = error.code if isinstance(error.code, int) else 1
    return f"{_place(error, theirs(error.__traceback__))}it ended itself with exit code {code}"


def _place(error: BaseException, frames: traceback.StackSummary) -> str:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{shown_path(error.filename)}:{error.lineno}: "
    if not frames:
        return ""
    own = [frame for frame in frames if frame.filename.startswith(str(Path(sys.path[0]).absolute()))]
    last = (own or frames)[-1]
    return f"{shown_path(last.filename)}:{last.lineno}: "


def _said(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return f"it asked for more memory than the {memory_limit() / (1 << 30):.1f} GB it may have"
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        return "it imports torch, which is not installed here: pip install 'micrograd-tui[torch]'"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"it imports {error.name}, which is not installed for {sys.executable}"
    if isinstance(error, EOFError) and "reading a line" in str(error):
        return "it asks for input, and here is nobody to answer"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    try:
        text = str(error).strip().partition("\n")[0]
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__
