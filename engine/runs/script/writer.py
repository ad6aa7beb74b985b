"""The process that writes what a script logs, so that nothing of it happens in the script's own.

It is started by `Run` with the path of the store, the ring, the script's pid and number of steps. Its
standard input brings how the script has ended, and then the input's end; an empty one means that the
script was killed. Its standard output is a byte once it is ready, and at last what was lost, and why.
"""

import json
import marshal
import math
import os
import sys
import threading
import time
import zlib
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from ..store.orders import DONE
from ..store.schema import BadRun
from ..store.store import HEEDS_STOP, KEEP, METRICS, OWN_PROGRAM_KILLED, Store
from ..store.writer import Writer
from .ring_buffer import Ring

COMMIT_SECONDS = 0.2
LONGEST_NAME = 200
AT_ONCE = 5000
"""The most entries a commit."""
LAST_TRIES = 3.0
"""Seconds after the script's end in which a file that takes nothing is tried again."""
BUSY_SECONDS = 1.0
"""Short, for what fails is tried again anyway, and the script waits for the end."""

READY = b"+"

Entry = tuple[int, float, dict[str, float]]


class LogWriter:
    """Takes entries out of the ring and writes them. The file is open only while it commits."""

    def __init__(self, path: Path, ring: Ring, pid: int, steps: int | None) -> None:
        self.store = Store(path, BUSY_SECONDS)
        self.ring = ring
        self.pid = pid
        self.steps = steps
        self.trouble = ""
        """Why the last commit failed, if it did."""
        self._taken: list[bytes] = []
        self._last: tuple[int, float | None] = (0, None)
        self._nonfinite_noted = self._polling_noted = False
        self._lost = ""

    def work(self, ending: threading.Event) -> None:
        """Write until the script has ended, and all of it, or until the file takes nothing any more."""
        end, ended = math.inf, False
        while not ended or (self._has_more() and time.monotonic() < end):
            # By the clock, not by each entry: to wake it would cost the script something.
            ended = ending.wait(COMMIT_SECONDS)
            if ended:
                end = min(end, time.monotonic() + LAST_TRIES)
                time.sleep(0.05 if self.trouble else 0)
            while self._has_more() or self._has_news():
                if not self._write():
                    break  # and try again: the disk may have room by then, or the file be free

    def end(self, state: str, message: str, dropped: int, why: str) -> tuple[int, str]:
        """Write how it ended, and what was lost; return that: how many entries, and why."""
        why = why or self.trouble
        while self._has_more():
            dropped += len(self._taken)
            self._taken = []
        if dropped:
            self._lost = f"{dropped} entries were lost: {why}"
        self._write(state, message)
        return dropped, why or self.trouble

    def _has_more(self) -> bool:
        self._taken = self._taken or self.ring.take(AT_ONCE)
        return bool(self._taken)

    def _has_news(self) -> bool:
        """Whether a stop is polled for, which watchers do not know yet, or ordered by one of them."""
        if not self.ring.stop_polled or self.ring.stop_requested:
            return False
        with suppress(BadRun):
            return not self._polling_noted or any(not order.answer for order in self.store.orders())
        return False

    def _write(self, state: str = "running", message: str = "") -> bool:
        noted, last = self._nonfinite_noted, self._last
        try:
            self._commit([marshal.loads(entry) for entry in self._taken], state, message)
        except Exception as error:
            self._nonfinite_noted, self._last, self.trouble = noted, last, str(error)
            return False
        self._taken, self.trouble = [], ""
        return True

    def _commit(self, entries: Sequence[Entry], state: str, message: str) -> None:
        with closing(self._open()) as writer:
            for entry in entries:
                self._note(writer, *entry)
            step, loss = self._last
            if self.ring.stop_polled and not self._polling_noted:
                writer.fact(HEEDS_STOP, True)
                self._polling_noted = True
            orders = writer.new_orders()
            for order in orders:
                writer.answer(order, DONE)
                writer.event(step, "order", f"stop (by {order.watcher})")
            if self._lost:
                writer.event(step, "lost", self._lost)
            writer.commit(state, step, self.steps, loss, message or self._lost)
        if orders:
            self.ring.request_stop()

    def _open(self) -> Writer:
        return Writer(self.store.path, KEEP, journal="delete", pid=self.pid, busy=BUSY_SECONDS)

    def _note(self, writer: Writer, step: int, when: float, numbers: dict[str, float]) -> None:
        own = {_storable(name): value for name, value in numbers.items() if name not in METRICS}
        if len(own) < len(numbers):
            loss, lr, norm = (numbers.get(name) for name in METRICS)
            writer.pending.metrics.append((step, loss, lr, norm, when))
        writer.pending.scores += [(name, step, value) for name, value in own.items()]
        last = numbers.get("loss", self._last[1])
        self._last = (max(step + 1, self._last[0]), last)
        if last is not None and not math.isfinite(last) and not self._nonfinite_noted:
            writer.event(step, "nonfinite", f"the loss of step {step} is {last}")
            self._nonfinite_noted = True


def _storable(name: str) -> str:
    if len(name) > LONGEST_NAME:
        name = f"{name[:LONGEST_NAME]}~{zlib.crc32(name.encode('utf-8', 'replace')):08x}"
    return _text(name)


def _text(words: str) -> str:
    # A lone half of a surrogate pair is no text for SQLite, and would take its whole commit with it.
    return words.encode("utf-8", "replace").decode()


def main(path: str, key: str, pid: str, steps: str) -> None:
    """Write what comes through the ring until the script ends; then answer what was lost of it."""
    writer = LogWriter(Path(path), Ring.attach(key), int(pid), int(steps) or None)
    ending, received = threading.Event(), list[str]()

    def listen() -> None:
        with suppress(OSError, ValueError):
            received.append(sys.stdin.read())
        ending.set()

    threading.Thread(target=listen, name="the script's end", daemon=True).start()
    os.write(1, READY)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    writer.work(ending)
    killed = ("died", OWN_PROGRAM_KILLED, 0, "")
    state, message, dropped, why = json.loads(received[0]) if received and received[0] else killed
    lost = writer.end(state, _text(message), dropped, why)
    with suppress(OSError):
        os.write(1, json.dumps(lost).encode())
