"""A run of the user's own script, in any framework, to be watched like the others.

    from micrograd_tui.engine.runs import Run

    with Run("my experiment") as run:
        for i in range(1000):
            run.log(step=i, loss=..., accuracy=...)

Once it is made nothing here raises into the script: numbers wait in a queue, and a thread writes
them. A forked child logs nothing and harms nothing: a connection is open only while it commits, and
no process forks in the middle of that.
"""

import atexit
import math
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..config import Config
from .directory import create_unique, runs_directory
from .lock import Lock
from .schema import BadRun
from .store import KEEP, METRICS, Store
from .writer import Writer

COMMIT_SECONDS = 0.2
MOST_WAITING = 10_000_000
LAST_STEP = 2**53
LONGEST_NAME = 200
AT_ONCE = 5000
"""The most entries a commit."""
SLICE = 100
"""Entries after which the thread lets the script have the interpreter, lest it wait a millisecond."""
PATIENCE = 10.0
"""How long the end of the script waits for a disk that takes nothing."""

Entry = tuple[int, float, dict[str, float]]

_alive: "weakref.WeakSet[Run]" = weakref.WeakSet()


class Run:
    """Numbers of a script, step by step. `name` gets a suffix where it is taken; see `run.name`."""

    def __init__(
        self, name: str = "run", *, steps: int | None = None, runs_dir: str | Path | None = None
    ) -> None:
        directory = runs_directory(runs_dir)
        self.store = create_unique(directory, name, _maker(steps), number=False)
        self.name = self.store.name
        self.steps = steps
        self.dropped = 0
        """Entries that were not kept: no numbers, or more than the disk could take."""
        # Entry after entry: step, time, how many numbers, then each one's name and value. Flat, because
        # of a tuple an entry the garbage collector makes pauses of many milliseconds.
        self._waiting: deque[Any] = deque()
        self._ending = threading.Event()
        self._process = os.getpid()
        self._next = 0
        self._end = ("finished", "")
        self._trouble = ""
        self._told = False
        self._committing = threading.Lock()
        self._lock = Lock(self.store.path)
        if not self._lock.acquire():
            raise BadRun(f"{self.name} is held by another process")
        self._last: tuple[int, float | None] = (0, None)
        self._write([], "running")
        self._thread = threading.Thread(target=self._work, name="micrograd-tui run", daemon=True)
        self._thread.start()
        _alive.add(self)
        atexit.register(self._at_exit)

    # What a script calls

    def log(self, /, step: int | None = None, *others: Any, **numbers: Any) -> None:
        """Note numbers of a step: `loss`, `lr` and `grad_norm`, and any others by their names."""
        try:
            if os.getpid() != self._process:
                return
            self.dropped += len(others)  # numbers without a name
            step = self._next if step is None else int(step)
            if not 0 <= step < LAST_STEP:
                raise ValueError(step)
            self._next = step + 1
            flat: list[Any] = [step, time.time(), 0]
            for name, number in numbers.items():
                if (value := self._number(number)) is not None:
                    flat += (name, value)
            flat[2] = len(flat) // 2 - 1
            if len(self._waiting) < MOST_WAITING:
                self._waiting.extend(flat)  # at once: the other thread never sees half an entry
            else:
                self.dropped += 1
        except Exception:
            self.dropped += 1

    def _number(self, number: Any) -> float | None:
        try:
            return float(number)
        except Exception:
            self.dropped += 1
            return None

    def finish(self, state: str = "finished", message: str = "") -> None:
        """Write what is left and end the run; calling it again does nothing."""
        if os.getpid() != self._process or self._lock.mine is False:
            return
        with suppress(Exception):
            atexit.unregister(self._at_exit)
            self._end = (state, message)
            self._ending.set()
            self._wait_for_disk()
            if self.dropped or self._trouble:
                said = self._trouble or "they were no numbers"
                print(
                    f"micrograd-tui: {self.dropped} entries of {self.name} were lost: {said}",
                    file=sys.stderr,
                )

    def _wait_for_disk(self) -> None:
        """Wait for the thread to write what is left, as long as it gets on."""
        before = -1
        while self._thread.is_alive() and (left := len(self._waiting)) != before:
            before = left
            self._thread.join(PATIENCE)
        if self._thread.is_alive():
            self._trouble = f"the disk took nothing for {PATIENCE:.0f} seconds"
            self.dropped += before // 5 + 1  # about: an entry is five in the queue or more
        else:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.finish(*_ended_by(error))

    def _at_exit(self) -> None:
        # Without `with`: what ended the script, if something did.
        error = getattr(sys, "last_value", None)
        self.finish(*(("finished", "") if error is None else _ended_by(error)))

    # The thread

    def _work(self) -> None:
        ended, batch = False, list[Any]()
        while not ended:
            # The thread wakes by the clock, not by each entry: that would cost the script a switch each.
            ended = self._ending.wait(COMMIT_SECONDS)
            while batch or self._waiting:
                batch = batch or self._taken()
                if not self._written(batch, "running", ""):
                    break  # and try again: the disk may have room by then, or the file be free
                batch = []
        while batch:
            self.dropped += sum(1 for _ in _entries(batch))
            batch = self._taken()
        self._written([], *self._end)

    def _taken(self) -> list[Any]:
        """Take some entries out of the queue, as flat as they were in it."""
        taken: list[Any] = []
        next_one = self._waiting.popleft
        for i in range(AT_ONCE):
            if not self._waiting:
                break
            taken += (next_one(), next_one(), count := next_one())
            taken += [next_one() for _ in range(2 * count)]
            if i % SLICE == SLICE - 1:
                time.sleep(0)
        return taken

    def _written(self, batch: Sequence[Any], state: str, message: str) -> bool:
        try:
            self._write(batch, state, message)
            self._trouble = "" if not self.dropped else self._trouble
        except Exception as error:
            self._trouble = str(error)
            return False
        return True

    def _write(self, batch: Sequence[Any], state: str, message: str = "") -> None:
        with self._committing:
            writer = Writer(self.store.path, KEEP, journal="delete")
            try:
                for entry in _entries(batch):
                    self._note(writer, *entry)
                step, loss = self._last
                writer.commit(state, step, self.steps, loss, message)
            finally:
                writer.close()

    def _note(self, writer: Writer, step: int, when: float, numbers: dict[str, float]) -> None:
        own = {_storable(name): value for name, value in numbers.items() if name not in METRICS}
        if len(own) < len(numbers):
            loss, lr, norm = (numbers.get(name) for name in METRICS)
            writer.pending.metrics.append((step, loss, lr, norm, when))
        writer.pending.scores += [(name, step, value) for name, value in own.items()]
        last = numbers.get("loss", self._last[1])
        self._last = (max(step + 1, self._last[0]), last)
        if last is not None and not math.isfinite(last) and not self._told:
            writer.event(step, "nonfinite", f"the loss of step {step} is {last}")
            self._told = True


