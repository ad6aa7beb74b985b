"""The schema of a run's SQLite file: its tables, opening it without harm, its errors as sentences.

One SQLite file a run. Floats that belong together are blobs of little-endian float64, the rest of
what has parts is JSON; nothing in it can run. A file of another program, a newer version or a
truncated one is refused with a sentence and not touched.
"""

import os
import sqlite3
import sys
import threading
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage
from urllib.parse import quote

APPLICATION_ID = 0x6D677475  # "mgtu"
VERSION = 1
BUSY_SECONDS = 5.0
"""How long a statement waits for another process that holds the file locked."""

_TABLES = """
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE rows (part TEXT, row INTEGER, x BLOB NOT NULL, y REAL NOT NULL, PRIMARY KEY (part, row))
    WITHOUT ROWID;
CREATE TABLE status (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL, pid INTEGER, host TEXT,
    step INTEGER NOT NULL, steps INTEGER, loss REAL, updated REAL NOT NULL, message TEXT NOT NULL);
CREATE TABLE metrics (step INTEGER PRIMARY KEY, loss REAL, lr REAL, grad_norm REAL, time REAL);
CREATE TABLE scores (name TEXT, step INTEGER, value REAL, PRIMARY KEY (name, step)) WITHOUT ROWID;
CREATE TABLE thinned (name TEXT, step INTEGER, steps INTEGER NOT NULL, min REAL, mean REAL, max REAL,
    PRIMARY KEY (name, step)) WITHOUT ROWID;
CREATE TABLE checkpoints (step INTEGER PRIMARY KEY, parameters BLOB NOT NULL, optimizer BLOB NOT NULL,
    lengths TEXT NOT NULL);
CREATE TABLE changes (id INTEGER PRIMARY KEY, step INTEGER NOT NULL, name TEXT NOT NULL,
    value REAL NOT NULL);
CREATE TABLE events (id INTEGER PRIMARY KEY, step INTEGER NOT NULL, time REAL NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, place TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, kind TEXT NOT NULL,
    value REAL, watcher TEXT NOT NULL, answered REAL, answer TEXT);
"""


class BadRun(Exception):
    """What was asked of a run cannot be; the message is one sentence for the user."""


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn the errors of the disk and of SQLite into a sentence that names the file."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise BadRun(f"{path}: {_sentence(error)}") from error
    except UnicodeDecodeError as error:  # of SQLite's own complaint, which quotes the damage
        raise BadRun(f"{path}: damaged; it is left as it is") from error
    except OSError as error:
        raise BadRun(f"{path}: {error.strerror or error}") from error


