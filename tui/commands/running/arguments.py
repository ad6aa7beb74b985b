"""Options of the commands about runs: where runs are kept, how one is shown, frames a second."""

import argparse
from typing import Any


def add_ways(parser: argparse.ArgumentParser) -> None:
    """Add the ways to show a run that was started."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--headless", action="store_true", help="show a progress bar in place of the app")
    way.add_argument("--json", action="store_true", help="print one line of JSON for each training step")
    way.add_argument("--detach", action="store_true", help="train in the background and return at once")
    add_fps(parser)


def add_directory(parser: argparse.ArgumentParser, default: Any = None) -> None:
    """Add where runs are kept."""
    what = "where runs are kept; default $MICROGRAD_TUI_RUNS, or your state directory"
    parser.add_argument("--runs-dir", metavar="DIR", default=default, help=what)


def add_fps(parser: argparse.ArgumentParser) -> None:
    """Add how many live frames a second are drawn."""
    parser.add_argument("--fps", type=_rate, metavar="N", help="frames a second; default 10, over SSH 5")


def _rate(text: str) -> int:
    rate = int(text)
    if not 1 <= rate <= 60:
        raise argparse.ArgumentTypeError(f"{rate} is not from 1 to 60")
    return rate


_rate.__name__ = "rate"  # what argparse calls the type in its refusal
