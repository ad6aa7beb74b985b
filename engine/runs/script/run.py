"""`Run`: logging for a user's own training script, in any framework, to be watched like the other runs.

    from micrograd_tui.engine.runs import Run

    with Run("my experiment") as run:
        for i in range(1000):
            run.log(step=i, loss=..., accuracy=...)

Once it is made nothing here raises into the script or has it wait: numbers go through a ring buffer to a
process of the run's own, and that one writes them (writer.py). A forked child logs nothing and harms
nothing, and neither does a copy in another process.
"""

import atexit
import json
import marshal
import os
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..store.configs import ScriptConfig
from ..store.directory import create_unique, delete, runs_directory
from ..store.lock import Lock
from ..store.names import exists, quoted, safe
from ..store.run_file import BY_NAME
from ..store.schema import BadRun, plainly
from ..store.store import KEEP, Store
from ..store.writer import Writer
from . import exits
from .exits import ended_by
from .flatten import as_number, by_name, flatten
from .keeper import BUDGET, Keeper
from .models import EVERY, Models
from .ring_buffer import Ring
from .spawn import start

LAST_STEP = 2**53
LONGEST_ENTRY = 1_000_000
LONGEST_MESSAGE = 10_000
PATIENCE = 10.0
"""How long the end of the script waits for a disk that takes nothing."""

_alive: "weakref.WeakSet[Run]" = weakref.WeakSet()


