"""`micrograd-tui watch`: a run on the screen, or what another program prints, from a pipe."""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from tempfile import TemporaryDirectory

from ...engine.runs.script.parse_lines import Numbers, follow
from ...engine.runs.script.run import Run
from ...engine.runs.store.directory import find_run, runs_directory
from ..sessions.target import BadTarget
from ..terminal.interactive import no_terminal
from ..text.format import number, plain
from .running.arguments import add_directory, add_fps
from .running.refusals import refusals

LONGEST_LINE = 1_000_000


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "run", nargs="?", metavar="RUN", help="name of the run, or - for numbers from stdin"
    )
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="RUN",
        help="draw the curves of another run over it",
    )
    add_fps(parser)
    add_directory(parser)


def run(options: argparse.Namespace) -> int:
    """Watch what the options name; return the exit code."""
    if options.run == "-":
        return _pipe(options)
    with refusals():
        directory = runs_directory(options.runs_dir)
        store = find_run(directory, options.run)
        others = [find_run(directory, name) for name in options.compare]
    if refusal := no_terminal("`micrograd-tui runs` lists the runs as text"):
        raise BadTarget(refusal)
    from ..app import watch

    return watch(store, fps=options.fps, compare=others)


def _pipe(options: argparse.Namespace) -> int:
    if sys.stdin is None or sys.stdin.isatty():
        raise BadTarget("`watch -` reads a pipe: some-command | micrograd-tui watch -")
    lines = _lines(os.dup(0))
    _leave_in_order()
    with (
        TemporaryDirectory(prefix="micrograd-tui-") as place,
        refusals(),
        Run("pipe", runs_dir=place) as run,
    ):
        if not _keyboard():
            return _print(follow(lines, run))
        reader = Reader(lines, run)
        reader.start()
        from ..app import watch_until_left

        code, goes_on = watch_until_left(run.store, fps=options.fps)
        _leave_in_order()  # the app had its own way
        if goes_on and not code:
            reader.print_the_rest()
        return code


def _leave_in_order() -> None:
    """Let SIGTERM and SIGHUP leave nothing behind."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)


def _lines(fd: int) -> Iterator[str]:
    with io.TextIOWrapper(io.FileIO(fd), encoding="utf-8", errors="replace") as stream:
        while line := stream.readline(LONGEST_LINE):
            yield line


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


class Reader(threading.Thread):
    """Logs what comes through the pipe while it is watched, and prints it once it is not."""

    def __init__(self, lines: Iterable[str], run: Run) -> None:
        super().__init__(name="pipe", daemon=True)
        self.lines = lines
        self.of_run = run
        self.left = False

    def run(self) -> None:
        """Read to the end of the pipe."""
        with suppress(OSError, ValueError):
            entries = follow(self.lines, self.of_run)
            while not self.of_run.stopping and (entry := next(entries, None)):
                if self.left:
                    _print_line(*entry)
        self.of_run.finish()

    def print_the_rest(self) -> None:
        """Wait for the end of the pipe."""
        print("the command goes on; Ctrl+C stops it", file=sys.stderr)
        self.left = True
        self.join()


def _print(entries: Iterable[tuple[int, Numbers]]) -> int:
    """Print a line a step, for a reader without a terminal."""
    step = None
    for step, numbers in entries:
        _print_line(step, numbers)
    if step is None:
        print("micrograd-tui: no line held numbers as JSON or as CSV", file=sys.stderr)
    return 0


def _print_line(step: int, numbers: Numbers) -> None:
    shown = "  ".join(f"{plain(name)} {number(value)}" for name, value in numbers.items())
    print(f"step {step}  {shown}", flush=True)
