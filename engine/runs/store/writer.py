"""Writing a run: what its one owner has gathered, committed in one transaction.

So a kill at any moment leaves the run as it was at the last commit: metrics, checkpoint and status of the
same training step.
"""

import json
import os
import socket
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ...learning.module_look import Look
from ...learning.state import Change, Metrics, State
from . import looks, schema
from .journal import set_journal, use_journal
from .orders import EXPIRED, Order
from .records import METRICS
from .run_file import BY_NAME
from .schema import pack, plainly, transaction
from .thinning import counted, slack, thin

BATCH = 150
"""Rows a statement: of five values each, below the 999 that older SQLite takes."""

Measured = tuple[int, float | None, float | None, float | None, float]


@dataclass
class Pending:
    """What waits for the next commit."""

    rolled_back_to: int | None = None
    metrics: list[Measured] = field(default_factory=list)
    scores: list[tuple[str, int, float]] = field(default_factory=list)
    checkpoints: dict[int, State] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    events: list[tuple[int, float, str, str, str]] = field(default_factory=list)
    answers: list[tuple[float, str, int]] = field(default_factory=list)
    looks: list[tuple[int, Look]] = field(default_factory=list)
    kept: list[tuple[int, str, str, int]] = field(default_factory=list)
    """Recordings of a script's: step, file, what it is of, bytes."""
    removed: list[tuple[str, str]] = field(default_factory=list)
    """Files of recordings that are there no more, and why."""


class Writer:
    """What writes to a run. Only the holder of its lock may have one, or who writes for it: `pid`."""

    def __init__(
        self,
        path: Path,
        keep: int,
        journal: str | None = None,
        pid: int | None = None,
        busy: float = schema.BUSY_SECONDS,
        counts: Counter[str] | None = None,
    ) -> None:
        self.path = path
        self.keep = keep
        self.pid = os.getpid() if pid is None else pid
        self.pending = Pending()
        self._db = schema.open_writing(path, busy)
        with plainly(path):
            self.journal = journal or use_journal(self._db, path)
            self.counts = counted(self._db) if counts is None else counts
            """How many rows there are of each number: counted anew only where they are not handed in."""
        self._last_order = 0
        self._version = -1

    # Gathering

    def metrics(self, made: Metrics, begun: float, ended: float) -> None:
        """Keep the numbers of training steps done between two times."""
        each = (ended - begun) / max(1, len(made))
        times = [begun + each * (i + 1) for i in range(len(made))]
        rows = zip(made.step, made.loss, made.lr, made.grad_norm, times, strict=True)
        self.pending.metrics += rows

    def roll_back(self, step: int) -> None:
        """Give up, with the next commit, all numbers and states from a training step on."""
        self.pending.rolled_back_to = step

    def checkpoint(self, state: State, instead_of: int | None) -> None:
        """Keep a state, in place of an older one if that is named."""
        if instead_of is not None:
            self.pending.checkpoints.pop(instead_of, None)
            self.pending.dropped.add(instead_of)
        self.pending.checkpoints[state.step] = state
        self.pending.dropped.discard(state.step)

    def event(self, step: int, kind: str, text: str, place: str = "") -> None:
        """Write an event, which every watcher reads."""
        self.pending.events.append((step, time.time(), kind, text, place))

    def change(self, step: int, name: str, value: float = 0.0) -> None:
        """Note that something is different from a step on."""
        self.pending.changes.append(Change(step, name, value))

    def keep_by_name(self) -> None:
        """Move what a script logged in a row a step, as earlier versions kept it, to rows by name."""
        with plainly(self.path), transaction(self._db) as db:
            if db.execute("SELECT 1 FROM facts WHERE key = ?", (BY_NAME,)).fetchone():
                return
            for name in METRICS:
                kept = f"SELECT '{name}', step, {name} FROM metrics WHERE {name} IS NOT NULL"
                db.execute(f"INSERT OR IGNORE INTO scores {kept}")
            db.execute("UPDATE metrics SET loss = NULL, lr = NULL, grad_norm = NULL")
            db.execute("INSERT INTO facts VALUES (?, 'true')", (BY_NAME,))
        self.counts = counted(self._db)

    def has_score(self, name: str, step: int) -> bool:
        """Whether there is a number of this name for a step."""
        query = "SELECT 1 FROM scores WHERE name = ? AND step = ?"
        return self._db.execute(query, (name, step)).fetchone() is not None

    def answer(self, order: Order, text: str) -> None:
        """Acknowledge an order."""
        self.pending.answers.append((time.time(), text, order.id))

    # Orders

    def new_orders(self) -> list[Order]:
        """Return what was ordered since the last look. It costs next to nothing if nothing was."""
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return []
        self._version = version
        query = "SELECT id, time, kind, value, watcher, '' FROM orders WHERE id > ? AND answered IS NULL"
        found = self._db.execute(f"{query} ORDER BY id", (self._last_order,))
        orders = [Order(*columns) for columns in found]
        if orders:
            self._last_order = orders[-1].id
        return orders

    def expire_orders(self) -> None:
        """Answer, with the next commit, what no trainer will take up any more."""
        query = "SELECT id FROM orders WHERE answered IS NULL"
        taken = {order for _, _, order in self.pending.answers}
        for (order,) in self._db.execute(query).fetchall():
            if order not in taken:
                self.pending.answers.append((time.time(), EXPIRED, order))

    # Committing

    def commit(
        self, state: str, step: int, steps: int | None, loss: float | None, message: str = ""
    ) -> None:
        """Write all that has gathered, and how the run stands, at once."""
        status = (state, self.pid, socket.gethostname(), step, steps, loss, time.time(), message)
        counts = self.counts + self._new_counts()
        with plainly(self.path), transaction(self._db) as db:
            if self.pending.rolled_back_to is not None:
                _delete_from(db, self.pending.rolled_back_to)
                counts = counted(db) + self._new_counts()
            _insert(db, self.pending)
            if max(counts.values(), default=0) > self.keep + slack(self.keep):
                thin(db, self.keep, counts)
                counts = counted(db)
            db.execute(
                "UPDATE status SET state = ?, pid = ?, host = ?, step = ?, steps = ?, loss = ?, "
                "updated = ?, message = ?",
                status,
            )
        self.counts = counts
        self.pending = Pending()

    def _new_counts(self) -> Counter[str]:
        counts = Counter(name for name, _, _ in self.pending.scores)
        counts[""] = len(self.pending.metrics)
        return counts

    def fact(self, key: str, value: object) -> None:
        """Note a fact, once and for all; one that is there stays."""
        with plainly(self.path):
            self._db.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (key, json.dumps(value)))

    def close(self) -> None:
        """Leave the run in a single file, where no reader is in the way, and close it."""
        try:
            if self.journal == "wal":
                set_journal(self._db, "delete")
        except sqlite3.Error:
            pass  # all is committed; what stays is a second file
        finally:
            self._db.close()


