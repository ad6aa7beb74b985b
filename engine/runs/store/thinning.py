"""Thinning: of more training steps than a run keeps, the oldest are downsampled to buckets.

A bucket stands for a hundred steps and keeps the smallest, the mean and the largest of each number, which
is what a plot of a long run shows.
"""

import sqlite3
from collections import Counter

WIDTH = 100


def slack(keep: int) -> int:
    """Return how many steps more than `keep` may gather before it is worth the work."""
    return max(1, min(keep // 10, 20_000))


def counted(db: sqlite3.Connection) -> Counter[str]:
    """Return how many rows there are of each score by name, and of the metrics under ""."""
    counts = Counter[str](dict(db.execute("SELECT name, count(*) FROM scores GROUP BY name")))
    counts[""] = db.execute("SELECT count(*) FROM metrics").fetchone()[0]
    return counts


def thin(db: sqlite3.Connection, keep: int, counts: Counter[str]) -> None:
    """Thin every number before the last `keep` of the most frequent, inside the open transaction."""
    ((name, _),) = counts.most_common(1)
    rows = ("scores WHERE name = ?", (name,)) if name else ("metrics", ())
    query = f"SELECT step FROM {rows[0]} ORDER BY step DESC LIMIT 1 OFFSET ?"
    oldest = db.execute(query, (*rows[1], keep - 1)).fetchone()
    if oldest is None:
        return
    for metric in ("loss", "lr", "grad_norm"):
        _fill(
            db, f"SELECT '{metric}' AS name, step, {metric} AS value FROM metrics WHERE {_ANY}", oldest[0]
        )
    _fill(db, "SELECT name, step, value FROM scores WHERE true", oldest[0])
    db.execute("DELETE FROM scores WHERE step < ?", oldest)
    db.execute("DELETE FROM metrics WHERE step < ?", oldest)


# Of a script's steps only the time stands there.
_ANY = "coalesce(loss, lr, grad_norm) IS NOT NULL"


def _fill(db: sqlite3.Connection, numbers: str, end: int) -> None:
    # Counted by rows, not by step: a script of the user's may log every tenth step only.
    db.execute(
        f"""
        INSERT OR REPLACE INTO thinned
        SELECT name, min(step), max(step) - min(step) + 1, min(value), avg(value), max(value) FROM (
            SELECT name, step, value, (row_number() OVER (PARTITION BY name ORDER BY step) - 1) / {WIDTH}
            AS bucket FROM ({numbers} AND step < ?)
        ) GROUP BY name, bucket
        """,
        (end,),
    )
