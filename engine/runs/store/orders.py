"""Orders: what a watcher may ask of whoever trains a run, left in the store and answered there."""

import math
import os
import sqlite3
import time
from dataclasses import dataclass

from .schema import BadRun

ORDERS = ("pause", "resume", "step", "pace", "lr", "checkpoint", "stop")
DONE = "done"
"""The answer to an order that was carried out."""
EXPIRED = "expired: its trainer has ended"


@dataclass(frozen=True, slots=True)
class Order:
    """What a watcher asked of the trainer; `answer` is empty until the trainer has answered."""

    id: int
    time: float
    kind: str
    value: float | None
    watcher: str
    answer: str


def check_order(kind: str, value: float | None) -> None:
    """Raise BadRun, with a sentence, for an order that nobody could carry out."""
    if kind not in ORDERS:
        raise BadRun(f"no order is called {kind!r}; there are {', '.join(ORDERS)}")
    if kind == "lr" and not _from_0_on(value):
        raise BadRun(f"a learning rate must be 0 or more, not {value}")
    if kind == "pace" and not _from_0_on(value):
        raise BadRun(f"a pace is training steps a second, 0 or more, not {value}")
    if kind == "step" and value is not None and value < 1:
        raise BadRun(f"training steps to do are 1 or more, not {value:g}")


def _from_0_on(value: float | None) -> bool:
    return value is not None and math.isfinite(value) and value >= 0


def insert_order(db: sqlite3.Connection, kind: str, value: float | None, watcher: str) -> int:
    """Write an order, inside the open transaction; return its id."""
    cursor = db.execute(
        "INSERT INTO orders (time, kind, value, watcher) VALUES (?, ?, ?, ?)",
        (time.time(), kind, value, watcher),
    )
    return int(cursor.lastrowid or 0)


def watcher_name() -> str:
    """Return who watches here: the user and the terminal."""
    user = os.environ.get("USER") or os.environ.get("LOGNAME") or "someone"
    try:
        return f"{user} on {os.ttyname(0).removeprefix('/dev/')}"
    except (OSError, AttributeError):
        return user
