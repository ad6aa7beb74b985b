"""`micrograd-tui open`, and without a command: step through a graph in the app."""

import argparse
import gc
import sys

from ..sessions.target import Opened
from ..terminal.interactive import no_terminal
from .target import add_target, announce, target_of


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_target(parser)


def run(options: argparse.Namespace) -> int:
    """Open the target and step through it; return the exit code."""
    target = target_of(options)
    announce(target)
    opened: Opened | None = None if target.slow else target.open()
    if refusal := no_terminal("`micrograd-tui trace` prints the same as text"):
        print(f"micrograd-tui: {refusal}", file=sys.stderr)
        return 2
    # Importing Textual makes some hundred thousand objects and no garbage: a seventh of the time
    # to the first frame goes into looking for it.
    gc.disable()
    from ..app import run as run_app

    return run_app(target, opened)