def _maker(steps: int | None) -> Any:
    facts = {"script": " ".join(sys.argv[:1])}

    def make(path: Path, name: str) -> Store:
        return Store.create(path, Config(name, "", (), target="loss", steps=steps or 0), facts=facts)

    return make


def _entries(flat: Sequence[Any]) -> Iterator[Entry]:
    """Yield the entries of a batch, and let the script have the interpreter after every slice."""
    at, count = 0, 0
    while at < len(flat):
        step, when, many = flat[at : at + 3]
        at, end = at + 3, at + 3 + 2 * many
        yield step, when, dict(zip(flat[at:end:2], flat[at + 1 : end : 2], strict=True))
        at, count = end, count + 1
        if count % SLICE == 0:
            time.sleep(0)


def _storable(name: str) -> str:
    # A lone half of a surrogate pair is no text for SQLite, and would take its whole commit with it.
    return name[:LONGEST_NAME].encode("utf-8", "replace").decode()


def _ended_by(error: BaseException) -> tuple[str, str]:
    if isinstance(error, SystemExit) and not error.code:
        return "finished", ""
    if isinstance(error, KeyboardInterrupt):
        return "stopped", "KeyboardInterrupt"
    return "died", f"{type(error).__name__}: {error}"


# Forking


def _before_fork() -> None:
    for run in list(_alive):
        run._committing.acquire(timeout=PATIENCE)


def _after_fork_in_parent() -> None:
    for run in list(_alive):
        with suppress(RuntimeError):
            run._committing.release()


def _after_fork_in_child() -> None:
    for run in list(_alive):
        run._committing = threading.Lock()
        # The child's hold on the lock file, or it would keep a dead parent's run alive.
        run._lock.release()
        atexit.unregister(run._at_exit)
    _alive.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
