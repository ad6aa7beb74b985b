"""Exporting what is open: the recording as JSON, the trace as text."""

from pathlib import Path

from ...engine.recording.json_file import save
from ...engine.recording.log import Recording
from ..text.format import plain
from ..views import trace
from .target import Opened


def export(title: str, recording: Recording, name: str) -> str:
    """Write FILE.json (the recording) or FILE.txt (the trace); return a sentence about it."""
    path, shown = Path(name.strip()), plain(name.strip())
    if path.suffix not in (".json", ".txt"):
        return f"export writes FILE.json or FILE.txt, not {shown!r}"
    try:
        path = path.expanduser()
        if path.exists():
            return f"{shown} is there already; nothing was written"
        if path.suffix == ".json":
            save(recording, path)
        else:
            opened = Opened(title, recording)
            path.write_text("\n".join(trace.lines(opened)) + "\n", encoding="utf-8")
    except OSError as error:
        return f"not written: {error.strerror}: {shown}"
    except (ValueError, RuntimeError) as error:  # a NUL byte; a home that nobody has
        return f"not written: {plain(str(error))}: {shown}"
    return f"wrote {shown}"
