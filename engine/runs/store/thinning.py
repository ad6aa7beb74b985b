"""Thinning: of more training steps than a run keeps, the oldest are downsampled to buckets.

A bucket stands for a hundred steps and keeps the smallest, the mean and the largest of each number, which
is what a plot of a long run shows.
"""

import sqlite3

WIDTH = 100


def slack(keep: int) -> int:
    """Return how many steps more than `keep` may gather before it is worth the work."""
    return max(1, min(keep // 10, 20_000))


def thin(db: sqlite3.Connection, keep: int) -> int:
    """Thin all but the last `keep` training steps, inside the open transaction; return how many went."""
    found = db.execute("SELECT step FROM metrics ORDER BY step DESC LIMIT 1 OFFSET ?", (keep - 1,))
    oldest = found.fetchone()
    if oldest is None:
        return 0
    for name in ("loss", "lr", "grad_norm"):
        _fill(db, f"SELECT '{name}' AS name, step, {name} AS value FROM metrics", oldest[0])
    _fill(db, "SELECT name, step, value FROM scores", oldest[0])
    db.execute("DELETE FROM scores WHERE step < ?", oldest)
    return db.execute("DELETE FROM metrics WHERE step < ?", oldest).rowcount


def _fill(db: sqlite3.Connection, numbers: str, end: int) -> None:
    # Counted by rows, not by step: a script of the user's may log every tenth step only.
    db.execute(
        f"""
        INSERT OR REPLACE INTO thinned
        SELECT name, min(step), max(step) - min(step) + 1, min(value), avg(value), max(value) FROM (
            SELECT name, step, value, (row_number() OVER (PARTITION BY name ORDER BY step) - 1) / {WIDTH}
            AS bucket FROM ({numbers} WHERE step < ?)
        ) GROUP BY name, bucket
        """,
        (end,),
    )
