"""The table of commands: a command is a file of this folder, a function that imports it, and a row.

Each brings what only it needs, so a file is imported when its command is run and not before.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .target import DESCRIBED


class CommandFile(Protocol):
    """What a file of commands/ holds."""

    def add(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options to its parser."""

    def run(self, options: argparse.Namespace) -> int:
        """Do what the options say; return the exit code."""


@dataclass(frozen=True)
class Command:
    """A row of the table: what the help says of a command, and how its file is imported."""

    summary: str
    load: Callable[[], CommandFile]
    of_target: bool = False
    """Whether it takes a TARGET, which its own help then describes."""

    @property
    def description(self) -> str:
        """What its own help begins with."""
        return (
            f"{self.summary}; TARGET is {DESCRIBED}"
            if self.of_target
            else f"{self.summary}.".capitalize()
        )


def _open() -> CommandFile:
    from . import open as command

    return command


def _menu() -> CommandFile:
    from . import menu

    return menu


def _trace() -> CommandFile:
    from . import trace

    return trace


def _nudge() -> CommandFile:
    from . import nudge

    return nudge


def _quiz() -> CommandFile:
    from . import quiz

    return quiz


def _check() -> CommandFile:
    from . import check

    return check


def _fold() -> CommandFile:
    from . import fold

    return fold


def _examples() -> CommandFile:
    from . import examples

    return examples


def _train() -> CommandFile:
    from . import train

    return train


def _watch() -> CommandFile:
    from . import watch

    return watch


def _runs() -> CommandFile:
    from . import runs

    return runs


def _resume() -> CommandFile:
    from . import resume

    return resume


def _stop() -> CommandFile:
    from . import stop

    return stop


def _sample() -> CommandFile:
    from . import sample

    return sample


def _datasets() -> CommandFile:
    from . import datasets

    return datasets


def _bench() -> CommandFile:
    from . import bench

    return bench


COMMANDS = {
    "open": Command("step through TARGET in the app", _open, of_target=True),
    "menu": Command("choose from examples, runs, data sets, recent files", _menu),
    "trace": Command(
        "print the backward pass of TARGET as text, or step line by line", _trace, of_target=True
    ),
    "check": Command(
        "audit the engine or the PyTorch pass of FILE.py, or nudge the leaves of another TARGET",
        _check,
        of_target=True,
    ),
    "nudge": Command(
        "move a cell of TARGET a little, and compare with its gradient", _nudge, of_target=True
    ),
    "quiz": Command("guess gradients of small graphs", _quiz),
    "fold": Command("print the few lines of numpy that TARGET folds into", _fold, of_target=True),
    "examples": Command("list the bundled graphs", _examples),
    "train": Command("train a small network and watch it", _train),
    "watch": Command(
        "watch a run, by default the newest; or a FILE, or - : what a program prints", _watch
    ),
    "stop": Command("order runs to stop", _stop),
    "runs": Command("list the runs; delete, rename or export", _runs),
    "resume": Command("resume a run that has ended", _resume),
    "sample": Command("print what the GPT of a run writes, a sample a line", _sample),
    "datasets": Command("list the data sets; show one", _datasets),
    "bench": Command("measure training speed against PyTorch, JAX and others installed", _bench),
}
