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
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ..store.orders import DONE
from ..store.schema import BadRun
from ..store.store import HEEDS_STOP, KEEP, OWN_PROGRAM_KILLED, RESTARTED, REWRITTEN, Store
from ..store.writer import Writer
from .extras import Extras
from .ring_buffer import Ring
from .timeline import Rewritten, Timeline

COMMIT_SECONDS = 0.2
LONGEST_NAME = 200
AT_ONCE = 5000
"""The most entries a commit."""
LAST_TRIES = 3.0
"""Seconds after the script's end in which a file that takes nothing is tried again."""
BUSY_SECONDS = 1.0
"""Short, for what fails is tried again anyway, and the script waits for the end."""

READY = b"+"

Entry = tuple[Any, ...]
"""A step of the script, when it was logged, its numbers; without a step, a sentence on how it goes.
What stands behind these is for `Extras`."""


def timeline_of(store: Store) -> Timeline:
    """Return the timeline of a run that goes on."""
    status, restarts = store.status(), store.restarts
    offset = restarts[-1] if restarts else 0
    last = store.last_numbers()
    lowest = {name: found[0][0] for name in last if (found := store.scores(name, offset, most=1))}
    return Timeline(offset, status.step, last, lowest)


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
        self._timeline = timeline_of(self.store)
        self._extras = Extras(steps)
        self._noted: set[str] = set()
        """What is said once only, and was."""
        self._sentence = ""
        """How it goes, in words of the script's."""
        self._counts: Counter[str] | None = None
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
        why = self.trouble or why
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
            return HEEDS_STOP not in self._noted or any(not order.answer for order in self.store.orders())
        return False

    def _write(self, state: str = "running", message: str = "") -> bool:
        before = self._timeline.copy(), set(self._noted), self._sentence, self._extras.copy()
        try:
            self._commit([marshal.loads(entry) for entry in self._taken], state, message)
        except Exception as error:
            self._timeline, self._noted, self._sentence, self._extras = before
            self.trouble = str(error)
            return False
        self._taken, self.trouble = [], ""
        return True

    def _commit(self, entries: Sequence[Entry], state: str, message: str) -> None:
        with closing(self._open()) as writer:
            self._note_all(writer, entries)
            if self.ring.stop_polled and self._first_time(HEEDS_STOP):
                writer.fact(HEEDS_STOP, True)
            step, orders = self._timeline.end, writer.new_orders()
            for order in orders:
                writer.answer(order, DONE)
                writer.event(step, "order", f"stop (by {order.watcher})")
            if self._lost:
                writer.event(step, "lost", self._lost)
            if state != "running":
                self._extras.end(writer, max(0, step - 1))
            loss = self._timeline.loss
            said = message or self._lost or self._sentence
            writer.commit(state, step, self.steps, loss[1] if loss else None, said)
            self._counts = writer.counts
        if orders:
            self.ring.request_stop()

    def _open(self) -> Writer:
        path, journal = self.store.path, "delete"
        return Writer(path, KEEP, journal, self.pid, BUSY_SECONDS, self._counts)

    def _note_all(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Give entries their places; of numbers with one name and step the later one is kept."""
        numbers, times = dict[tuple[str, int], float](), dict[int, float]()
        rewritten = Rewritten(self._timeline.last, writer.has_score)
        for step, when, given, sentence, *extra in entries:
            if extra:
                at = None if step is None else self._timeline.at(step)
                self._extras.take(writer, at, self._timeline, *extra)
                continue
            if step is None:
                self._sentence = _text(sentence)
                continue
            named = {_storable(name): value for name, value in given.items()}
            at = self._place(writer, step, named)
            times[at] = when
            for name, value in named.items():
                if (name, at) in numbers or rewritten.look(name, at):
                    self._note_again(writer, step, at, name)
                numbers[name, at] = value
            self._note_nonfinite(writer, at, named)
            self._extras.logged(writer, at, named.get(self._timeline.loss_name or ""))
        writer.pending.scores += [(name, at, value) for (name, at), value in numbers.items()]
        writer.pending.metrics += [(at, None, None, None, when) for at, when in times.items()]
        if rewritten.first is not None:
            writer.change(rewritten.first, REWRITTEN)

    def _place(self, writer: Writer, step: int, numbers: dict[str, float]) -> int:
        if self._timeline.restarts(step, numbers):
            at = self._timeline.restart()
            writer.change(at, RESTARTED)
            writer.event(
                at, "restart", f"restarted at step {step}: its steps begin at {at + step:,} here"
            )
        return self._timeline.place(step, numbers)

    def _note_again(self, writer: Writer, step: int, at: int, name: str) -> None:
        if self._first_time("again"):
            kept = "the later number is kept, here and wherever else that is so"
            writer.event(at, "again", f"{name} was logged again for step {step}: {kept}")

    def _note_nonfinite(self, writer: Writer, at: int, numbers: dict[str, float]) -> None:
        name = self._timeline.loss_name
        value = numbers.get(name, 0.0) if name else 0.0
        if not math.isfinite(value) and self._first_time("nonfinite"):
            called = "the loss" if name == "loss" else name
            writer.event(at, "nonfinite", f"{called} of step {at} is {value}")

    def _first_time(self, what: str) -> bool:
        first = what not in self._noted
        self._noted.add(what)
        return first


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
