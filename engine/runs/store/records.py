"""The records read of a run: its status, its metrics in columns and in buckets, its events."""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import math
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...learning.state import Metrics

LIVE = ("running", "paused")
METRICS = ("loss", "lr", "grad_norm")


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How a run stands. `step` training steps are done of `steps`; times are seconds since 1970."""

    state: str
    pid: int | None
    host: str
    step: int
    steps: int | None
    loss: float | None
    updated: float
    message: str = ""

    @property
    def live(self) -> bool:
        """Whether a trainer holds the run."""
        return self.state in LIVE


@dataclass(eq=False)
class TimedMetrics(Metrics):
    """The metrics of a run's training steps; `time` is when each was done, in seconds since 1970."""

    time: array[float] = field(default_factory=lambda: array("d"))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Some training steps together: `steps` of them from `step` on."""

    step: int
    steps: int
    min: float
    mean: float
    max: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run. `place` is a scope, as `layer[0]/neuron[3]`, or empty."""

    id: int
    step: int
    time: float
    kind: str
    text: str
    place: str


def buckets(db: sqlite3.Connection, name: str, first: int, last: int, points: int) -> list[Bucket]:
    """Return a metric or a score over first <= step < last in at most about `points` buckets."""
    width = max(1, math.ceil((last - first) / max(1, points)))
    return [*_old_buckets(db, name, first, last, width), *_new_buckets(db, name, first, last, width)]


def _new_buckets(db: sqlite3.Connection, name: str, first: int, last: int, width: int) -> list[Bucket]:
    if name in METRICS:
        source, value, chosen = "metrics", name, ""
    else:
        source, value, chosen = "scores", "value", "name = :name AND"
    query = (
        f"SELECT min(step), max(step) - min(step) + 1, min({value}), avg({value}), max({value}) "
        f"FROM {source} WHERE {chosen} step >= :first AND step < :last "
        "GROUP BY (step - :first) / :width ORDER BY 1"
    )
    return _made(db, query, name, first, last, width)


def _old_buckets(db: sqlite3.Connection, name: str, first: int, last: int, width: int) -> list[Bucket]:
    query = (
        "SELECT min(step), sum(steps), min(min), sum(mean * steps) / sum(steps), max(max) FROM thinned "
        "WHERE name = :name AND step + steps > :first AND step < :last "
        "GROUP BY (step - :first) / :width ORDER BY 1"
    )
    return _made(db, query, name, first, last, width)


def _made(
    db: sqlite3.Connection, query: str, name: str, first: int, last: int, width: int
) -> list[Bucket]:
    found = db.execute(query, {"name": name, "first": first, "last": last, "width": width})
    return [Bucket(step, steps, *map(number_or_nan, numbers)) for step, steps, *numbers in found]


def has_ended(state: str) -> str:
    """Say that a run is in a state, after its name: `has died`, `is finished`."""
    return f"{'has' if state == 'died' else 'is'} {state}"


def number_or_nan(number: float | None) -> float:
    """Return what SQLite keeps as NULL as the nan it was."""
    return math.nan if number is None else number


def column(numbers: Sequence[Any]) -> array[float]:
    """Return numbers from the store as a column; twice as fast where none of them is NULL."""
    try:
        return array("d", numbers)
    except TypeError:
        return array("d", map(number_or_nan, numbers))
