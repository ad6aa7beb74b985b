"""A run of the user's own script, in any framework, to be watched like the others.

    from micrograd_tui.engine.runs import Run

    with Run("my experiment") as run:
        for i in range(1000):
            run.log(step=i, loss=..., accuracy=...)

Once it is made nothing here raises into the script or has it wait: numbers go into memory that is shared
with a process of the run's own, and that one writes them (log_writer.py). A forked child logs nothing and
harms nothing.
"""

import atexit
import json
import marshal
import os
import subprocess
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ..config import Config
from .directory import create_unique, delete, runs_directory
from .launch import apart
from .lock import Lock
from .ring import Ring
from .schema import BadRun
from .store import KEEP, Store
from .writer import Writer

MOST_WAITING = 1_000_000
"""Entries that wait for room, where the disk takes nothing."""
AT_ONCE = 50
"""The most of them that one call hands over."""
LAST_STEP = 2**53
LONGEST_ENTRY = 1_000_000
LONGEST_MESSAGE = 10_000
PATIENCE = 10.0
"""How long the end of the script waits for a disk that takes nothing."""
# The process that writes is nobody's child: a script may wait for all of its own.
_APART = "import os\nif hasattr(os, 'fork') and os.fork(): os._exit(0)\n"
_WRITE = "import sys\nfrom micrograd_tui.engine.runs.log_writer import main\nmain(*sys.argv[1:])"

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
        self._process = os.getpid()
        self._next = 0
        self._waiting: deque[bytes] = deque()
        """Entries for which the ring had no room yet."""
        self._handing_over = threading.Lock()
        self._lock = Lock(self.store.path)
        if not self._lock.acquire():
            raise BadRun(f"{self.name} is held by another process")
        self._begin()
        self._heard = b""
        self._ended = False
        _alive.add(self)
        atexit.register(self._at_exit)

    def _begin(self) -> None:
        try:
            with closing(Writer(self.store.path, KEEP, journal="delete")) as writer:
                writer.commit("running", 0, self.steps, None)
            self._ring = Ring.create()
            self._tells, self._hears = _start(self.store, self._ring, self.steps)
        except BaseException:
            self._lock.release()
            with suppress(BadRun):
                delete(self.store.path)
            raise

    # What a script calls

    def log(self, /, step: int | None = None, *others: Any, **numbers: Any) -> None:
        """Note numbers of a step: `loss`, `lr` and `grad_norm`, and any others by their names."""
        try:
            if self._ended or os.getpid() != self._process:
                return
            self.dropped += len(others)  # numbers without a name
            step = self._next if step is None else int(step)
            if not 0 <= step < LAST_STEP:
                raise ValueError(step)
            self._next = step + 1
            entry = self._entry(step, numbers)
            if len(entry) > LONGEST_ENTRY:
                raise ValueError(step)
            self._waiting.append(entry)
            self._hand_over(AT_ONCE)
            if len(self._waiting) > MOST_WAITING:
                self._waiting.pop()
                self.dropped += 1
        except Exception:
            self.dropped += 1

    @property
    def stopping(self) -> bool:
        """Whether a watcher has ordered the script to stop: `if run.stopping: break`.

        Only a script that looks at it is ever asked; nothing else happens by such an order.
        """
        return os.getpid() == self._process and self._ring.stopping

    def _entry(self, step: int, numbers: dict[str, Any]) -> bytes:
        kept = {}
        for name, number in numbers.items():
            try:
                kept[name] = float(number)
            except Exception:
                self.dropped += 1
        return marshal.dumps((step, time.time(), kept))

    def _hand_over(self, most: int) -> None:
        """Put what waits into the ring, as far as there is room; of two threads only one."""
        if self._handing_over.acquire(blocking=False):
            try:
                for _ in range(most):
                    if not self._waiting or not self._ring.put(self._waiting[0]):
                        break
                    self._waiting.popleft()
            finally:
                self._handing_over.release()

    def finish(self, state: str = "", message: str = "") -> None:
        """Hand over what is left and end the run; calling it again does nothing."""
        if self._ended or os.getpid() != self._process:
            return
        self._ended = True
        with suppress(Exception):
            atexit.unregister(self._at_exit)
            ordered = "stopped as ordered" if self._ring.asked else ""
            ended = (state, message) if state else ("stopped", ordered) if ordered else ("finished", "")
            trouble = self._end(*ended)
            self._lock.release()
            self._hears.close()
            if self.dropped or trouble:
                lost = (
                    f"{self.dropped} entries of {self.name} were"
                    if self.dropped
                    else f"the end of {self.name} was"
                )
                said = trouble or "they were no numbers"
                print(f"micrograd-tui: {lost} lost: {said}", file=sys.stderr)

    def _end(self, state: str, message: str) -> str:
        """Wait until all is written, as long as the disk takes something; return what went wrong."""
        self._until(lambda: self._heard_all() or self._all_handed_over())
        with suppress(OSError):
            self._tells.write(json.dumps((state, message[:LONGEST_MESSAGE])).encode())
        with suppress(OSError):
            self._tells.close()
        self.dropped += len(self._waiting)
        if not self._until(self._heard_all):
            return f"the disk took nothing for {PATIENCE:.0f} seconds"
        if not self._heard:
            return "the process that writes them was killed"
        lost, trouble = json.loads(self._heard)
        self.dropped += lost
        return str(trouble)

    def _until(self, done: Callable[[], bool]) -> bool:
        """Wait for something as long as the process that writes gets on; say whether it came."""
        before, end = -1, 0.0
        while not done():
            if self._ring.taken != before:
                before, end = self._ring.taken, time.monotonic() + PATIENCE
            elif time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def _all_handed_over(self) -> bool:
        self._hand_over(len(self._waiting))
        return not self._waiting

    def _heard_all(self) -> bool:
        """Hear what the process that writes has to say; whether it has ended."""
        try:
            while said := os.read(self._hears.fileno(), 4096):
                self._heard += said
        except BlockingIOError:
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(*_ended_by(error))

    def _at_exit(self) -> None:
        # Without `with`: what ended the script, if something did.
        self.finish(*_ended_by(getattr(sys, "last_value", None)))

    def _leave_to_parent(self) -> None:
        """In a forked child: hold on to nothing that would keep a dead parent's run alive."""
        self._lock.release()
        self._tells.close()
        self._hears.close()
        atexit.unregister(self._at_exit)


