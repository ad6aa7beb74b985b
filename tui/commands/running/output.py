"""Another program's output, from a pipe or a file that grows, as a run: on the screen, or in lines."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ....engine.runs.script.lines.found import Numbers
from ....engine.runs.script.lines.text import lines_of
from ....engine.runs.script.parse_lines import LineReader, follow
from ....engine.runs.script.run import Run
from ...text.format import number, plain

CHUNK = 1 << 16
POLL_SECONDS = 0.1


def pipe_lines(fd: int) -> Iterator[str]:
    """Yield the lines of a pipe as they come."""
    return lines_of(iter(lambda: os.read(fd, CHUNK), b""))


def file_lines(path: Path, patience: float) -> Iterator[str]:
    """Yield the lines of a file, and what is added, until nothing has been for so many seconds."""
    return lines_of(_growing(path, patience))


def _growing(path: Path, patience: float) -> Iterator[bytes]:
    last = time.monotonic()
    file = path.open("rb")
    try:
        while True:
            if chunk := file.read(CHUNK):
                yield chunk
                last = time.monotonic()
            elif time.monotonic() - last >= patience:
                return
            else:
                with suppress(OSError):
                    if path.stat().st_size < file.tell():  # it was begun anew
                        file.close()
                        file = path.open("rb")
                time.sleep(min(POLL_SECONDS, patience))
    finally:
        file.close()


class Output(threading.Thread):
    """Logs what another program prints, while it is watched; prints it in lines once it is not."""

    def __init__(self, lines: Iterable[str], run: Run) -> None:
        super().__init__(name="output", daemon=True)
        self.of_run = run
        self.reader = LineReader()
        self.steps = 0
        """How many lines of numbers were logged."""
        self.ended = False
        self.left = False
        self._entries = follow(lines, run, self.reader)

    def run(self) -> None:
        """Read to the end, or until the run is ordered to stop."""
        with suppress(OSError, ValueError):
            for step, numbers in self._entries:
                self.steps += 1
                if self.left:
                    _print_line(step, numbers)
                if self.of_run.stopping:
                    break
            else:
                self.ended = True
        self.of_run.finish()

    def print_all(self) -> None:
        """Print a line a step, for a reader without a terminal."""
        self.left = True
        for step, numbers in self._entries:
            self.steps += 1
            _print_line(step, numbers)
            if self.of_run.stopping:
                return
        self.ended = True

    def print_the_rest(self) -> None:
        """Wait for the end of a pipe."""
        print("the command goes on; Ctrl+C stops it", file=sys.stderr)
        self.left = True
        self.join()

    def sum_up(self) -> int:
        """Print what could not be read; return the exit code: 2 where nothing at all could be."""
        if sentence := self.reader.sentence:
            print(f"micrograd-tui: {plain(sentence)}", file=sys.stderr)
        elif self.ended and not self.steps:
            print("micrograd-tui: no line held numbers", file=sys.stderr)
        return 2 if self.ended and not self.steps else 0


def shown(output: Output, watch: Callable[[], tuple[int, bool]], goes_on: bool) -> int:
    """Watch output on the screen; where it is left running and may go on, print what comes."""
    output.start()
    code, left = watch()
    if left and goes_on and not code:
        output.print_the_rest()
    return code or output.sum_up()


def _print_line(step: int, numbers: Numbers) -> None:
    shown = "  ".join(f"{plain(name)} {number(value)}" for name, value in numbers.items())
    print(f"step {step}  {shown}", flush=True)