def _delete_from(db: sqlite3.Connection, step: int) -> None:
    """Delete what is of a step or later. Events stay: they happened."""
    for table in ("metrics", "scores", "checkpoints", "changes"):
        db.execute(f"DELETE FROM {table} WHERE step >= ?", (step,))


def _insert(db: sqlite3.Connection, new: Pending) -> None:
    _batches(db, "metrics", new.metrics)
    _batches(db, "scores", new.scores)
    _many(db, "DELETE FROM checkpoints WHERE step = ?", [(step,) for step in new.dropped])
    packed = map(_packed, new.checkpoints.values())
    _many(db, "INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)", packed)
    rows = [(change.step, change.name, change.value) for change in new.changes]
    _many(db, "INSERT INTO changes (step, name, value) VALUES (?, ?, ?)", rows)
    _many(db, "INSERT INTO events (step, time, kind, text, place) VALUES (?, ?, ?, ?, ?)", new.events)
    _many(db, "UPDATE orders SET answered = ?, answer = ? WHERE id = ?", new.answers)
    looks.insert(db, new.looks, new.kept, new.removed)


def _batches(db: sqlite3.Connection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert many rows a statement, which takes half the time that one by one takes."""
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        marks = f"({', '.join('?' * len(batch[0]))})"
        values = ", ".join([marks] * len(batch))
        db.execute(f"INSERT OR REPLACE INTO {table} VALUES {values}", list(chain.from_iterable(batch)))


def _many(db: sqlite3.Connection, statement: str, rows: Iterable[Sequence[object]]) -> None:
    db.executemany(statement, rows)


def _packed(state: State) -> tuple[int, bytes, bytes, str]:
    lengths = json.dumps([len(column) for column in state.optimizer])
    numbers = pack(chain.from_iterable(state.optimizer))
    return state.step, pack(state.parameters), numbers, lengths