def _maker(steps: int | None) -> Callable[[Path, str], Store]:
    facts = {"script": " ".join(sys.argv[:1])}

    def make(path: Path, name: str) -> Store:
        return Store.create(path, Config(name, "", (), target="loss", steps=steps or 0), facts=facts)

    return make


def _start(store: Store, ring: Ring, steps: int | None) -> tuple[IO[bytes], IO[bytes]]:
    """Start the process that writes; return where to tell it of the end, and where it is heard."""
    given = [str(store.path.absolute()), ring.key, str(os.getpid()), str(steps or 0)]
    try:
        process = subprocess.Popen(
            # -P: no file in the current directory may stand in for a module of the standard library.
            [sys.executable, "-P", "-c", _APART + _WRITE, *given],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd=store.path.absolute().parent,
            pass_fds=ring.descriptors,
            **apart(),
        )
    except OSError as error:
        raise BadRun(
            f"no process can be started to write {store.name}: {error.strerror or error}"
        ) from None
    finally:
        ring.let_go()
    if hasattr(os, "fork") and process.wait():
        raise BadRun(f"no process can be started to write {store.name}: {sys.executable} fails")
    assert process.stdin is not None
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    return process.stdin, process.stdout


def _ended_by(error: BaseException | None) -> tuple[str, str]:
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "", ""
    if isinstance(error, KeyboardInterrupt):
        return "stopped", "KeyboardInterrupt"
    return "died", f"{type(error).__name__}: {error}"


def _after_fork_in_child() -> None:
    for run in list(_alive):
        with suppress(Exception):
            run._leave_to_parent()
    _alive.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
