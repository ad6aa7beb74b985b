"""Exporting what is open to a file: the recording as JSON, the trace as text.

Another format is a function and a row of FORMATS.
"""

from collections.abc import Callable
from pathlib import Path

from ...engine.recording.json_file import save
from ...engine.recording.log import Recording
from ..text.format import plain
from ..views.steps.trace import trace_lines
from .recent import remember


def export(title: str, recording: Recording, name: str) -> str:
    """Write a file in the format that its name ends in; return a sentence about it."""
    path, shown = Path(name.strip()), plain(name.strip())
    if path.suffix not in FORMATS:
        known = " or ".join(f"FILE{suffix}" for suffix in FORMATS)
        return f"export writes {known}, not {shown!r}"
    try:
        path = path.expanduser()
        if path.exists():
            return f"{shown} is there already; nothing was written"
        FORMATS[path.suffix](title, recording, path)
    except OSError as error:
        return f"not written: {error.strerror}: {shown}"
    except (ValueError, RuntimeError) as error:  # a NUL byte; a home that nobody has
        return f"not written: {plain(str(error))}: {shown}"
    return f"wrote {shown}"


def _recording(title: str, recording: Recording, path: Path) -> None:
    save(recording, path)
    remember(path)


def _trace(title: str, recording: Recording, path: Path) -> None:
    path.write_text("\n".join(trace_lines(title, recording)) + "\n", encoding="utf-8")


FORMATS: dict[str, Callable[[str, Recording, Path], None]] = {".json": _recording, ".txt": _trace}
"""How each ending of a file's name is written: from a title and a recording to the path."""
