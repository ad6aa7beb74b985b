"""Starting the process that writes what a script logs (log_writer.py), and the pipes to it and back."""

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


class Ends:
    """The script's ends of two pipes: to the process that writes, and from it."""

    def __init__(self, tells: int, hears: int) -> None:
        self.tells, self.hears = tells, hears
        self.heard = b""
        """What was said, so far."""
        self._at = identity(tells), identity(hears)

    @property
    def ours(self) -> bool:
        """Whether they still are what they were: a script may close what it finds open."""
        return (identity(self.tells), identity(self.hears)) == self._at

    def tell(self, words: bytes) -> None:
        """Tell how it ended: the last that is said."""
        with suppress(OSError):
            os.write(self.tells, words)
        os.close(self.tells)

    def heard_all(self) -> bool:
        """Hear what there is to hear; whether the other side has ended."""
        try:
            while said := os.read(self.hears, 4096):
                self.heard += said
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Close what is open still."""
        for fd, at in zip((self.tells, self.hears), self._at, strict=True):
            close_own(fd, at)


def start(store: Store, ring: Ring, steps: int | None) -> Ends:
    """Start the process that writes and wait until it is ready; raise BadRun with what it says if not."""
    reads, tells = os.pipe()
    hears, writes = os.pipe()
    ends = Ends(tells, hears)
    try:
        try:
            _spawn(store, ring, steps, reads, writes)
        finally:
            os.close(reads)
            os.close(writes)
            ring.let_go()
        _await_ready(ends, store.name)
    except BaseException:  # Ctrl+C too: the process ends with the pipe to it
        ends.close()
        raise
    return ends


def _await_ready(ends: Ends, name: str) -> None:
    if (said := os.read(ends.hears, 1)) != READY:
        while more := os.read(ends.hears, 4096):
            said += more
        words = said.decode(errors="replace").strip().split("\n")[-1]
        raise BadRun(f"what is to write {name} fails: {words or sys.executable}")
    os.set_blocking(ends.hears, False)


def _spawn(store: Store, ring: Ring, steps: int | None, reads: int, writes: int) -> None:
    places = os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))
    given = [places, str(store.path.absolute()), ring.key, str(os.getpid()), str(steps or 0)]
    try:
        process = subprocess.Popen(
            # -P: no file in the current directory may stand in for a module of the standard library.
            [sys.executable, "-P", "-c", _WRITE, *given],
            stdin=reads,
            stdout=writes,
            stderr=writes,
            cwd=store.path.absolute().parent,
            pass_fds=ring.descriptors,
            **detached(),
        )
    except OSError as error:
        raise BadRun(f"nothing can be started to write {store.name}: {error.strerror or error}") from None
    if hasattr(os, "fork"):
        process.wait()
