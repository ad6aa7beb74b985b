"""Exporting what is open: the recording as JSON, the trace as text."""

from pathlib import Path

from ..engine.recording_file import save
from . import trace
from .session import Session
from .targets import Opened
from .text import plain


def export(session: Session, name: str) -> str:
    """Write FILE.json (the recording) or FILE.txt (the trace); return a sentence about it."""
    path = Path(name.strip()).expanduser()
    if path.suffix not in (".json", ".txt"):
        return f"export writes FILE.json or FILE.txt, not {plain(name)!r}"
    if path.exists():
        return f"{plain(str(path))} is there already; nothing was written"
    try:
        if path.suffix == ".json":
            save(session.recording, path)
        else:
            opened = Opened(session.opened.title, session.recording)
            path.write_text("\n".join(trace.lines(opened)) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        return f"{plain(str(path))}: {plain(str(error))}"
    return f"wrote {plain(str(path))}"
