"""`micrograd-tui trace`: a backward pass as plain text or JSON, or stepped through line by line."""

import argparse
import sys

from ...engine.recording.record import Progress
from ..sessions.target import Target
from ..text.format import ALL_DIGITS, DIGITS, plain
from ..views.steps.trace import trace_lines
from .target import add_target, open_for_text, target_of


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_target(parser)
    parser.add_argument("--all-digits", action="store_true", help="print every number to its last bit")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the recording as JSON")
    form.add_argument(
        "--follow",
        action="store_true",
        help="step through it: read a key from each line of stdin; ? lists them",
    )


def run(options: argparse.Namespace) -> int:
    """Print the target in the form that is asked for; return the exit code."""
    target = target_of(options)
    opened = open_for_text(target, _progress_line(target))
    digits = ALL_DIGITS if options.all_digits else DIGITS
    if options.json:
        from ...engine.recording.json_file import to_json

        sys.stdout.writelines(to_json(opened.recording))
    elif options.follow:
        from ..sessions.stepping import SteppingSession
        from .follow import follow

        session = SteppingSession(opened)
        session.digits = digits
        follow(session, sys.stdin, lambda line: print(line, flush=True))
    else:
        sys.stdout.writelines(f"{line}\n" for line in trace_lines(opened.title, opened.recording, digits))
    sys.stdout.flush()
    return 0


def _progress_line(target: Target) -> Progress:
    """Show progress on stderr while something slow opens, if a person is there to read it."""
    if not (target.slow and sys.stderr.isatty()):
        return lambda fraction: None
    return lambda fraction: print(
        f"\ropening {plain(target.text)} {fraction:4.0%}", end="" if fraction < 1 else "\n",
        file=sys.stderr, flush=True,
    )  # fmt: skip