class Run:
    """Numbers of a script, step by step. `name` gets a suffix where it is taken; see `run.name`.

    With `resume` it goes on with the run of that name instead, if there is one. `steps` is how many there
    are to be, if known; `keep_bytes` is the room for what `keep` stores, 256 MiB where it is not said.
    Raise BadRun, with a sentence, where it cannot be made.
    """

    def __init__(
        self,
        name: str = "run",
        *,
        steps: int | None = None,
        runs_dir: str | Path | None = None,
        resume: bool = False,
        keep_bytes: int | None = None,
    ) -> None:
        self.steps = _whole(steps)
        budget = _whole(keep_bytes, "keep_bytes")
        self.store, self.resumed = _opened(runs_directory(runs_dir), str(name), self.steps, resume)
        self.name = self.store.name
        self.dropped = 0
        """Entries, or numbers of one, that were not kept."""
        self._why = ""
        self._process = os.getpid()
        self._next = 0
        self._putting = threading.Lock()
        self._spare: deque[bytes] = deque()
        """Entries of threads that came while another was putting one in."""
        self._error_before = getattr(sys, "last_value", None)
        self._finishing = threading.RLock()
        self._ended = False
        self._models = Models(self._put_extra, self._note)
        self._keeper = Keeper(
            self.store.path, BUDGET if budget is None else budget, self._put_extra, self._note
        )
        self._noted: set[str] = set()
        self._lock = Lock(self.store.path)
        self._begin()
        _alive.add(self)
        exits.watch()
        atexit.register(self._at_exit)

    def _begin(self) -> None:
        try:
            with plainly(self._lock.path):
                if not self._lock.acquire():
                    raise BadRun(f"{self.name} is held by another process")
            with closing(Writer(self.store.path, KEEP, journal="delete")) as writer:
                self._take_up(writer)
            with plainly(self.store.path):
                self._ring = Ring.create()
            self._pipes = start(self.store, self._ring, self.steps)
        except BaseException:
            self._lock.release()
            if not self.resumed:
                with suppress(BadRun):
                    delete(self.store.path)
            raise

    def _take_up(self, writer: Writer) -> None:
        """Say that it runs; where it did before, go on behind its last step."""
        status = self.store.status()
        self.steps = self.steps or status.steps
        if self.resumed:
            writer.keep_by_name()
            self.store = Store.open(self.store.path)
            writer.event(status.step, "resume", f"resumed at step {status.step:,}")
            self._next = status.step - max(self.store.restarts, default=0)
        writer.commit("running", status.step, self.steps, status.loss)

    # What a script calls

    def log(self, numbers: Any = None, /, *others: Any, step: Any = None, **named: Any) -> None:
        """Note numbers of a step, by keyword or in a dict: `loss`, `lr`, and any others by their names.

        `run.log(step=3, loss=0.5)`, `run.log({"train": {"loss": 0.5}}, step=3)`; without a step they
        are of the next one. What was logged for the same step before stays.
        """
        try:
            if self._ended or os.getpid() != self._process:
                return
            exits.forget()
            if numbers is None and not others:
                self._log(step, named)
            else:
                self._log(*self._sorted_out(step, (numbers, *others), named))
        except (KeyboardInterrupt, SystemExit, GeneratorExit):  # of a handler of signals
            raise
        except BaseException as error:
            self._drop(str(error))

    def _sorted_out(
        self, step: Any, given: Sequence[Any], named: dict[str, Any]
    ) -> tuple[Any, dict[Any, Any]]:
        """Return the step and the numbers of what was given by place.

        Dicts, and a step before them or after; or a name, its number and a step.
        """
        numbers: dict[Any, Any] = {}
        rest = list(given)
        if len(rest) > 1 and isinstance(rest[0], str) and by_name(rest[1]) is None:
            name, number, *rest = rest
            numbers[name] = number
        for index, each in enumerate(rest):
            if (more := by_name(each)) is not None:
                numbers.update(more)
            elif step is None and (index == 0 or numbers):
                step = each
            elif each is not None:
                self._drop("numbers need names")
        return step, numbers | named

    def _log(self, step: Any, given: dict[Any, Any]) -> None:
        if step is None:
            step = given.pop("step", None)
        kept = flatten(given, self._drop)
        at = self._next if step is None else int(number := as_number(step))
        if step is not None and number != at:  # it is none, but nothing is lost of it
            kept, at = {"step": number, **kept}, self._next
        if 0 <= at < LAST_STEP:
            self._next = at + 1
            self._put(marshal.dumps((at, time.time(), kept, "")))
            if self._models:
                self._models.logged(at, kept)
        else:
            self._drop("a step is a whole number, 0 or more")

    def watch(
        self, model: Any = None, every: Any = EVERY, *others: Any, name: Any = None, **unknown: Any
    ) -> None:
        """Look at a PyTorch model every so many steps that are logged: its parameters and gradients by
        module, updates, dead units, what is not finite. Several are told apart by `name`, or by the
        variables that hold them.
        """
        self._try("watch", others, unknown, self._models.add, model, every, name, sys._getframe(1))

    def keep(self, loss: Any = None, *others: Any, step: Any = None, **unknown: Any) -> None:
        """Store the backward pass of a loss, so that Enter opens it at its step of this run's history.

        The loss may be PyTorch's, a Value, or of a class of the learner's own. Its graph and all
        gradients stay as they are. Without a step it is of the one that is logged next.
        """
        self._try("keep", others, unknown, self._keeper.keep, loss, step, sys._getframe(1))

    def _try(self, name: str, others: Any, unknown: Any, act: Callable[..., None], *given: Any) -> None:
        """Call what a script asks for: whatever comes of it, the script goes on."""
        try:
            if self._ended or os.getpid() != self._process:
                return
            exits.forget()
            if others or unknown:
                self._note(f"{name} was given more than it takes: {', '.join(unknown) or others}")
            act(*given)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):  # of a handler of signals
            raise
        except BaseException as error:
            with suppress(Exception):
                self._note(f"{name} failed: {type(error).__name__}: {error}")

    def _note(self, sentence: str) -> None:
        """Say something about what was asked for, once: here, and in the run's events."""
        sentence = sentence.partition("\n")[0][:LONGEST_MESSAGE]
        if sentence not in self._noted:
            self._noted.add(sentence)
            self._put_extra(None, "note", sentence)
            with suppress(Exception):
                print(f"micrograd-tui: {self.name}: {sentence}", file=sys.stderr)

    def _put_extra(self, step: int | None, kind: str, *given: Any) -> None:
        self._put(marshal.dumps((step, time.time(), {}, "", kind, *given)))

    def say(self, sentence: str) -> None:
        """Show a sentence to whoever watches, until the next one."""
        with suppress(Exception):
            if not self._ended and os.getpid() == self._process:
                self._put(marshal.dumps((None, time.time(), {}, str(sentence)[:LONGEST_MESSAGE])))

    @property
    def stopping(self) -> bool:
        """Whether a watcher has ordered the script to stop: `if run.stopping: break`.

        Only a script that looks at it is ever asked; nothing else happens by such an order.
        """
        return os.getpid() == self._process and self._ring.poll_stop()

    def _drop(self, why: str, count: int = 1) -> None:
        self.dropped += count
        self._why = self._why or why

    def _put(self, entry: bytes) -> None:
        """Put an entry into the ring. A thread that finds another at it leaves its own to that."""
        if len(entry) > LONGEST_ENTRY:
            self._drop("an entry was too long")
        elif self._putting.locked():
            self._spare.append(entry)
        else:
            # `with`, for only that releases the lock wherever Ctrl+C comes.
            with self._putting:
                self._put_spare()
                self._put_in(entry)

    def _put_spare(self) -> None:
        while self._spare:
            self._put_in(self._spare.popleft())

    def _put_in(self, entry: bytes) -> None:
        if not self._ring.put(entry):
            self._drop("they came faster than they could be written")

    def finish(self, state: str = "", message: str = "") -> None:
        """Hand over what is left and end the run; calling it again does nothing."""
        if os.getpid() != self._process:
            return
        with self._finishing:
            if not self._ended:
                self._ended = True
                with suppress(Exception):
                    self._finish(state, message)

    def _finish(self, state: str, message: str) -> None:
        atexit.unregister(self._at_exit)
        with suppress(Exception):
            self._models.stop()
        # Not for ever: a handler of signals may end the run in the middle of `log`.
        if self._putting.acquire(timeout=1.0):
            self._put_spare()
        if not state:
            asked = self._ring.stop_requested
            state, message = ("stopped", "stopped as ordered") if asked else ("finished", "")
        lost, why = self._end(state, message)
        self._lock.release()
        self._pipes.close()
        if lost or why:
            entries = "1 entry" if lost == 1 else f"{lost} entries"
            were = "was" if lost < 2 else "were"
            what = f"{entries if lost else 'the end'} of {self.name} {were}"
            print(f"micrograd-tui: {what} lost: {why}", file=sys.stderr)

    def _end(self, state: str, message: str) -> tuple[int, str]:
        """Wait until all is written, as long as the disk takes something; return what was lost, why."""
        if not self._pipes.ours:
            return self.dropped, "the script has closed what it was written through"
        ended = (str(state), str(message)[:LONGEST_MESSAGE], self.dropped, self._why)
        self._pipes.send_end(json.dumps(ended).encode())
        before, end = -1, 0.0
        while not self._pipes.drained():
            if self._ring.taken != before:
                before, end = self._ring.taken, time.monotonic() + PATIENCE
            elif time.monotonic() > end:
                return self.dropped, f"the disk accepted nothing for {PATIENCE:.0f} seconds"
            time.sleep(0.002)
        if not self._pipes.received:
            left = len(self._ring.take(sys.maxsize))
            return self.dropped + left, "the process that writes them was killed"
        self.dropped, why = json.loads(self._pipes.received)
        return self.dropped, why

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.finish(*ended_by(error))

    def _at_exit(self) -> None:
        # Without `with`: what ended the script, if something did. An error at a prompt ends nothing.
        error = getattr(sys, "last_value", None)
        at_prompt = hasattr(sys, "ps1") or sys.flags.interactive
        known = None if at_prompt or error is self._error_before else error
        self.finish(*ended_by(known or exits.noted()))

    # Copies

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _copied, (self.name, str(self.store.path), self._process)

    def _leave_to_parent(self) -> None:
        """In a forked child: hold on to nothing that would keep a dead parent's run alive."""
        self._lock.release()
        self._pipes.close()
        atexit.unregister(self._at_exit)


