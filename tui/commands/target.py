"""TARGET on a command line, which open, trace and fold share: what it may be, its options, opening it."""

import argparse
import sys

from ...engine.recording.record import Progress
from ..sessions.printed import count_of, keep_printed
from ..sessions.target import DEFAULT, Opened, OpenedTensors, Target
from ..text.format import plain

DESCRIBED = (
    "an example, a .json recording, an expression such as 'd = a*b; tanh(d) + d', or a program that makes"
    " a graph: FILE.py, FILE.ipynb or package.module, and :NAME for the graph of a variable"
)


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add TARGET, numbers for the leaves of an expression, and the options of a program."""
    parser.add_argument("target", nargs="?", metavar="TARGET", help=DESCRIBED)
    parser.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER", help="numbers for the names in an expression"
    )
    add_program(parser)


def add_program(parser: argparse.ArgumentParser) -> None:
    """Add the options of a program."""
    program = parser.add_argument_group("of a program", "Its own arguments stand after --.")
    program.add_argument(
        "--backward",
        type=_count,
        default=1,
        metavar="K",
        help="open its K-th backward pass, not the first",
    )
    program.add_argument(
        "--limit",
        type=_seconds,
        default=30.0,
        metavar="S",
        help="seconds it may take until then, by default 30",
    )
    way = program.add_mutually_exclusive_group()
    for name, words in (
        ("dry", "call its nodes one by one, .grad untouched"),
        ("live", "run the real backward()"),
    ):
        way.add_argument(
            f"--{name}",
            dest="way",
            action="store_const",
            const=name,
            default="",
            help=f"of PyTorch: {words}",
        )


def target_of(options: argparse.Namespace) -> Target:
    """Return the target that was named, or the one to start with where nothing was."""
    text: str | None = getattr(options, "target", None)
    numbers, arguments = getattr(options, "numbers", ()), getattr(options, "arguments", ())
    if text is None and arguments:  # trace -- "-x**2" x=3
        text, *rest = arguments
        numbers, arguments = ((), rest) if Target(text).program else (rest, ())
    text = DEFAULT if text is None else text[1:] if text.startswith(" -") else text  # see cli.py
    return Target(
        text,
        tuple(numbers),
        tuple(arguments),
        getattr(options, "backward", 1),
        getattr(options, "limit", 30.0),
        getattr(options, "way", ""),
    )


def announce(target: Target) -> None:
    """Say which file is about to be run, before it is."""
    if target.program:
        verb = "running" if target.finding is None else "checking"
        print(f"{verb} {plain(target.program.place)} ...", file=sys.stderr, flush=True)


def open_for_text(target: Target, progress: Progress = lambda fraction: None) -> Opened:
    """Open a target for a command that prints: what a program printed goes to a file, which is said."""
    announce(target)
    opened = target.open(progress)
    say_printed(target, opened)
    return opened


def open_any_for_text(
    target: Target, progress: Progress = lambda fraction: None
) -> Opened | OpenedTensors:
    """The same, of tensors too."""
    announce(target)
    opened = target.open_any(progress)
    say_printed(target, opened)
    return opened


def say_printed(target: Target, opened: Opened | OpenedTensors) -> None:
    """Say where that can be read which a program printed."""
    if opened.printed and (kept := keep_printed(opened.printed, target.text)):
        print(f"it printed {count_of(opened.printed)}, kept in {plain(kept)}", file=sys.stderr)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text[:9]):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text[:9])


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise argparse.ArgumentTypeError(f"a number of seconds, not {text!r}")
    return seconds
