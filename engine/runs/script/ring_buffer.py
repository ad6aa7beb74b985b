"""A ring buffer in memory that two processes share: one producer, one consumer, no lock.

The producer is the script, in `Run.log`, and it waits for nothing: not for the disk, not for the system,
not for another thread that has the interpreter. Two flags beside the entries ask the script to stop.
"""

import errno
import mmap
import os
import struct
import sys
import tempfile
from typing import Self
from zlib import crc32

SIZE = (64 if hasattr(os, "memfd_create") else 8) * 1024 * 1024
"""Bytes: on Linux, where only what was ever used takes memory, a million entries of two numbers."""
USUAL = 4 * 1024 * 1024
"""Once so much was used and all is taken, it wraps early, so that little memory is touched."""
LEAST = 8192
"""Bytes of the smallest one that is of use."""
_HEAD = 64
_LOW = 0xFFFFFFFF
_ENTRY = struct.Struct("=II")  # how many bytes it has, and their checksum
_WRAP = _LOW  # in place of a length: the next entry is at the start


class Ring:
    """Entries of bytes from one process to another; `put` is for the producer, `take` for the consumer.

    What is in it follows from the counts of bytes ever put and taken. Each is written by one process
    alone, in one piece, so no lock is needed. On a processor that reorders what it writes, the count may
    be seen before the bytes are: then their checksum does not fit yet, and the next `take` has the entry.
    """

    def __init__(self, memory: mmap.mmap, key: str) -> None:
        self.key = key
        """What `attach` of another process finds it by."""
        self._memory = memory
        self._size = len(memory) - _HEAD
        self._usual = min(USUAL, self._size // 16)
        self._words = memoryview(memory)[:_HEAD].cast("Q")

    @classmethod
    def create(cls, size: int = SIZE) -> Self:
        """Make an empty one of so many bytes, fewer where no file may be as large (ulimit -f).

        Who is to attach must inherit the `descriptors`.
        """
        if sys.platform == "win32":
            place = f"micrograd-tui-{os.getpid()}-{os.urandom(8).hex()}"
        else:
            fd, size = _largest(size)
            place = str(fd)
        return cls.attach(f"{place}:{size}")

    @classmethod
    def attach(cls, key: str) -> Self:
        """Return the one that another process made."""
        place, _, size = key.partition(":")
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, _HEAD + int(size), tagname=place), key)
        return cls(mmap.mmap(int(place), _HEAD + int(size)), key)

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a process must inherit to attach."""
        return () if sys.platform == "win32" else (int(self.key.partition(":")[0]),)

    def close_descriptors(self) -> None:
        """Close what only a process to be started would inherit; the memory stays mapped."""
        for fd in self.descriptors:
            os.close(fd)

    # Entries

    def put(self, entry: bytes) -> bool:
        """Put an entry in; False if there is no room."""
        at = self._words[0]
        need = _ENTRY.size + len(entry)
        if at == self._words[1] and max(self._usual, need) < at % self._size < self._size - _ENTRY.size:
            at = self._wrap(at)
        end = at + need
        if end - self._words[1] > self._size:
            return False
        self._write(at, _ENTRY.pack(len(entry), crc32(entry, at & _LOW)) + entry)
        self._words[0] = end
        return True

    def _wrap(self, at: int) -> int:
        """Mark that the next entry is at the start; return where that is."""
        self._write(at, _ENTRY.pack(_WRAP, crc32(b"", at & _LOW)))
        return self._next_start(at)

    def _next_start(self, at: int) -> int:
        return (at // self._size + 1) * self._size

    def _write(self, at: int, data: bytes) -> None:
        start = _HEAD + at % self._size
        stop = start + len(data)
        if stop <= len(self._memory):
            self._memory[start:stop] = data
        else:  # over the end of the memory, and on from its start
            here = len(self._memory) - start
            self._memory[start:] = data[:here]
            self._memory[_HEAD : _HEAD + len(data) - here] = data[here:]

    def take(self, most: int) -> list[bytes]:
        """Take out the oldest entries, `most` at most."""
        taken, at, put = list[bytes](), self._words[1], self._words[0]
        while at < put and len(taken) < most:
            length, checksum = _ENTRY.unpack(self._read(at, _ENTRY.size))
            wraps = length == _WRAP
            entry = b"" if wraps else self._read(at + _ENTRY.size, min(length, self._size))
            if crc32(entry, at & _LOW) != checksum:
                break
            if wraps:
                at = self._next_start(at)
            else:
                taken.append(entry)
                at += _ENTRY.size + length
        self._words[1] = at
        return taken

    @property
    def taken(self) -> int:
        """How many bytes were ever taken."""
        return self._words[1]

    def _read(self, at: int, count: int) -> bytes:
        start = _HEAD + at % self._size
        data = self._memory[start : start + count]
        return data + self._memory[_HEAD : _HEAD + count - len(data)]

    # Flags

    def poll_stop(self) -> bool:
        """Return whether the producer is asked to stop, and note that it looks."""
        self._words[2] = 1
        return self.stop_requested

    @property
    def stop_polled(self) -> bool:
        """Whether the producer has ever looked whether it is to stop."""
        return bool(self._words[2])

    @property
    def stop_requested(self) -> bool:
        """Whether the producer was asked to stop."""
        return bool(self._words[3])

    def request_stop(self) -> None:
        """Ask the producer to stop."""
        self._words[3] = 1


def _largest(size: int) -> tuple[int, int]:
    """Return the descriptor of memory for so many bytes, or for as many as there may be."""
    while True:
        try:
            return _memory(_HEAD + size), size
        except OSError as error:
            if error.errno != errno.EFBIG or size < LEAST:
                raise
            size //= 2


def _memory(size: int) -> int:
    """Return the descriptor of a file of that size without a name, with all its room taken."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("micrograd-tui run")
        try:
            os.ftruncate(fd, size)
        except OSError:
            os.close(fd)
            raise
        return fd
    with tempfile.TemporaryFile() as file:
        file.write(bytes(size))  # a hole would be filled later, and the disk be full then
        file.flush()
        return os.dup(file.fileno())
