"""The looks at a script's models, and the recordings it has kept, in a run's store.

A look is a row a module, and is never thinned. Of a recording the store has the name of its file, which
lies in the folder beside the run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...learning.module_look import Look, ModuleLook, Spread, placed
from .run_file import RunFile
from .schema import BadRun, pack, unpack

KEPT_EVENT = "kept"
"""The kind of the events that tell of recordings."""
KEPT = ".kept"
"""What the folder of a run's recordings ends in."""

_TABLES = """
CREATE TABLE IF NOT EXISTS modules (id INTEGER PRIMARY KEY, model TEXT NOT NULL, name TEXT NOT NULL,
    kind TEXT NOT NULL, UNIQUE (model, name));
CREATE TABLE IF NOT EXISTS looked (model TEXT, step INTEGER, born TEXT, passed INTEGER NOT NULL,
    PRIMARY KEY (model, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS looks (step INTEGER, module INTEGER, numbers BLOB NOT NULL,
    weights BLOB NOT NULL, gradients BLOB NOT NULL, PRIMARY KEY (step, module)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY, step INTEGER NOT NULL, file TEXT NOT NULL,
    title TEXT NOT NULL, bytes INTEGER NOT NULL, dropped TEXT NOT NULL);
"""
_UNKNOWN = -1.0
"""In the place of a ratio that is not known."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A recording that a script has kept of a training step."""

    id: int
    step: int
    file: str
    title: str
    """What it is of."""
    bytes: int
    dropped: str
    """Why it is there no more; "" while it is."""


