"""A run as watchers see it: what is read from its store, and the orders they leave in it."""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import json
import socket
import sqlite3
import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...learning.state import Change, Row, State
from . import schema
from .configs import RunConfig
from .lock import held
from .orders import Order, check_order, insert_order, watcher_name
from .records import (
    METRICS,
    Bucket,
    Event,
    RunStatus,
    TimedMetrics,
    buckets,
    column,
    has_ended,
    number_or_nan,
)
from .run_file import RunFile
from .schema import BadRun, last_words, pack, plainly, transaction, unpack

__all__ = [
    "HEEDS_STOP",
    "KEEP",
    "METRICS",
    "Bucket",
    "Event",
    "Order",
    "RunStatus",
    "Store",
    "TimedMetrics",
]

OWN_PROGRAM_KILLED = "its program ended without saying why: it was probably killed"
HEEDS_STOP = "heeds_stop"
"""The fact that a script of the user's looks whether it is to stop."""
KEEP = 1_000_000
"""Training steps of which everything is kept; beyond them the oldest thin to buckets."""

REWRITTEN, RESTARTED = "rewritten", "restarted"
"""Changes of a script's run: numbers before its last ones came, and its own steps began again."""

_MEASURED = (
    "SELECT step, loss, lr, grad_norm, time FROM metrics WHERE step >= ? AND step < ? ORDER BY step"
)
_LOGGED = (
    "SELECT m.step, a.value, b.value, c.value, m.time FROM metrics m "
    "LEFT JOIN scores a ON a.name = 'loss' AND a.step = m.step "
    "LEFT JOIN scores b ON b.name = 'lr' AND b.step = m.step "
    "LEFT JOIN scores c ON c.name = 'grad_norm' AND c.step = m.step "
    "WHERE m.step >= ? AND m.step < ? AND coalesce(a.step, b.step, c.step) IS NOT NULL ORDER BY m.step"
)
# From one name to the next by the index: DISTINCT would look at every row.
_NAMES = (
    "WITH RECURSIVE names(name) AS (SELECT min(name) FROM {0} UNION ALL "
    "SELECT (SELECT min(name) FROM {0} WHERE name > names.name) FROM names WHERE name IS NOT NULL) "
    "SELECT name FROM names WHERE name IS NOT NULL"
)


