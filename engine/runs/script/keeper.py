"""Keeping the recording of a loss that a script holds, as a JSON file in the folder beside its run."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from operator import index
from pathlib import Path
from types import FrameType
from typing import Any

from ..store.looks import kept_folder, kept_of
from ..store.store import Store
from .models import Put

BUDGET = 256 << 20
"""Bytes of all the recordings of a run, where it is not told otherwise: the oldest make room."""


class Keeper:
    """The recordings of one run."""

    def __init__(self, store: Path, budget: int, put: Put, note: Callable[[str], None]) -> None:
        self._store, self.budget = store, budget
        self._put, self._note = put, note
        self._last: int | None = None
        """The number of the last file: none is used twice, though the file may be gone."""

    def keep(self, root: Any, step: Any, frame: FrameType | None) -> None:
        """Record a root's backward pass and keep it, as of a step or of the one that is logged next."""
        from ...sources.python.held_root import NotRecorded, record_held

        step = self._step(step)
        try:
            title, recording = record_held(root, frame)
        except NotRecorded as error:
            self._note(error.said_by("keep"))
            return
        text, nodes = _as_text(recording)
        size = len(text.encode())
        if size > self.budget:
            limit = f"the budget of {_size(self.budget)} (keep_bytes)"
            self._note(f"keep({title}): its recording takes {_size(size)}, more than {limit}")
            return
        folder = kept_folder(self._store)
        folder.mkdir(exist_ok=True)
        self._make_room(folder, size)
        file = self._write(folder, text)
        self._put(step, "kept", file, f"{title}, {nodes:,} nodes, {_size(size)}", size, _value(root))

    def _step(self, step: Any) -> int | None:
        if step is None:
            return None
        with suppress(Exception):  # of whatever it is instead
            if (at := index(step)) >= 0:
                return at
        self._note("keep: a step is a whole number, 0 or more; the one logged next is taken")
        return None

    def _make_room(self, folder: Path, size: int) -> None:
        """Remove the oldest recordings until another has room, and say so."""
        files = _numbered(folder)
        sizes = {file: file.stat().st_size for file in files}
        for file in files:
            if sum(sizes.values()) + size <= self.budget:
                return
            file.unlink()
            del sizes[file]
            budget = f"the budget of {_size(self.budget)} (keep_bytes) is full"
            self._put(None, "dropped", file.name, f"made room for a newer recording: {budget}")

    def _write(self, folder: Path, text: str) -> str:
        from ...recording.json_file import write_whole

        if self._last is None:
            there = [file.name for file in _numbered(folder)]
            known = [kept.file for kept in kept_of(Store(self._store))]
            self._last = max((number_of(name) for name in (*there, *known)), default=0)
        self._last += 1
        path = folder / f"{self._last:06}.json"
        write_whole(path, [text])
        return path.name


def number_of(name: str) -> int:
    """Return the number of a recording's file; 0 of any other."""
    stem = Path(name).stem
    return int(stem) if stem.isdecimal() and len(stem) < 18 else 0


def _numbered(folder: Path) -> list[Path]:
    """The recordings in a folder, the oldest first."""
    files = (file for file in folder.glob("*.json") if number_of(file.name))
    return sorted(files, key=lambda file: number_of(file.name))


def _as_text(recording: Any) -> tuple[str, int]:
    """Return a recording as JSON, with what the app shows beyond the schema, and its number of nodes."""
    from ...recording.log import Recording

    if isinstance(recording, Recording):
        from ...recording.json_file import to_json

        pieces: Iterable[str] = to_json(recording)
        return "".join(pieces), recording.node_count
    from ...recording.tensor_json import to_plain

    plain = to_plain(recording, beyond=True)
    return json.dumps(plain, allow_nan=False) + "\n", len(recording.nodes)


def _value(root: Any) -> float:
    """What the root holds, to know it again among the losses that are logged."""
    with suppress(Exception):
        return float(root.item() if hasattr(root, "item") else root.data)
    return math.nan


def _size(count: int) -> str:
    for unit, many in (("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= many:
            return f"{count / many:.1f} {unit}"
    return f"{count} bytes"
