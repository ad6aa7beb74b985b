"""A slow link to a terminal: a command in a pseudo-terminal of its own, reached late and little by little.

    PtyApp(command=slow("micrograd-tui", "watch"))  # 200 ms there and back, 64 kbit/s each way

What is under way is bounded, as in a real link: when it is full, the command's writes wait.
"""

import os
import select
import signal
import sys
import termios
import time
import tty
from collections import deque
from contextlib import suppress
from fcntl import ioctl

PIECE = 128  # bytes sent at once: 16 ms at 64 kbit/s
UNDER_WAY = 16384  # bytes that a connection's buffers hold


def slow(*command: str, round_trip: float = 0.2, bits: float = 64_000) -> list[str]:
    """Return the command line that runs a command behind a slow link."""
    return [sys.executable, __file__, str(round_trip), str(bits), *command]


class Way:
    """One direction of the link."""

    def __init__(self, source: int, sink: int, delay: float, rate: float) -> None:
        self.source, self.sink, self.delay, self.rate = source, sink, delay, rate
        self.pieces: deque[tuple[float, bytes]] = deque()
        self.free = 0.0
        self.held = 0
        self.open = True

    @property
    def listens(self) -> bool:
        """Whether there is room for more."""
        return self.open and self.held < UNDER_WAY

    def take(self) -> None:
        """Read a piece and send it on its way."""
        piece = b""
        with suppress(OSError):  # on Linux, the other side has closed
            piece = os.read(self.source, PIECE)
        self.open = bool(piece)
        self.free = max(self.free, time.monotonic()) + len(piece) / self.rate
        self.pieces.append((self.free + self.delay, piece))
        self.held += len(piece)

    def deliver(self) -> None:
        """Write what has arrived."""
        while self.pieces and self.pieces[0][0] <= time.monotonic():
            _, piece = self.pieces.popleft()
            self.held -= len(piece)
            while piece:
                piece = piece[os.write(self.sink, piece) :]


def main(round_trip: float, bits: float, command: list[str]) -> int:
    """Run the command behind the link; return its exit code."""
    pid, far = os.forkpty()
    if pid == 0:
        time.sleep(0.05)  # until the terminal has its size
        os.execvp(command[0], command)
    size(far)
    signal.signal(signal.SIGWINCH, lambda *_: size(far))
    before = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        relay(Way(0, far, round_trip / 2, bits / 8), Way(far, 1, round_trip / 2, bits / 8))
    finally:
        termios.tcsetattr(0, termios.TCSANOW, before)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def size(far: int) -> None:
    """Give the far terminal the near one's size."""
    ioctl(far, termios.TIOCSWINSZ, ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))


def relay(there: Way, back: Way) -> None:
    """Carry bytes both ways until the command has ended and all it wrote has arrived."""
    while back.open or back.pieces:
        ways = [way for way in (there, back) if way.listens]
        due = min((way.pieces[0][0] for way in (there, back) if way.pieces), default=time.monotonic() + 1)
        wait = max(due - time.monotonic(), 0)
        for source in select.select([way.source for way in ways], [], [], wait)[0]:
            next(way for way in ways if way.source == source).take()
        back.deliver()
        with suppress(OSError):  # typed after the end
            there.deliver()


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
