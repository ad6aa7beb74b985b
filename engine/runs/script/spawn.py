"""Starting the process that writes what a script logs (writer.py), with pipes to it and back."""

import os
import subprocess
import sys
from contextlib import suppress

from ..detached import detached
from ..store.lock import close_own, identity
from ..store.schema import BadRun
from ..store.store import Store
from .ring_buffer import Ring
from .writer import READY

# The process that writes is nobody's child: a script may wait for all of its own. It finds modules where
# the script does, but last: no file of the script's may stand in for one of the standard library.
_WRITE = """\
import os, sys
if hasattr(os, 'fork') and os.fork(): os._exit(0)
sys.path += sys.argv.pop(1).split(os.pathsep)
from micrograd_tui.engine.runs.script.writer import main
main(*sys.argv[1:])
"""


class Pipes:
    """The script's ends of two pipes: to the process that writes, and from it."""

    def __init__(self, to_writer: int, from_writer: int) -> None:
        self.to_writer, self.from_writer = to_writer, from_writer
        self.received = b""
        """What the other process has written, so far."""
        self._at = identity(to_writer), identity(from_writer)

    @property
    def ours(self) -> bool:
        """Whether they still are what they were: a script may close what it finds open."""
        return (identity(self.to_writer), identity(self.from_writer)) == self._at

    def send_end(self, message: bytes) -> None:
        """Send how the script ended, and close: nothing comes after it."""
        with suppress(OSError):
            os.write(self.to_writer, message)
        os.close(self.to_writer)

    def drained(self) -> bool:
        """Receive what has come; return whether the other side has closed its end."""
        try:
            while some := os.read(self.from_writer, 4096):
                self.received += some
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Close what is open still."""
        for fd, at in zip((self.to_writer, self.from_writer), self._at, strict=True):
            close_own(fd, at)


def start(store: Store, ring: Ring, steps: int | None) -> Pipes:
    """Start the process that writes and wait until it is ready; raise BadRun with its error if not."""
    script_end, to_writer = os.pipe()
    from_writer, answers = os.pipe()
    pipes = Pipes(to_writer, from_writer)
    try:
        try:
            _spawn(store, ring, steps, script_end, answers)
        finally:
            os.close(script_end)
            os.close(answers)
            ring.close_descriptors()
        _await_ready(pipes.from_writer, store.name)
    except BaseException:  # Ctrl+C too: the process ends with the pipe to it
        pipes.close()
        raise
    return pipes


def _await_ready(answers: int, name: str) -> None:
    if (text := os.read(answers, 1)) != READY:
        while more := os.read(answers, 4096):
            text += more
        error = text.decode(errors="replace").strip().split("\n")[-1]
        raise BadRun(f"what is to write {name} fails: {error or sys.executable}")
    os.set_blocking(answers, False)


def _spawn(store: Store, ring: Ring, steps: int | None, stdin: int, stdout: int) -> None:
    places = os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))
    given = [places, str(store.path.absolute()), ring.key, str(os.getpid()), str(steps or 0)]
    try:
        process = subprocess.Popen(
            # -P: no file in the current directory may stand in for a module of the standard library.
            [sys.executable, "-P", "-c", _WRITE, *given],
            stdin=stdin,
            stdout=stdout,
            stderr=stdout,
            cwd=store.path.absolute().parent,
            pass_fds=ring.descriptors,
            **detached(),
        )
    except OSError as error:
        raise BadRun(f"nothing can be started to write {store.name}: {error.strerror or error}") from None
    if hasattr(os, "fork"):
        process.wait()