class Store(RunFile):
    """One run in its file, to read and to leave orders in."""

    @classmethod
    def open(cls, path: Path, busy: float = schema.BUSY_SECONDS) -> Store:
        """Open the run in this file; raise BadRun, with a sentence, if it is none."""
        store = cls(path, busy)
        with store.reading():
            store.config  # noqa: B018  # read once, so that a damaged file is refused here
        return store

    @classmethod
    def create(
        cls,
        path: Path,
        config: RunConfig,
        rows: Sequence[Row] = (),
        validation: Sequence[Row] = (),
        facts: dict[str, Any] | None = None,
    ) -> Store:
        """Write a new run that waits for its trainer: configuration, rows, split and facts."""
        db = schema.create(path)
        try:
            with plainly(path):
                _fill(db, config, {"train": rows, "validation": validation}, facts or {})
                db.execute("COMMIT")
        except BaseException:
            db.close()
            path.unlink()
            raise
        db.close()
        return cls(path)

    # What the trainer writes

    def status(self) -> RunStatus:
        """Return how the run stands. A live state without a trainer that holds the lock is `died`."""
        status = self._status()
        if status.live and not held(self.path):
            status = self._status()  # it may have come to its end between the two looks
            if status.live and not held(self.path):
                words = last_words(self.log) if self.has_model else OWN_PROGRAM_KILLED
                return _dead(status, status.message or words)
        return status

    def _status(self) -> RunStatus:
        columns = "state, pid, host, step, steps, loss, updated, message"
        found = self._all(f"SELECT {columns} FROM status")
        return RunStatus(*found[0])

    def metrics(self, first: int = 0, last: int | None = None) -> TimedMetrics:
        """Return the training steps first <= step < last that are kept one by one."""
        found = self._all(_LOGGED if self.by_name else _MEASURED, first, _end(last))
        if not found:
            return TimedMetrics()
        step, *numbers = zip(*found, strict=True)
        return TimedMetrics(array("q", step), *map(column, numbers))

    def lowest_loss(self) -> int:
        """Return the training step with the lowest loss of those kept one by one; 0 if there is none."""
        found = self._all("SELECT step FROM metrics WHERE loss IS NOT NULL ORDER BY loss, step LIMIT 1")
        return int(found[0][0]) if found else 0

    def last_metrics(self) -> tuple[int, dict[str, float]]:
        """Return the last training step measured, -1 if none was, and its numbers by name."""
        found = self._all(f"SELECT step, {', '.join(METRICS)} FROM metrics ORDER BY step DESC LIMIT 1")
        if not found:
            return -1, {}
        step, *numbers = found[0]
        named = zip(METRICS, numbers, strict=True)
        return step, {name: number for name, number in named if number is not None}

    def best_epoch(self, size: int) -> tuple[float, int] | None:
        """Return the least mean loss of an epoch of `size` training steps, and the last of them.

        None where no epoch is kept whole.
        """
        found = self._all(
            "SELECT avg(loss), max(step) FROM metrics WHERE loss IS NOT NULL "
            "GROUP BY step / ? HAVING count(*) = ? ORDER BY 1, 2 LIMIT 1",
            size, size,
        )  # fmt: skip
        return (float(found[0][0]), int(found[0][1])) if found else None

    def last_numbers(self) -> dict[str, tuple[int, float]]:
        """Return the last step of every name that was logged, and its number then."""
        query = "SELECT step, value FROM scores WHERE name = ? ORDER BY step DESC LIMIT 1"
        with self.reading():
            step, numbers = self.last_metrics()
            found = {name: (step, number) for name, number in numbers.items()}
            for name in self.score_names:
                ((step, value),) = self._all(query, name)
                found[name] = (step, number_or_nan(value))
        return found

    def times(self) -> dict[int, float]:
        """Return when each training step was done, in seconds since 1970."""
        return dict(self._all("SELECT step, time FROM metrics ORDER BY step"))

    @property
    def thinned_before(self) -> int:
        """The step before which only buckets are left; 0 while everything is kept."""
        query = "SELECT step + steps FROM thinned WHERE name = ? ORDER BY step DESC LIMIT 1"
        with self.reading():
            return max((int(self._all(query, name)[0][0]) for name in self.thinned_names), default=0)

    @property
    def thinned_names(self) -> list[str]:
        """Names of the metrics and scores of which there are buckets."""
        return [name for (name,) in self._all(_NAMES.format("thinned"))]

    def thinned(self, name: str) -> list[Bucket]:
        """Return the buckets of a metric or a score that stand for the steps before `thinned_before`."""
        query = "SELECT step, steps, min, mean, max FROM thinned WHERE name = ? ORDER BY step"
        return [Bucket(step, steps, *map(number_or_nan, v)) for step, steps, *v in self._all(query, name)]

    def curve(
        self, name: str, first: int = 0, last: int | None = None, points: int = 500
    ) -> list[Bucket]:
        """Return a metric or a score over first <= step < last in at most about `points` buckets."""
        with self.reading() as db:
            if last is None:
                last = self._status().step
            return buckets(db, name, first, last, points)

    def scores(
        self, name: str, first: int = 0, last: int | None = None, most: int = -1
    ) -> list[tuple[int, float]]:
        """Return (step, value) of a number that was looked at now and then, the first `most` of them."""
        query = "SELECT step, value FROM scores WHERE name = ? AND step >= ? AND step < ? ORDER BY step"
        found = self._all(f"{query} LIMIT ?", name, first, _end(last), most)
        return [(step, number_or_nan(value)) for step, value in found]

    @property
    def score_names(self) -> list[str]:
        """Names of the scores: validation_loss, accuracy, validation_accuracy, or a script's own."""
        return [name for (name,) in self._all(_NAMES.format("scores"))]

    def checkpoint_at_or_before(self, step: int) -> State | None:
        """Return the nearest state that was kept, before training step `step` or earlier."""
        query = "SELECT * FROM checkpoints WHERE step <= ? ORDER BY step DESC LIMIT 1"
        found = self._all(query, step)
        return _state(*found[0]) if found else None

    def checkpoints(self) -> list[int]:
        """Return the steps at which a state was kept."""
        return [step for (step,) in self._all("SELECT step FROM checkpoints ORDER BY step")]

    def changes(self) -> list[Change]:
        """Return what of the config was changed on the way, in order."""
        return [
            Change(*found) for found in self._all("SELECT step, name, value FROM changes ORDER BY id")
        ]

    def rewritten(self, after_id: int = 0) -> tuple[int, int | None]:
        """Return up to which change that was looked for, and the first step written anew since."""
        query = "SELECT max(id), min(step) FROM changes WHERE name = ? AND id > ?"
        ((last, step),) = self._all(query, REWRITTEN, after_id)
        return (after_id if last is None else last), step

    @property
    def restarts(self) -> list[int]:
        """The steps at which a program began again at its first step."""
        return [change.step for change in self.changes() if change.name == RESTARTED]

    def events(self, after_id: int = 0) -> list[Event]:
        """Return the events with a higher id, in order."""
        query = "SELECT id, step, time, kind, text, place FROM events WHERE id > ? ORDER BY id"
        return [Event(*found) for found in self._all(query, after_id)]

    # Orders

    @property
    def heeds_stop(self) -> bool:
        """Whether it can be ordered to stop: any trainer, and a script that looks at `Run.stopping`."""
        noted = "SELECT 1 FROM facts WHERE key = ?"
        return bool(self.has_model or self._all(noted, HEEDS_STOP))

    def order(self, kind: str, value: float | None = None, watcher: str = "") -> int:
        """Ask the trainer for something and return the order's id; raise BadRun if none is alive.

        Kinds: pause, resume, step (`value` training steps, 1 if None), pace (`value` training steps a
        second, 0: full speed), lr (`value`), checkpoint, stop.
        """
        check_order(kind, value)
        if not (self.has_model or (kind == "stop" and self.heeds_stop)):
            raise BadRun(f"{self.name} is not trained here: its own program takes no such order")
        status = self.status()
        if not status.live:
            raise BadRun(f"{self.name} {has_ended(status.state)}; there is no trainer to take the order")
        with plainly(self.path):
            db = schema.open_writing(self.path, self.busy)
            try:
                with transaction(db):
                    return insert_order(db, kind, value, watcher or watcher_name())
            finally:
                db.close()

    def orders(self, after_id: int = 0) -> list[Order]:
        """Return the orders with a higher id, in order, with their answers."""
        query = (
            "SELECT id, time, kind, value, watcher, coalesce(answer, '') "
            "FROM orders WHERE id > ? ORDER BY id"
        )
        return [Order(*found) for found in self._all(query, after_id)]


def _fill(
    db: sqlite3.Connection, config: RunConfig, parts: dict[str, Sequence[Row]], facts: dict[str, Any]
) -> None:
    kept = {"keep": KEEP, "created": time.time()} | facts | {"config": config.to_json()}
    db.executemany("INSERT INTO facts VALUES (?, ?)", [(k, json.dumps(v)) for k, v in kept.items()])
    for part, rows in parts.items():
        packed = [(part, i, pack(x), y) for i, (x, y) in enumerate(rows)]
        db.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", packed)
    db.execute(
        "INSERT INTO status VALUES (1, 'stopped', NULL, ?, 0, ?, NULL, ?, '')",
        (socket.gethostname(), config.steps or None, time.time()),
    )


def _dead(status: RunStatus, message: str) -> RunStatus:
    return RunStatus(
        "died", status.pid, status.host, status.step, status.steps, status.loss, status.updated, message
    )


def _state(step: int, parameters: bytes, optimizer: bytes, lengths: str) -> State:
    numbers, columns, at = unpack(optimizer), [], 0
    for length in json.loads(lengths):
        columns.append(list(numbers[at : at + length]))
        at += length
    return State(step, unpack(parameters), columns)


def _end(last: int | None) -> int:
    return 2**62 if last is None else last