def _sentence(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "I/O" in text and (limit := file_size_limit()):
        return f"{limit}; what was stored before stays readable"
    if "full" in text:
        return "the disk is full; what was stored before stays readable"
    if "locked" in text or "busy" in text:
        return "another program holds it locked; try again when that is done"
    if "readonly" in text:
        return "it cannot be written: read-only"
    if "not a database" in text:
        return "not a run of micrograd-tui"
    if "malformed" in text:
        return "damaged or cut short; it is left as it is"
    if "unable to open" in text:
        return "it cannot be opened: missing, or no permission"
    return text


def file_size_limit() -> str:
    """Return the sentence about how large a file may become here, where that is limited."""
    if sys.platform == "win32":
        return ""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return (
        "" if limit == resource.RLIM_INFINITY else f"no file may exceed {limit:,} bytes here (ulimit -f)"
    )


def last_words(log: Path, start: int = 0) -> str:
    """Return the last line of a trainer's log from byte `start` on, or what an empty one means."""
    try:
        with log.open("rb") as file:
            file.seek(max(start, file.seek(0, os.SEEK_END) - 2000))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        lines = []
    if last := next((line.strip() for line in reversed(lines) if line.strip()), ""):
        return last
    with suppress(OSError):
        if disk_usage(log.parent).free < 65536:  # no room for a word either
            return f"the disk of {log.parent} is full; what was stored before stays readable"
    return "the trainer was killed"


def create(path: Path) -> sqlite3.Connection:
    """Make a new store and return its open connection inside a transaction; never over a file."""
    with plainly(path):
        _make_directory(path.parent)
        path.touch(exist_ok=False)
        at = path.stat()
        _checked.add((at.st_dev, at.st_ino))
        try:
            return _laid_out(_connect(path, "rw"))
        except BaseException:
            path.unlink()
            raise


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise no_directory(directory) from None


def no_directory(directory: Path) -> BadRun:
    """Return the refusal of a directory of runs that is a file, or lies in one."""
    inside = next(place for place in (directory, *directory.parents) if place.exists())
    what = f"{directory}: {inside.name}" if inside != directory else str(inside)
    return BadRun(f"{what} is a file; runs are kept in a directory")


def _laid_out(db: sqlite3.Connection) -> sqlite3.Connection:
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        for statement in _TABLES.split(";"):
            db.execute(statement)
    except BaseException:
        db.close()
        raise
    return db


def open_writing(path: Path, busy: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open a run to write to it. Every statement commits by itself outside BEGIN ... COMMIT."""
    check_header(path)
    if not (os.access(path, os.W_OK) and _writable(path.parent)):
        raise BadRun(f"{path}: it cannot be written: read-only, or another user's")
    with plainly(path):
        db = _connect(path, "rw", busy)
        try:
            _check(db, path)
            db.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            db.close()
            raise
        return db


def open_reading(path: Path, busy: float = BUSY_SECONDS) -> sqlite3.Connection:
    """Open a run to read it: read-only, and on read-only media as the file that never changes."""
    check_header(path)
    with plainly(path):
        for mode in ("ro", "ro&immutable=1"):
            db = _connect(path, mode, busy)
            try:
                _check(db, path)
                return db
            except sqlite3.OperationalError as error:
                db.close()
                # Without its side files, and no way to make them, only an immutable file can be read.
                if mode != "ro" or "locked" in str(error) or _writable(path.parent):
                    raise
            except BaseException:
                db.close()
                raise
    raise AssertionError


def check_header(path: Path) -> None:
    """Refuse a file that is no whole SQLite file, before SQLite itself looks at it.

    Once a file and process: to close a file drops the locks that SQLite holds on it anywhere in the
    process, so that another would take the run for abandoned and clear its journal away.
    """
    with _checking:
        try:
            at = path.stat()
            if (at.st_dev, at.st_ino) not in _checked:
                _check_file(path)
                _checked.add((at.st_dev, at.st_ino))
        except OSError as error:
            raise BadRun(f"{path}: {error.strerror or error}") from None


def check_ours(path: Path) -> None:
    """Refuse a file of another program's; a run that is empty, cut short or newer is still one."""
    try:
        if path.stat().st_size:
            check_header(path)
    except OSError as error:
        raise BadRun(f"{path}: {error.strerror or error}") from None


_checking = threading.Lock()
_checked: set[tuple[int, int]] = set()


def _check_file(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        raise BadRun(f"{path}: empty; the run was never written")
    if header[:16] != b"SQLite format 3\0" or int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise BadRun(f"{path}: not a run of micrograd-tui")


def _check(db: sqlite3.Connection, path: Path) -> None:
    identity, version, pages, page = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "page_count", "page_size")
    )
    if identity != APPLICATION_ID:
        raise BadRun(f"{path}: not a run of micrograd-tui")
    if version > VERSION:
        theirs = f"format {version}; this one reads {VERSION}"
        raise BadRun(f"{path}: written by a newer micrograd-tui ({theirs})")
    # While there is a write-ahead log, the last pages may be in it alone.
    if path.stat().st_size < pages * page and not path.with_name(path.name + "-wal").exists():
        raise BadRun(f"{path}: cut short; it is left as it is")


def _connect(path: Path, mode: str, busy: float = BUSY_SECONDS) -> sqlite3.Connection:
    db = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode={mode}",
        uri=True, timeout=busy, isolation_level=None, check_same_thread=False,
    )  # fmt: skip
    db.execute("PRAGMA trusted_schema = OFF")
    return db


def _writable(directory: Path) -> bool:
    return os.access(directory, os.W_OK)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit all that is done inside at once, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


# Numbers


def pack(numbers: Iterable[float]) -> bytes:
    """Return floats as a blob: float64, little-endian."""
    column = array("d", numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def unpack(blob: object) -> "array[float]":
    """Return the floats of a blob."""
    if not isinstance(blob, bytes) or len(blob) % 8:
        raise BadRun("the run is damaged: what should be numbers is not")
    column = array("d", blob)
    if sys.byteorder == "big":
        column.byteswap()
    return column
