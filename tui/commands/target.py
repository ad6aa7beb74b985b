"""TARGET on a command line, which open, trace and fold share: an example, a file, or an expression."""

import argparse

from ..sessions.target import DEFAULT, Target

DESCRIBED = "an example, a .json recording, or an expression such as 'd = a*b; tanh(d) + d'"


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add TARGET, and numbers for the leaves of an expression."""
    parser.add_argument("target", nargs="?", default=DEFAULT, metavar="TARGET", help=DESCRIBED)
    parser.add_argument(
        "numbers", nargs="*", metavar="NAME=NUMBER", help="numbers for the names in an expression"
    )


def target_of(options: argparse.Namespace) -> Target:
    """Return the target that was named, or the one to start with where nothing was."""
    text = getattr(options, "target", DEFAULT)
    text = text[1:] if text.startswith(" -") else text  # see cli.py
    return Target(text, tuple(getattr(options, "numbers", ())))
