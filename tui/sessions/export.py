"""Exporting what is open to a file: the recording as JSON, the trace as text.

Another format is a function and a row of FORMATS.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ...engine.recording.json_file import save
from ...engine.recording.log import Recording
from ..text.format import plain
from ..views.steps.trace import trace_lines
from .recent import remember

if TYPE_CHECKING:
    from ...engine.recording.tensor import TensorRecording

W = TypeVar("W")


def export(title: str, recording: Recording, name: str) -> str:
    """Write a file in the format that its name ends in; return a sentence about it."""
    return _export(name, FORMATS, lambda write, path: write(title, recording, path))


def export_tensors(title: str, look_at: str, recording: "TensorRecording", name: str) -> str:
    """The same of a graph of tensors."""
    return _export(name, TENSOR_FORMATS, lambda write, path: write(title, look_at, recording, path))


def _export(name: str, formats: dict[str, W], call: Callable[[W, Path], None]) -> str:
    path, shown = Path(name.strip()), plain(name.strip())
    if path.suffix not in formats:
        known = " or ".join(f"FILE{suffix}" for suffix in formats)
        return f"export writes {known}, not {shown!r}"
    try:
        path = path.expanduser()
        if path.exists():
            return f"{shown} is there already; nothing was written"
        call(formats[path.suffix], path)
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


def _tensor_recording(title: str, look_at: str, recording: "TensorRecording", path: Path) -> None:
    from ...engine.recording.tensor_json import to_json

    path.write_text("".join(to_json(recording)), encoding="utf-8")


def _tensor_trace(title: str, look_at: str, recording: "TensorRecording", path: Path) -> None:
    from ..views.tensors.trace import trace_lines as tensor_lines

    path.write_text("\n".join(tensor_lines(title, look_at, recording)) + "\n", encoding="utf-8")


TENSOR_FORMATS: dict[str, Callable[[str, str, "TensorRecording", Path], None]] = {
    ".json": _tensor_recording,
    ".txt": _tensor_trace,
}
"""The same of a graph of tensors."""