def _opened(directory: Path, name: str, steps: int | None, resume: bool) -> tuple[Store, bool]:
    """Return the store of a new run, or of the one of this name, and whether it was there."""
    path = directory / f"{safe(name)}.sqlite"
    if not (resume and exists(path)):
        return create_unique(directory, name, _maker(steps), number=False), False
    store = Store.open(path)
    if store.has_model:
        raise BadRun(f"{store.name} is trained here: `micrograd-tui resume {quoted(store.name)}`")
    return store, True


def _maker(steps: int | None) -> Callable[[Path, str], Store]:
    facts = {"script": " ".join(sys.argv[:1]), BY_NAME: True}

    def make(path: Path, name: str) -> Store:
        return Store.create(path, ScriptConfig(name, steps or 0), facts=facts)

    return make


def _copied(name: str, path: str, process: int) -> Run:
    """Return a copy of a run: the run itself in its own process, elsewhere one that logs nothing."""
    for run in list(_alive):
        if process == os.getpid() and str(run.store.path) == path:
            return run
    run = Run.__new__(Run)
    run.name, run.store, run.steps, run.dropped = name, Store(Path(path)), None, 0
    run._process, run._ended = -1, True
    run._models, run._noted = Models(run._put_extra, run._note), set()
    run._keeper = Keeper(run.store.path, 0, run._put_extra, run._note)
    return run


def _whole(number: int | None, name: str = "steps") -> int | None:
    if number is None:
        return None
    try:
        whole = int(number)
    except (TypeError, ValueError, OverflowError):
        whole = -1
    if whole != number or whole < 0:
        raise BadRun(f"{name} is a whole number, 0 or more, not {number!r}")
    return whole


def _after_fork_in_child() -> None:
    for run in list(_alive):
        with suppress(Exception):
            run._leave_to_parent()
    _alive.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
