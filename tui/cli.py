"""The command line. Imports nothing heavy: Textual comes only with the app itself."""

import argparse
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ..engine.recording.record import Progress
from .commands.options import add_commands
from .commands.refusals import no_terminal
from .sessions.target import DEFAULT, BadTarget, Opened, Target
from .text.format import plain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 0, 2 for bad input, 130 after Ctrl+C."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # what a locale has no sign for, as stderr does
    try:
        return _run(_parser(arguments or sys.argv[1:]).parse_args(arguments))
    except BadTarget as error:
        print(f"micrograd-tui: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (`| head`) has what it wanted. Point stdout elsewhere, or Python complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0


class _Version(argparse.Action):
    """Print the installed version, looked up only when it is asked for: that takes 20 ms."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(nargs=0, help="show the version and exit", **kwargs)

    def __call__(self, parser: argparse.ArgumentParser, *ignored: Any) -> None:
        """Print and leave."""
        from importlib.metadata import version

        print(f"micrograd-tui {version('micrograd-tui')}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """argparse, but what it quotes of the user's words is made safe to show."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"{self.prog}: {plain(message)}; try {self.prog} --help\n")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser(prog="micrograd-tui", description="Step through a backward pass.")
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(dest="command", parser_class=_Parser, metavar="COMMAND")
    described = "an example, a .json recording, or an expression such as 'd = a*b; tanh(d) + d'"
    for name, what in (
        ("open", "step through TARGET in the app"),
        ("trace", "print its backward pass"),
        ("fold", "print the few lines of numpy it folds into"),
    ):
        command = commands.add_parser(name, help=what, description=f"{what}: {described}")
        command.add_argument("target", nargs="?", default=DEFAULT, metavar="TARGET", help=described)
        command.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="values of the leaves")
        command.add_argument("--version", action=_Version)
        if name == "fold":
            command.add_argument("--json", action="store_true", help="print the fold as JSON")
        if name == "trace":
            form = command.add_mutually_exclusive_group()
            form.add_argument("--json", action="store_true", help="print the recording as JSON")
            form.add_argument("--follow", action="store_true", help="read keys as lines from stdin")
    examples = commands.add_parser("examples", help="list the bundled graphs")
    examples.add_argument("--version", action=_Version)
    add_commands(commands, words)
    return parser


def _run(options: argparse.Namespace) -> int:
    if options.command == "examples":
        return _examples()
    if options.command not in (None, "open", "trace"):
        return int(import_module(f".commands.{options.command}", __package__).run(options))
    target = Target(getattr(options, "target", DEFAULT), tuple(getattr(options, "numbers", ())))
    if options.command == "trace":
        return _trace(target, options)
    return _open(target)


def _examples() -> int:
    from ..engine.sources.examples import EXAMPLES

    for example in EXAMPLES.values():
        print(f"{example.name:11} {example.nodes:>6,} nodes  {example.summary}")
    return 0


def _trace(target: Target, options: argparse.Namespace) -> int:
    from .views.trace import trace_lines

    opened = target.open(_progress_line(target))
    if options.json:
        from ..engine.recording.json_file import to_json

        sys.stdout.writelines(to_json(opened.recording))
    elif options.follow:
        from .sessions.follow import follow
        from .sessions.stepping import Session

        follow(Session(opened), sys.stdin, lambda line: print(line, flush=True))
    else:
        sys.stdout.writelines(f"{line}\n" for line in trace_lines(opened.title, opened.recording))
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


def _open(target: Target) -> int:
    opened: Opened | None = None if target.slow else target.open()
    if refusal := no_terminal("`micrograd-tui trace` prints the same as text"):
        print(f"micrograd-tui: {refusal}", file=sys.stderr)
        return 2
    # Importing Textual makes some hundred thousand objects and no garbage: a seventh of the time
    # to the first frame goes into looking for it.
    gc.disable()
    from .app import run

    return run(target, opened)
