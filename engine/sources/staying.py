"""A child process that stays after its answer: asked by a line of JSON, it gives a line and raw bytes.

Nothing that comes from it is executed, and what comes is of bounded size. It ends when it is closed, when
nobody holds it, and when this process ends, however that may be: see stay.py.
"""

import json
import os
import select
import signal
import subprocess
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

LONGEST_LINE = 1 << 12
MOST_BYTES = 1 << 21


class Gone(Exception):
    """It cannot be asked any more; the message says why."""


class Staying:
    """A child that can be asked, one question at a time, from any thread."""

    def __init__(self, process: "subprocess.Popen[bytes]", asking: int, answers: int) -> None:
        """`asking` and `answers` are the two pipes: both are closed with it."""
        self._process, self._asking, self._answers = process, asking, answers
        os.set_blocking(answers, False)
        self._one_at_a_time = threading.Lock()
        self._closed = threading.Event()
        self._why = "it was closed"
        self._end = weakref.finalize(self, _end_and_close, process, asking, answers)

    def ask(self, question: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
        """Return what it says to a question, and the bytes that come with that; raise Gone."""
        with self._one_at_a_time:
            if self._closed.is_set():
                raise Gone(self._why)
            try:
                os.write(self._asking, json.dumps(question).encode() + b"\n")
                return self._reply()
            except BrokenPipeError:
                raise self._gone() from None
            except (OSError, ValueError, RecursionError):
                raise self._gone("what it answered is none") from None

    def close(self) -> None:
        """End it; who waits for an answer is told that there is none."""
        self._closed.set()
        if self._process.returncode is None:
            _kill(self._process)
        with self._one_at_a_time:
            self._end()

    def _reply(self) -> tuple[Mapping[str, Any], bytes]:
        taken = bytearray()
        while b"\n" not in taken:
            if len(taken) > LONGEST_LINE:
                raise ValueError("a line without an end")
            taken += self._some()
        line, _, rest = bytes(taken).partition(b"\n")
        said = json.loads(line)
        size = said.get("bytes", 0) if isinstance(said, dict) else -1
        if not isinstance(size, int) or not 0 <= size <= MOST_BYTES:
            raise ValueError("an answer of no size")
        whole = bytearray(rest)
        while len(whole) < size:
            whole += self._some()
        if len(whole) != size:
            raise ValueError("more than it said")
        return said, bytes(whole)

    def _some(self) -> bytes:
        """Wait for more of an answer; raise Gone where nothing can come any more."""
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        while not self._closed.is_set():
            ready = poll.poll(200)
            if ready and (some := os.read(self._answers, 1 << 18)):
                return some
            if ready or self._process.poll() is not None:
                raise self._gone()
        raise Gone(self._why)

    def _gone(self, why: str = "") -> Gone:
        """Let go of it; the reason is how it ended, where there is no other."""
        was_closed = self._closed.is_set()
        self._closed.set()
        self._end()
        if not was_closed:
            self._why = why or how_it_ended(self._process.returncode)
        return Gone(self._why)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a child and all it has started that did not leave its session."""
    _kill(process)
    process.wait()


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_and_close(process: "subprocess.Popen[bytes]", asking: int, answers: int) -> None:
    end(process)
    for pipe in (asking, answers):
        with suppress(OSError):
            os.close(pipe)


def how_it_ended(code: int) -> str:
    """Return how a process ended, by its exit code."""
    if code >= 0:
        return f"it ended itself, with exit code {code}"
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    return f"it crashed: {name}"
