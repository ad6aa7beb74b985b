"""The installed command in a real pseudo-terminal, its screen read by a terminal emulator."""

import os
import re
import select
import signal
import struct
import sys
import termios
import time
from fcntl import ioctl
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("micrograd-tui"))
# pyte 0.8.2 prints the tails of these instead of skipping them.
UNKNOWN = re.compile(rb"\x1b\[[<=>?][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p|\x1b\]2;[^\x07]*\x07")
PRIVATE = re.compile(rb"\x1b\[\?(25|1049)[hl]")


class PtyApp:
    """A child process on a terminal of its own: `write` keys, read `lines`."""

    def __init__(self, *arguments: str, size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None,
                 command: list[str] | None = None) -> None:  # fmt: skip
        import pyte

        self.screen: Any = pyte.Screen(*size)
        self.stream: Any = pyte.ByteStream(self.screen)
        self.output = b""
        self.answers = True  # to what asks where the cursor is: that all before it is on the screen
        self.status: int | None = None
        clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"),
                 "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", ""), "LANG": "C.UTF-8",
                 "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}  # fmt: skip
        self.pid, self.fd = os.forkpty()
        if self.pid == 0:
            arguments = tuple(command or [COMMAND, *arguments])
            os.execvpe(arguments[0], arguments, clean | (env or {}))
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def __enter__(self) -> "PtyApp":
        return self

    def __exit__(self, *ignored: object) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def read(self, seconds: float) -> bytes:
        """Read what comes within so many seconds, answering the terminal's questions."""
        end, got = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                break
            try:
                piece = os.read(self.fd, 65536)
            except OSError:  # on Linux, the other side has closed
                break
            if not piece:
                break
            if b"\x1b[?2026$p" in piece:
                self.write(b"\x1b[?2026;2$y")
            self.write(b"\x1b[1;1R" * piece.count(b"\x1b[6n") * self.answers)
            got += piece
        self.output += got
        self.stream.feed(UNKNOWN.sub(_kept, got))
        return got

    def write(self, keys: bytes | str) -> None:
        """Press keys."""
        os.write(self.fd, keys if isinstance(keys, bytes) else keys.encode())

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        self.screen.resize(height, width)
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    @property
    def lines(self) -> list[str]:
        """The screen's lines, without what trails."""
        return [line.rstrip() for line in self.screen.display]

    def wait_for(self, text: str, seconds: float = 30) -> None:
        """Read until `text` stands on the screen."""
        end = time.monotonic() + seconds
        while not any(text in line for line in self.lines):
            assert time.monotonic() < end, f"{text!r} never came:\n" + "\n".join(self.lines)
            self.read(0.1)

    def press(self, keys: str, until: str) -> None:
        """Press keys and wait for a text."""
        self.write(keys)
        self.wait_for(until)

    def settle(self) -> None:
        """Read until nothing has come for a while."""
        while self.read(0.4):
            pass

    def wait(self, seconds: float = 20) -> int:
        """Wait for the end; return the exit code, or minus the signal."""
        end = time.monotonic() + seconds
        while self.status is None:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            assert time.monotonic() < end, "it did not end:\n" + "\n".join(self.lines)
        self.read(0.2)
        return self.status


def _kept(match: re.Match[bytes]) -> bytes:
    return match[0] if PRIVATE.fullmatch(match[0]) else b""
