"""The lock a trainer holds for life: it alone decides whether a run is alive.

The system releases it however the process ends, so a dead trainer is never taken for a live one; a
pid could be another's by now, and a clock cannot know a slow trainer from a dead one.
"""

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(fd: int, shared: bool) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(fd: int, shared: bool) -> bool:
        try:
            fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Lock:
    """The lock of one run, in the file beside its store."""

    def __init__(self, store: Path) -> None:
        self.path = store.with_suffix(".lock")
        self._fd: int | None = None
        self._at = (0, 0)

    def acquire(self, patience: float = 0.5) -> bool:
        """Take the lock for as long as this process lives; False if another holds it.

        Whoever asks `held` has it for a moment, hence the patience.
        """
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        end = time.monotonic() + patience
        while not _take(fd, shared=False):
            if time.monotonic() > end:
                os.close(fd)
                return False
            time.sleep(0.01)
        self._fd, self._at = fd, identity(fd)
        return True

    def release(self) -> None:
        """Release it. In a forked child only the child's hold on the file is dropped."""
        if self._fd is not None:
            close_own(self._fd, self._at)
            self._fd = None


def identity(fd: int) -> tuple[int, int]:
    """Return what a descriptor stands for: one that a program closes may be given to something else."""
    try:
        at = os.fstat(fd)
    except OSError:
        return (-1, -1)
    return (at.st_dev, at.st_ino)


def close_own(fd: int, at: tuple[int, int]) -> None:
    """Close a descriptor if it still stands for what it did."""
    if identity(fd) == at:
        os.close(fd)


def held(store: Path) -> bool:
    """Return whether some process holds the lock of this run."""
    try:
        fd = os.open(store.with_suffix(".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _take(fd, shared=True)
    finally:
        os.close(fd)