def _is_there(store: RunFile) -> bool:
    """Whether a run has the tables at all: only scripts that watch or keep anything need them."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'kept'"
    with store.reading() as db:
        return db.execute(query).fetchone() is not None


def has_looks(store: RunFile) -> bool:
    """Whether a script has looked at any model."""
    with store.reading() as db:
        return _is_there(store) and db.execute("SELECT 1 FROM looked LIMIT 1").fetchone() is not None


# Writing, inside the transaction of a commit


def insert(
    db: sqlite3.Connection,
    looks: Sequence[tuple[int, Look]],
    kept: Sequence[tuple[int, str, str, int]],
    dropped: Sequence[tuple[str, str]],
) -> None:
    """Write looks, each with its step; recordings: step, file, title, bytes; and why some are gone."""
    if not (looks or kept or dropped):
        return
    for statement in _TABLES.split(";"):
        db.execute(statement)
    for step, look in looks:
        _insert_look(db, step, look)
    for row in kept:
        db.execute("INSERT INTO kept (step, file, title, bytes, dropped) VALUES (?, ?, ?, ?, '')", row)
    db.executemany("UPDATE kept SET dropped = ? WHERE file = ?", [(why, file) for file, why in dropped])


def _insert_look(db: sqlite3.Connection, step: int, look: Look) -> None:
    db.execute(
        "INSERT OR REPLACE INTO looked VALUES (?, ?, ?, ?)", (look.model, step, look.born, look.passed)
    )
    for each in look.modules:
        key = (look.model, each.name)
        db.execute(
            "INSERT INTO modules (model, name, kind) VALUES (?, ?, ?)"
            " ON CONFLICT (model, name) DO UPDATE SET kind = excluded.kind",
            (*key, each.kind),
        )
        ((module,),) = db.execute("SELECT id FROM modules WHERE model = ? AND name = ?", key).fetchall()
        row = (step, module, pack(_numbers(each)), each.weights.bars, each.gradients.bars)
        db.execute("INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?, ?)", row)


def _numbers(each: ModuleLook) -> Iterator[float]:
    for spread in (each.weights, each.gradients):
        yield from (spread.count, spread.norm, spread.deviation, spread.reach, spread.nonfinite)
    yield _UNKNOWN if each.update is None else each.update
    yield from (each.units, each.dead, each.still_dead, each.silent, each.frozen)


# Reading


def looks_at(store: RunFile, step: int) -> list[tuple[int, Look]]:
    """Return of every model the last look at a step or before, with its own step."""
    if not _is_there(store):
        return []
    with store.reading() as db:
        query = "SELECT model, max(step), born, passed FROM looked WHERE step <= ? GROUP BY model"
        found = db.execute(query, (step,)).fetchall()
        return [(at, Look(m, _modules(db, m, at), born, bool(passed))) for m, at, born, passed in found]


def all_looks(store: RunFile) -> Iterator[tuple[int, Look]]:
    """Yield every look with its step, in order."""
    if not _is_there(store):
        return
    with store.reading() as db:
        for at, model, born, passed in db.execute(
            "SELECT step, model, born, passed FROM looked ORDER BY step, model"
        ).fetchall():
            yield at, Look(model, _modules(db, model, at), born, bool(passed))


def _modules(db: sqlite3.Connection, model: str, step: int) -> tuple[ModuleLook, ...]:
    rows = db.execute(
        "SELECT m.name, m.kind, l.numbers, l.weights, l.gradients FROM modules m JOIN looks l"
        " ON l.module = m.id AND l.step = ? WHERE m.model = ? ORDER BY m.id",
        (step, model),
    )
    return tuple(_module(*row) for row in rows)


def _module(name: str, kind: str, numbers: object, weights: bytes, gradients: bytes) -> ModuleLook:
    found = list(unpack(numbers))
    if len(found) < 16:
        raise BadRun("the run is damaged: a look at a module is cut short")
    update, units, dead, still_dead, silent, frozen = found[10:16]
    return ModuleLook(
        str(name),
        str(kind),
        _spread(found[:5], weights),
        _spread(found[5:10], gradients),
        None if update == _UNKNOWN else update,
        _count(units),
        _count(dead),
        _count(still_dead),
        _count(silent),
        bool(frozen),
    )


def _spread(numbers: Sequence[float], bars: bytes) -> Spread:
    count, norm, deviation, reach, bad = numbers
    return Spread(_count(count), norm, deviation, reach, _count(bad), bytes(bars))


def _count(number: float) -> int:
    if not abs(number) < 2**63:
        raise BadRun("the run is damaged: what should be a count is not")
    return int(number)


def module_numbers(store: RunFile) -> dict[str, dict[int, float]]:
    """Return what was measured of each module by name and step, as `fc1/grad_norm`."""
    looks = list(all_looks(store))
    alone = len({look.model for _, look in looks}) < 2
    found: dict[str, dict[int, float]] = {}
    for step, look in looks:
        for each in look.modules:
            place = placed(look.model, each.name, alone)
            for name, value in _named(each):
                own = found.setdefault(f"{place}/{name}", {})
                if value is not None:
                    own[step] = value
    return found


def _named(each: ModuleLook) -> Iterator[tuple[str, float | None]]:
    yield "norm", each.weights.norm
    yield "grad_norm", each.gradients.norm if each.gradients.count else None
    yield "update_ratio", each.update
    yield "dead", each.dead / each.units if each.units else None
    yield "nonfinite", each.nonfinite


def kept_of(store: RunFile) -> list[Kept]:
    """Return the recordings that were kept, in the order of their steps."""
    if not _is_there(store):
        return []
    query = "SELECT id, step, file, title, bytes, dropped FROM kept ORDER BY step, id"
    with store.reading() as db:
        return [Kept(*row) for row in db.execute(query).fetchall()]


def kept_count(store: RunFile) -> tuple[int, int]:
    """Return how many recordings were kept, and how many of them are gone: what changes with the list."""
    if not _is_there(store):
        return (0, 0)
    with store.reading() as db:
        ((kept, gone),) = db.execute("SELECT count(*), sum(dropped != '') FROM kept").fetchall()
        return (kept, gone or 0)


def kept_folder(store_path: Path) -> Path:
    """Return the folder of a run's recordings."""
    return store_path.with_suffix(KEPT)
