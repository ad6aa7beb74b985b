"""The start screen's list: examples, runs, data sets, files opened lately; and what is selected in it."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...datasets import DATASETS, TEXTS
from ...engine.runs.store.directory import runs, runs_directory
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ...engine.sources.examples import EXAMPLES
from ..text.format import ago, bytes_text, number, plain
from .recent import recent_files

Kind = Literal["example", "run", "data set", "file"]
TITLES: dict[Kind, str] = {
    "example": "examples: Enter steps through one",
    "run": "runs: Enter watches one, r resumes one that has stopped",
    "data set": "data sets: Enter trains on one",
    "file": "recent files: Enter opens one",
}
NONE: dict[Kind, str] = {
    "run": "none yet; a data set below starts one",
    "file": "none yet; x on a graph writes one",
}


@dataclass(frozen=True)
class Entry:
    """A row of the list: something to open, or the title of a section, or that a section is empty."""

    kind: Kind
    name: str
    fact: str = ""
    about: str = ""
    path: Path | None = None
    role: Literal["entry", "title", "none"] = "entry"


class MenuSession:
    """What there is to open, and which of it is selected. What changes it returns a sentence."""

    def __init__(self, directory: Path | None = None, started: list[Store] | None = None) -> None:
        self.directory = runs_directory(directory)
        self.started: list[Store] = [] if started is None else started
        """The runs that were started from here, whether they are looked at or not."""
        self.note = "Enter opens, Tab goes to the next section, Esc goes back"
        self.entries: list[Entry] = []
        self.at = 1
        self.refresh()

    def refresh(self) -> None:
        """Look again at what there is; the selection stays on what it is on."""
        before = self.selected if self.entries else None
        self.entries = [*_section("example", _examples()), *_section("run", _runs(self.directory))]
        self.entries += [*_section("data set", _datasets()), *_section("file", _files())]
        same = [i for i, e in enumerate(self.entries) if before and _key(e) == _key(before)]
        self.select(same[0] if same else min(self.at, len(self.entries) - 1))

    @property
    def selected(self) -> Entry:
        """The selected row."""
        return self.entries[self.at]

    def select(self, index: int) -> None:
        """Select a row, or the nearest that can be opened in the direction of the move."""
        index = max(0, min(index, len(self.entries) - 1))
        after, before = range(index, len(self.entries)), range(index, -1, -1)
        rows = (*after, *before) if index >= self.at else (*before, *after)
        self.at = next(i for i in rows if self.entries[i].role == "entry")

    def go_section(self, direction: int) -> str:
        """Select the first row of the next section that has any, or of the one before."""
        firsts = [
            i
            for i in range(1, len(self.entries))
            if self.entries[i].role == "entry" and self.entries[i - 1].role == "title"
        ]
        here = max(k for k, first in enumerate(firsts) if first <= self.at)
        self.at = firsts[(here + direction) % len(firsts)]
        return ""

    def refusal_to_resume(self) -> str:
        """Why the selected row is nothing to resume, "" if it may be."""
        entry = self.selected
        if entry.kind != "run" or not entry.path:
            return "r resumes a run; this is not one"
        with suppress(BadRun):
            if Store.open(entry.path).status().live:
                return f"{plain(entry.name)} is training; Enter watches it"
        return ""

    def done(self) -> int:
        """The training steps of the selected run, where it has done all it was to do; else 0."""
        with suppress(BadRun):
            status = Store.open(self.selected.path or Path()).status()
            return status.step if status.step >= (status.steps or 1 << 62) else 0
        return 0


def _key(entry: Entry) -> tuple[str, str, Path | None]:
    return entry.kind, entry.name, entry.path


def _section(kind: Kind, entries: Iterator[Entry]) -> list[Entry]:
    found = list(entries)
    empty = [] if found else [Entry(kind, NONE.get(kind, ""), role="none")]
    return [Entry(kind, TITLES[kind], role="title"), *found, *empty]


def _examples() -> Iterator[Entry]:
    for example in EXAMPLES.values():
        yield Entry("example", example.name, f"{example.nodes:,} nodes", example.summary)


def _runs(directory: Path) -> Iterator[Entry]:
    with suppress(BadRun):  # a directory that cannot be read has none to show
        for found in runs(directory):
            if store := found.store:
                with suppress(BadRun):  # deleted while we look
                    yield Entry("run", store.name, *_about(store), store.path)


def _about(store: Store) -> tuple[str, str]:
    status = store.status()
    steps = f"{status.step:,}" + (f"/{status.steps:,}" if status.steps else "")
    loss = "" if status.loss is None else f"loss {number(status.loss)}"
    return status.state, f"{steps}  {loss}  {ago(time.time() - status.updated)}"


def _datasets() -> Iterator[Entry]:
    for source in DATASETS.values():
        yield Entry("data set", source.name, f"{source.n:,} rows", source.summary)
    for text in TEXTS.values():
        yield Entry("data set", text.name, f"{text.n:,} lines", text.summary)


def _files() -> Iterator[Entry]:
    for path in recent_files():
        yield Entry("file", path.name, _size(path), str(path.parent), path)


def _size(path: Path) -> str:
    try:
        return bytes_text(path.stat().st_size)
    except OSError:
        return "gone"
