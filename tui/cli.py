"""The command line: main, and its parser. Nothing heavy is imported: Textual comes with the app."""

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from .commands.table import COMMANDS
from .sessions.target import BadTarget
from .text.format import plain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0, 2 for bad input, 130 after Ctrl+C."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what a locale has no sign for, as stderr does
    try:
        words, of_program = _split(list(sys.argv[1:] if arguments is None else arguments))
        words = _with_expressions(words)
        options = _parsed(words)
        options.arguments = of_program
        return COMMANDS[options.command or "open"].load().run(options)
    except BadTarget as error:
        print(f"micrograd-tui: {error}", file=sys.stderr)
        return 0 if error.clean else 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _write_no_more()  # the reader (`| head`) has what it wanted
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _write_no_more()
        print(f"micrograd-tui: the output cannot be written: {error.strerror}", file=sys.stderr)
        return 2


def _write_no_more() -> None:
    """Point stdout elsewhere, or Python complains at exit of what it could not write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Return what is ours, and what stands after -- for a program that is to be run."""
    runs_one = words[:1] and words[0] in COMMANDS and COMMANDS[words[0]].of_target
    at = words.index("--") if runs_one and "--" in words else len(words)
    return words[:at], words[at + 1 :]


def _with_expressions(words: list[str]) -> list[str]:
    """Let an expression begin with a sign: argparse takes a word with a blank for no option."""
    takes_one = words[:1] and words[0] in ("open", "trace", "check", "fold", "nudge")
    return [f" {word}" if takes_one and _is_negative(word) else word for word in words]


def _is_negative(word: str) -> bool:
    return word.startswith("-") and word not in ("-", "-h") and not word.startswith("--")


def _parsed(words: list[str]) -> argparse.Namespace:
    """Parse them; numbers for an expression may stand after options too, which argparse does not see."""
    parser = _parser(words)
    options, rest = parser.parse_known_args(words)
    numbers = getattr(options, "names" if options.command == "nudge" else "numbers", None)
    if rest and (numbers is None or any(word.startswith("-") for word in rest)):
        is_unnamed = numbers is not None and "=" in (options.target or "=")
        hint = "; an expression that begins with -- stands after --" if is_unnamed else ""
        parser.error(f"unrecognized arguments: {' '.join(rest)}{hint}")
    if rest and numbers is not None:
        numbers += rest
    return options


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; only commands among the words of the command line get their options."""
    parser = _Parser(prog="micrograd-tui", description="Step through a backward pass.")
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(dest="command", parser_class=_Parser, metavar="COMMAND")
    for name, command in COMMANDS.items():
        own = commands.add_parser(name, help=command.summary, description=command.description)
        own.add_argument("--version", action=_Version)
        if name in words:
            command.load().add(own)
    return parser


class _Parser(argparse.ArgumentParser):
    """argparse, but what it quotes of the user's words is made safe to show."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {plain(message)}; try {self.prog} --help\n")


class _Version(argparse.Action):
    """Print the installed version, looked up only when it is asked for: that takes 20 ms."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(nargs=0, help="show the version and exit", **kwargs)

    def __call__(self, parser: argparse.ArgumentParser, *ignored: Any) -> None:
        """Print and leave."""
        from importlib.metadata import version

        print(f"micrograd-tui {version('micrograd-tui')}")
        parser.exit()
