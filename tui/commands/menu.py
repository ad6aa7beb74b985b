"""`micrograd-tui menu`: the start screen, on examples, runs, data sets and recent files."""

import argparse

from ..sessions.target import BadTarget
from ..terminal.interactive import no_terminal
from .running.arguments import add_directory, add_fps


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_fps(parser)
    add_directory(parser)


def run(options: argparse.Namespace) -> int:
    """Show the start screen; return the exit code."""
    if refusal := no_terminal("`micrograd-tui examples`, `runs` and `datasets` list the same as text"):
        raise BadTarget(refusal)
    from ..app import menu

    return menu(options.runs_dir, fps=options.fps)
