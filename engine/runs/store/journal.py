"""SQLite's journal mode: write-ahead (WAL) where that works, so that readers and trainer never wait.

WAL shares memory between the processes that have the file open, which no network file system gives them;
so it is looked up and tried in the run's own directory first.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "lustre", "ceph", "gpfs", "beegfs", "fuse.sshfs", "ncp")


def use_journal(db: sqlite3.Connection, path: Path) -> str:
    """Use WAL where it works in the run's directory, else the rollback journal; return which."""
    mode = "wal" if wal_works(path.parent) else "delete"
    if mode == "delete":
        db.execute("PRAGMA synchronous = FULL")
    return set_journal(db, mode)


def set_journal(db: sqlite3.Connection, mode: str, patience: float = 2.0) -> str:
    """Change the journal; it needs the file for itself, so wait a little for readers to be done."""
    end = time.monotonic() + patience
    while True:
        try:
            return str(db.execute(f"PRAGMA journal_mode = {mode}").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                return str(db.execute("PRAGMA journal_mode").fetchone()[0])
            time.sleep(0.005)


def wal_works(directory: Path) -> bool:
    """Return whether WAL works here: not on a network, and tried with two connections at once."""
    return not _on_network(directory) and _wal_tried(directory)


def _wal_tried(directory: Path) -> bool:
    try:
        with TemporaryDirectory(prefix=".wal-", dir=directory, ignore_cleanup_errors=True) as place:
            path = Path(place, "try.sqlite")
            with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path)) as two:
                (mode,) = one.execute("PRAGMA journal_mode = WAL").fetchone()
                one.execute("CREATE TABLE t (x)")
                one.execute("INSERT INTO t VALUES (1)")
                one.commit()
                return bool(mode == "wal" and two.execute("SELECT x FROM t").fetchone() == (1,))
    except (sqlite3.Error, OSError):
        return False


def _on_network(directory: Path) -> bool:
    """Return whether Linux has the directory mounted from another machine, where WAL is unsafe."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    place = directory.resolve()
    above = {str(p) for p in (place, *place.parents)}
    kinds = [(len(fields[1]), fields[2]) for fields in mounts if fields[1] in above]
    return bool(kinds) and max(kinds)[1].startswith(NETWORK)
