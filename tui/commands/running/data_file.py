"""A file of the user's own to train on: the options about it, and its reading, with a progress line."""

import argparse
import csv
import sys
import time
from collections.abc import Callable
from typing import Any

from ....datasets import Dataset
from ...sessions.target import BadTarget
from ...text.format import plain

SHOWN_AFTER = 0.5
"""Seconds of reading after which its progress is shown."""
_WAYS = {
    "task": (("auto", "classification", "regression"), "what the target is"),
    "missing": (("fill", "skip", "refuse"), "what becomes of missing cells"),
}


def add_data_file(data: argparse._ArgumentGroup) -> None:
    """Add the options about a file."""
    data.add_argument(
        "--data",
        metavar="FILE",
        help="a file of your own instead of DATASET: a CSV, or .txt, a line a document",
    )
    data.add_argument("--target", metavar="COLUMN", help="the column to predict; default: the last")
    data.add_argument(
        "--columns", metavar="COLUMNS", help="the only inputs, with commas between; default: all of use"
    )
    data.add_argument("--drop", metavar="COLUMNS", help="columns to leave out; default: those of no use")
    for name, (ways, what) in _WAYS.items():
        data.add_argument(f"--{name}", metavar="WAY", help=f"{what}: {_listed(ways)}; default {ways[0]}")


def given_for_file(options: argparse.Namespace) -> str:
    """Return an option that was given and is about a file, or ""."""
    names = ("target", "columns", "drop", *_WAYS)
    return next((f"--{name}" for name in names if getattr(options, name) is not None), "")


def read_data_file(options: argparse.Namespace) -> Dataset:
    """Return the data set in the file; raise BadData or BadTarget for what it cannot be."""
    from ....datasets.csv_file import read_csv

    ways: dict[str, Any] = {}
    for name, (known, _) in _WAYS.items():
        ways[name] = getattr(options, name) or known[0]
        if ways[name] not in known:
            raise BadTarget(f"--{name} is {_listed(known)}, not {plain(ways[name])!r}")
    progress = Progress(plain(str(options.data)))
    try:
        return read_csv(
            options.data,
            options.target,
            drop=_columns(options.drop),
            columns=_columns(options.columns),
            report=progress,
            **ways,
        )
    finally:
        progress.end()


def _columns(text: str | None) -> list[str]:
    """Return the columns that are named, with commas between; a name that holds one is in quotes."""
    found = next(csv.reader([text or ""], skipinitialspace=True), [])
    return [name.strip() for name in found if name.strip()]


def _listed(ways: tuple[str, ...]) -> str:
    return f"{', '.join(ways[:-1])} or {ways[-1]}"


class Progress:
    """Shows on stderr how much of a file has been read: in one line, or in a log a line a quarter."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._begun, self._shown, self._quarter = clock(), False, 0
        self._steady = not sys.stderr.isatty()

    def __call__(self, part: float) -> None:
        """Show it, if reading takes long."""
        if self._clock() - self._begun < SHOWN_AFTER:
            return
        if self._steady:
            if int(4 * part) == self._quarter:
                return
            self._quarter = int(4 * part)
        self._shown = True
        end = "\n" if self._steady else "\x1b[K\r"
        print(f"reading {self._name}: {part:.0%}", end=end, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the line away again."""
        if self._shown and not self._steady:
            print("\x1b[K", end="", file=sys.stderr, flush=True)
