"""`micrograd-tui watch`: a run on the screen, or what another program prints, from a pipe or a file."""

import argparse
import math
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from ...engine.runs.script.run import Run
from ...engine.runs.store.directory import find_run, runs_directory
from ...engine.runs.store.names import exists, path_of, quoted, safe
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ..sessions.target import BadTarget
from ..terminal.interactive import no_terminal
from ..text.format import plain
from .running.arguments import add_directory, add_fps
from .running.output import Output, file_lines, pipe_lines, shown
from .running.refusals import refusals

PATIENCE = 10.0
"""Seconds without news after which a file is taken to be complete, where it is followed in lines."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "run",
        nargs="?",
        metavar="RUN",
        help="name of the run; a FILE that a program prints to; or - for what comes through a pipe",
    )
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="RUN",
        help="draw the curves of another run over it",
    )
    parser.add_argument("--name", metavar="NAME", help="keep what a pipe or a FILE holds as a run")
    parser.add_argument(
        "--wait",
        type=_seconds,
        metavar="S",
        help=f"end S seconds after the last line of a FILE; without a terminal {PATIENCE:g}",
    )
    add_fps(parser)
    add_directory(parser)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds >= 0:
        raise argparse.ArgumentTypeError(f"{text} is not 0 or more")
    return seconds


_seconds.__name__ = "seconds"  # what argparse calls the type in its refusal


def run(options: argparse.Namespace) -> int:
    """Watch what the options name; return the exit code."""
    with refusals():
        directory = runs_directory(options.runs_dir)
        others = [find_run(directory, name) for name in options.compare]
        if options.run == "-":
            return _pipe(options, directory, others)
        if (file := _file(directory, options.run)) and file.suffix != ".sqlite":
            return _growing_file(options, file, directory, others)
        if options.name is not None:
            raise BadRun("--name is for what a pipe or a FILE holds: `watch - --name NAME`")
        store = Store.open(file) if file else find_run(directory, options.run)
    if refusal := no_terminal("`micrograd-tui runs` lists the runs as text"):
        raise BadTarget(refusal)
    from ..app import watch

    return watch(store, fps=options.fps, compare=others)


def _file(directory: Path, name: str | None) -> Path | None:
    """Return the file that is named, if no run is."""
    if name is None or (name == safe(name) and exists(path_of(directory, name))):
        return None
    path = Path(name).expanduser()
    if name != safe(name) and not exists(path):
        raise BadRun(f"there is no file {name}, and no run can have that name")
    if path.is_dir():
        raise BadRun(f"{name} is a directory; a run or a file of numbers can be watched")
    return path if path.exists() else None


def _pipe(options: argparse.Namespace, directory: Path, others: Sequence[Store]) -> int:
    if sys.stdin is None or sys.stdin.isatty():
        raise BadTarget("`watch -` reads a pipe: some-command | micrograd-tui watch -")
    lines = pipe_lines(os.dup(0))
    return _followed(lines, "pipe", options, directory, others)


def _growing_file(
    options: argparse.Namespace, file: Path, directory: Path, others: Sequence[Store]
) -> int:
    try:
        file.open("rb").close()
    except OSError as error:
        raise BadRun(f"{file}: {error.strerror or error}") from None
    seen = not no_terminal("")
    patience = options.wait if options.wait is not None else math.inf if seen else PATIENCE
    return _followed(file_lines(file, patience), safe(file.stem), options, directory, others)


def _followed(
    lines: Iterable[str],
    name: str,
    options: argparse.Namespace,
    directory: Path,
    others: Sequence[Store],
) -> int:
    """Follow lines as a run: one that is kept if it has a name, else one that is gone at the end."""
    _leave_in_order()
    with ExitStack() as stack:
        if options.name is None:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="micrograd-tui-")))
        run = stack.enter_context(Run(options.name or name, runs_dir=directory))
        output = Output(lines, run)
        try:
            return _shown(output, options, others)
        finally:
            if options.name is not None:
                command = f"`micrograd-tui watch {quoted(plain(run.name))}`"
                print(f"kept as {plain(run.name)}; {command} shows it", file=sys.stderr)


def _shown(output: Output, options: argparse.Namespace, others: Sequence[Store]) -> int:
    if not _keyboard():
        output.print_all()
        return output.sum_up()
    from ..app import watch_until_left

    watch = partial(watch_until_left, output.of_run.store, fps=options.fps, compare=others)
    try:
        return shown(output, watch, goes_on=options.run == "-")
    finally:
        _leave_in_order()  # the app had its own way


def _leave_in_order() -> None:
    """Let SIGTERM and SIGHUP leave nothing behind."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)


def _keyboard() -> bool:
    """Put the controlling terminal in the place of the pipe; False where there is none to draw on."""
    if sys.__stderr__ is None or not sys.__stderr__.isatty() or os.environ.get("TERM") == "dumb":
        return False
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return False
    os.dup2(terminal, 0)
    os.close(terminal)
    return True
