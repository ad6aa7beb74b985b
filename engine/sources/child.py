"""A child process for code that is not ours: in a session of its own, within limits, its output kept.

What runs there may loop for ever, ask for all memory, print without end or end the process. It answers
with one JSON object through a pipe; what it prints comes through another and is shown nowhere. Whatever
happens, nothing of it is left running.
"""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .staying import Staying, end, how_it_ended

SECONDS = 30.0
MOST_PRINTED = 10_000_000
MOST_ANSWERED = 1 << 30
POLL = 0.05
"""Seconds between two looks whether the child has ended: a process it started may hold its pipes."""

# -P: no file in the current directory may stand in for a module of ours or of the standard library.
_START = """\
import os, sys
loaded = frozenset(sys.modules)
sys.path += [place for place in sys.argv[1].split(os.pathsep) if place not in sys.path]
from micrograd_tui.engine.sources.inside import main
main(loaded, *sys.argv[2:])
"""


@dataclass(frozen=True)
class Answer:
    """What came of it: the child's own answer, or why there is none; and what was printed."""

    given: Mapping[str, Any] | None
    ended: str
    printed: str
    staying: Staying | None = None
    """The child, where it says that it stays to be asked more."""


def run_in_child(
    module: str, job: Mapping[str, Any], seconds: float = SECONDS, may_stay: bool = False
) -> Answer:
    """Have `module`, one of ours, do a job in a child process: its `answer(job)` gives a JSON object.

    One that may stay (stay.py) is told the pipe on which it is asked more.
    """
    if not may_stay:
        return _run(module, job, seconds, None)
    asked, asking = os.pipe()
    try:
        return _run(module, {**job, "questions": asked}, seconds, asking, (asked,))
    finally:
        os.close(asked)


def _run(
    module: str, job: Mapping[str, Any], seconds: float, asking: int | None, more: tuple[int, ...] = ()
) -> Answer:
    places = os.pathsep.join(map(os.path.abspath, filter(None, (*sys.path, *_active_environment()))))
    read_end, write_end = os.pipe()
    try:
        command = [sys.executable, "-P", "-c", _START, places, module, json.dumps(job), str(write_end)]
        process = subprocess.Popen(
            [*command, str(seconds)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(write_end, *more),
            env=_environment(),
            start_new_session=True,
        )
    except BaseException:
        os.close(read_end)
        if asking is not None:
            os.close(asking)
        raise
    finally:
        os.close(write_end)
    return _Exchange(process, read_end, seconds, asking).run()


def _active_environment() -> list[str]:
    """What is installed in the environment that is active: this program may live in one of its own."""
    prefix = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if not prefix or Path(prefix).resolve() == Path(sys.prefix).resolve():
        return []
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [str(Path(prefix, "lib", version, "site-packages"))]


def _environment() -> dict[str, str]:
    """No display: a window nobody asked for would wait to be closed."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    return {name: text for name, text in os.environ.items() if name not in hidden} | {"MPLBACKEND": "Agg"}


class _Exchange:
    """Reads the two pipes of a child until it has answered, ended, or gone beyond a limit."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", answers: int, seconds: float, asking: int | None
    ) -> None:
        assert process.stdout is not None
        self._answers, self._asking = answers, asking
        self._process = process
        self._seconds = seconds
        self._end = time.monotonic() + seconds + 1  # a second for its own alarm, which knows the line
        self._pipes = {process.stdout.fileno(): bytearray(), answers: bytearray()}
        self._printed, self._answered = self._pipes.values()
        self._output: IO[bytes] = process.stdout

    def run(self) -> Answer:
        """Read until there is a reason to stop, end all that runs, and return what came of it."""
        try:
            ended = self._read()
            given = self._stays()
        except BaseException:
            self._kill()
            self._close()
            raise
        if given:
            return self._staying(given)
        self._kill()
        self._drain()
        self._close()
        given = self._parsed()
        printed = self._printed[:MOST_PRINTED].decode("utf-8", "replace")
        why = "" if given else ended or how_it_ended(self._process.returncode)
        return Answer(given, why, printed)

    def _stays(self) -> Mapping[str, Any] | None:
        """Return its answer, if that says that it stays, and it can be asked more."""
        given = self._parsed() if self._asking is not None else None
        return given if given and given.get("stays") and self._process.poll() is None else None

    def _staying(self, given: Mapping[str, Any]) -> Answer:
        self._drain()
        self._output.close()
        assert self._asking is not None
        printed = self._printed[:MOST_PRINTED].decode("utf-8", "replace")
        return Answer(given, "", printed, Staying(self._process, self._asking, self._answers))

    def _close(self) -> None:
        self._output.close()
        for pipe in (self._answers, self._asking):
            if pipe is not None:
                os.close(pipe)

    def _read(self) -> str:
        """Return why nothing more is read; "" where it answered or ended by itself."""
        with selectors.DefaultSelector() as selector:
            for pipe in self._pipes:
                os.set_blocking(pipe, False)
                selector.register(pipe, selectors.EVENT_READ)
            while self._process.poll() is None and not self._complete:
                if time.monotonic() > self._end:
                    return too_long(self._seconds)
                for key, _ in selector.select(POLL):
                    if not self._take(key.fd):
                        selector.unregister(key.fd)
                if len(self._printed) > MOST_PRINTED:
                    return f"it printed more than {MOST_PRINTED // 1_000_000} MB"
                if len(self._answered) > MOST_ANSWERED:
                    return "its answer is too long"
        return ""

    def _take(self, pipe: int) -> bool:
        """Take what a pipe holds; return whether more may come."""
        try:
            some = os.read(pipe, 1 << 20)
        except BlockingIOError:
            return True
        self._pipes[pipe] += some
        return bool(some)

    def _drain(self) -> None:
        """Take what lies in the pipes still, once nobody writes to them."""
        for pipe, taken in self._pipes.items():
            before = -1
            while before < len(taken) < MOST_PRINTED or (taken is self._answered and before < len(taken)):
                before = len(taken)
                self._take(pipe)

    @property
    def _complete(self) -> bool:
        """Whether all of the answer has come: its length stands before it."""
        newline = self._answered.find(b"\n", 0, 20)
        length = self._answered[: max(0, newline)]
        return length.isdigit() and len(self._answered) - newline - 1 >= int(length)

    def _parsed(self) -> Mapping[str, Any] | None:
        if not self._complete:
            return None
        with suppress(ValueError, RecursionError):
            answer = json.loads(self._answered[self._answered.index(b"\n") :])
            return answer if isinstance(answer, dict) else None
        return None

    def _kill(self) -> None:
        """End the child and all it has started that did not leave its session."""
        end(self._process)


def too_long(seconds: float) -> str:
    """Return the sentence about a program that takes too long."""
    return f"it ran longer than {seconds:g} seconds; --limit gives it more"
