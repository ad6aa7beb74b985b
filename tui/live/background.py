"""Work in a thread beside the screen: it yields to keys and live frames, and can be cancelled."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from textual.app import App

from .durations import THREAD_TURN, TYPING
from .type_ahead import TypeAhead

T = TypeVar("T")
Found = Callable[[T | None, float], object]
"""Takes what the work has found, None where it was cancelled, and the seconds it computed."""


class Cancelled(Exception):
    """Raised at a checkpoint of work that nobody wants any more."""


class Task:
    """One piece of work. At its checkpoints it waits for keys and frames, or ends if it was cancelled."""

    def __init__(self, keys: TypeAhead, drawing: Callable[[], bool]) -> None:
        self._keys = keys
        self._drawing = drawing
        self._cancelled = False

    def cancel(self) -> None:
        """Have it end at its next checkpoint."""
        self._cancelled = True

    def checkpoint(self) -> None:
        """Wait, in the thread, while a key is answered or a live frame made; raise Cancelled at the end.

        Reading a store, row by row, gives the interpreter away a thousand times: who wants it back from
        a thread that computes would wait as often. And while somebody types, take every third turn only.
        """
        if self._keys.quiet < TYPING:
            time.sleep(3 * THREAD_TURN)
        while (self._keys.fresh or self._drawing()) and not self._cancelled:
            time.sleep(THREAD_TURN)
        if self._cancelled:
            raise Cancelled


class Background:
    """Runs one piece of work after the other, in threads, and hands what they found to the app."""

    def __init__(self, app: App[Any], keys: TypeAhead, drawing: Callable[[], bool]) -> None:
        self._app = app
        self._keys = keys
        self._drawing = drawing
        self._one_at_a_time = Lock()
        self._tasks: list[Task] = []

    def run(self, work: Callable[[Task], T], found: Found[T]) -> None:
        """Do the work in a thread, then call `found` in the app's own."""
        task = Task(self._keys, self._drawing)
        self._tasks.append(task)

        def run() -> None:
            begun = time.thread_time()
            with self._one_at_a_time:
                result = _unless_cancelled(work, task)
            self._tasks.remove(task)
            # Not call_from_thread: at the end of the app nobody would answer it.
            self._app.call_later(found, result, time.thread_time() - begun)

        self._app.run_worker(run, thread=True)

    def cancel(self) -> None:
        """Cancel all that is under way: it ends at its next checkpoint, if it has any."""
        for task in list(self._tasks):
            task.cancel()


def _unless_cancelled(work: Callable[[Task], T], task: Task) -> T | None:
    try:
        return work(task)
    except Cancelled:
        return None
