"""A storm on a terminal app: seeded keys, pastes, sizes, stops and signals, and what must hold after it."""

import os
import random
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path
from typing import Any

from pty_app import COMMAND, UNKNOWN, _kept

SHELL = str(Path(__file__).with_name("job_shell.py"))
MODE = re.compile(rb"\x1b\[\?(\d+)([hl])")
AT_REST = {b"1049": b"l", b"1000": b"l", b"1003": b"l", b"1006": b"l", b"1004": b"l", b"2004": b"l",
           b"25": b"h", b"7": b"h"}  # fmt: skip
SEQUENCES = ["\x1b", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[Z",
             "\t", "\r", "\x7f", "\x0f", "\x10", "\x03", "\x1bOP", "\x1b[<0;10;5M\x1b[<0;10;5m",
             "\x1b[<64;10;5M", "\x1b[<35;20;9M", "\x1b[I", "\x1b[O", "\x1b[1;5C", "\x01", "\x15", "\x0b"]  # fmt: skip
LETTERS = [c for c in map(chr, range(32, 127)) if c != "q"]
BURSTS = ["\x10\x1b[B\x1b[B\r", "\x10\x1b", "\x10\x1b\x10\x1b\x10", "\x10fold\r", "\x10\x1b[B\r\x1b", "?\x1b?\x1b",
          ":7\r", "/a\rnn", "m\x1bm\x1b", "\x0f\x1b\x0f\r", "\r\x1b\r\x1b", "x\x1b", "vvvv", "g\x1bg\x1b",
          "\x10zzzz\x1b", "\x10th\x1b[B\x1b[B\r", "\x10theme\r\x1b[B\r"]  # fmt: skip
ODD = [b"\xff\xfe\x80", b"\x1b[99999999999u", b"\x1b[1:2;3u", b"\x1b[200~", b"\x1b[201~", b"\x1b[", b"\xe2\x82",
       b"\x1b]0;x\x07", b"\x1b[5;5R", b"\x1b[?1;2c", b"\x00"]  # fmt: skip


class Pace:
    """Whether keys come faster than anybody types: the app may leave them out, until a moment of rest."""

    MOST, A_SECOND, REST = (
        150.0,
        40,
        80.0,
    )  # fewer than the app lets in, slower, and a rest of two seconds

    def __init__(self) -> None:
        self._room, self._last = self.MOST, time.monotonic()

    def typed(self, count: int) -> None:
        """So many have been typed."""
        self._room, self._last = max(-self.REST, self._now() - count), time.monotonic()

    @property
    def too_fast(self) -> bool:
        """Whether what is typed now may be left out."""
        return self._now() < 0

    def _now(self) -> float:
        return min(self.MOST, self._room + self.A_SECOND * (time.monotonic() - self._last))


class Storm:
    """An app under a shell's job control, and a dice."""

    def __init__(
        self, seed: int, *arguments: str, command: list[str] | None = None, begin: str = ""
    ) -> None:
        self.dice = random.Random(seed)
        self.size = (80, 24)
        self.modes: dict[bytes, bytes] = {}
        self.tail = b""
        self.done: list[str] = []
        self.pace = Pace()
        self.there = True
        self.stops = 0
        self.code = "0"  # with which a key leaves it
        self.wrapped = command is not None
        self.begin = begin  # the keys that lead to what is tested
        theirs, self.commands = os.pipe()
        self.reports, ours = os.pipe()
        for fd in (theirs, ours):
            os.set_inheritable(fd, True)
        environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
                   "XDG_CONFIG_HOME": os.environ.get("XDG_CONFIG_HOME", ""), "TERM": "xterm-256color",
                   "XDG_STATE_HOME": os.environ.get("XDG_STATE_HOME", ""),
                   "MICROGRAD_TUI_RUNS": os.environ.get("MICROGRAD_TUI_RUNS", "")}  # fmt: skip
        self.shell, self.fd = os.forkpty()
        if self.shell == 0:
            words = [sys.executable, SHELL, str(theirs), str(ours), *(command or [COMMAND, *arguments])]
            os.execvpe(words[0], words, environ)
        os.close(theirs)
        os.close(ours)
        self._resize()
        self.pid = int(self.report()[1])

    # The terminal

    def read(self, seconds: float) -> bytes:
        """Read what comes within so many seconds, answering the terminal's questions."""
        end, got = time.monotonic() + seconds, b""
        while (left := end - time.monotonic()) > 0 and select.select([self.fd], [], [], left)[0]:
            try:
                piece = os.read(self.fd, 65536)
            except OSError:  # on Linux, the other side has closed
                break
            if b"\x1b[?2026$p" in piece:
                self._send(b"\x1b[?2026;2$y")
            self._send(b"\x1b[1;1R" * piece.count(b"\x1b[6n"))
            got += piece
        self.modes.update(MODE.findall(self.tail[-20:] + got))
        self.tail = (self.tail + got)[-200_000:]
        assert b"Traceback" not in self.tail, self._story()
        return got

    def _send(self, data: bytes) -> None:
        if data:
            os.write(self.fd, data)

    def write(self, data: bytes) -> None:
        """Type, as fast as the app reads; what comes meanwhile is read.

        A key in the middle may be one that stops: whoever has stopped reads nothing before `fg`.
        """
        end = time.monotonic() + 20
        while data:
            if time.monotonic() > end - 15 and self._lines_only():
                self.there = False
                return
            assert time.monotonic() < end, "it does not read its keys\n" + self._story()
            ready, writable, _ = select.select([self.fd], [self.fd], [], 1)
            if ready:
                self.read(0.001)
            if writable:
                written = os.write(self.fd, data[:512])
                data = data[written:]
                self.pace.typed(written)
                end = time.monotonic() + 20
            else:
                self.notice()
                if not self.there:
                    return

    def forget_typed(self) -> None:
        """Drop what nobody reads: the kernel takes no Ctrl+C behind 4,096 of such keys, of `sleep` either."""
        terminal = os.open(f"/proc/{self.shell}/fd/0", os.O_RDWR | os.O_NOCTTY)
        termios.tcflush(terminal, termios.TCIFLUSH)
        os.close(terminal)

    def _lines_only(self) -> bool:
        """Whether the app of a pipe was left: what goes on as lines reads no key."""
        return self.wrapped and self.modes.get(b"1049") == b"l"

    def _resize(self) -> None:
        width, height = self.size
        ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def report(self, seconds: float = 20) -> list[str]:
        """Wait for the shell's next report."""
        end = time.monotonic() + seconds
        while not select.select([self.reports], [], [], 0)[0]:
            assert time.monotonic() < end, "nothing happened\n" + self._story()
            self.read(0.02)
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self.reports, 1)
            assert piece, "the shell is gone\n" + self._story()
            line += piece
        return line.decode().split()

    def reported(self) -> bool:
        """Whether the shell has something to say."""
        return bool(select.select([self.reports], [], [], 0)[0])

    def shown(self, seconds: float, *texts: str) -> None:
        """Wait until one of the texts is on the screen."""
        display = self._shown(seconds, *texts)
        assert not display, f"{texts} not shown:\n" + "\n".join(display) + self._story()

    def _shown(self, seconds: float, *texts: str) -> list[str]:
        """What is on the screen instead when one of the texts was not within so many seconds."""
        import pyte

        self.read(0.05)
        screen: Any = pyte.Screen(100, 30)
        stream: Any = pyte.ByteStream(screen)
        self.size = (99, 30) if self.size == (100, 30) else (100, 30)
        self._resize()  # all is drawn anew
        end = time.monotonic() + seconds
        while self.there and not any(text in line for line in screen.display for text in texts):
            if time.monotonic() > end:
                return list(screen.display)
            stream.feed(UNKNOWN.sub(_kept, self.read(0.05)))
            self.notice()
        return []

    def _story(self) -> str:
        screen = self.tail[-3000:].decode(errors="replace")
        return f"after {self.done[-12:]}, the last of {len(self.done)}; its output ends:\n{screen}"

    # The storm

    def blow(self, gusts: int, end: float = float("inf")) -> bool:
        """Do so many random things; whether the app is still there."""
        kinds: tuple[Callable[[], None], ...] = (
            *(self.keys,) * 8, *(self.burst,) * 4,
            self.odd, self.paste, self.flood, self.resize, self.signals,
        )  # fmt: skip
        kinds += (self.again,) * 5 if self.begin else ()
        for _ in range(gusts):
            if time.monotonic() > end or not self.there:
                break
            kind = self.dice.choice([*kinds, self.stop])
            kind()
            self.read(self.dice.choice([0.0, 0.0, 0.002, 0.02, 0.1]))
            self.notice()
        return self.there

    def notice(self) -> None:
        """Hear whether it has stopped or ended, which a key or a choice in the palette may have it do."""
        while self.there and self.reported():
            self.has_left()

    def until_taken(self) -> None:
        """Wait until the terminal is the app's."""
        while self.modes.get(b"1049") != b"h":
            self.read(0.01)
            assert not self.reported(), self._story()

    def has_left(self) -> None:
        """A key was one that leaves or stops: then all must be as it was."""
        word, number, raw = self.report()
        self.read(0.1)
        self._note(word, number)
        self.at_rest(raw)
        if word == "stopped":
            self.stops += 1
            os.write(self.commands, b"f")
            # A signal to stop it that comes before the one to go on would be discarded by the kernel.
            assert self.report()[0] == "continued"
            return
        self.there = False
        # 2: another Ctrl+C, when the terminal was the shell's again
        assert number in (self.code, "130", "-2"), f"exit code {number}\n" + self._story()

    def _note(self, kind: str, what: object) -> None:
        self.done.append(f"{kind} {what!r}"[:200])

    def _type(self, kind: str, data: bytes) -> None:
        self._note(kind, data)
        self.write(data)

    def keys(self) -> None:
        many = self.dice.choice([1, 3, 30])
        one_by_one = self.dice.random() < 0.5
        for _ in range(many if one_by_one else 1):
            keys = [
                self.dice.choice(LETTERS if self.dice.random() < 0.7 else SEQUENCES) for _ in range(many)
            ]
            self._type("keys", (keys[0] if one_by_one else "".join(keys)).encode())
            self.read(self.dice.choice([0, 0.01]) if one_by_one else 0)

    def again(self) -> None:
        """Back to what is tested, slowly or all at once."""
        self._type("again", b"\x1b")
        self.read(self.dice.choice([0, 0.3]))
        for piece in self.begin.split():
            self._type("again", piece.encode().decode("unicode_escape").encode())
            self.read(self.dice.choice([0, 0.3]))

    def burst(self) -> None:
        self._type("burst", (self.dice.choice(BURSTS) * self.dice.choice([1, 1, 3])).encode())

    def odd(self) -> None:
        data = self.dice.choice(ODD)
        self._type("odd", data + (b"\x1b[201~" if data == b"\x1b[200~" else b""))

    def paste(self) -> None:
        text = self._text(self.dice.choice([20, 5000, 100_000]))
        self._type("paste", b"\x1b[200~" + text + b"\x1b[201~")

    def flood(self) -> None:
        text = self._text(self.dice.choice([300, 4000, 100_000]))
        self._type("flood", self.dice.choice([b"", b":", b"/", b"x", b"\x10"]) + text)
        self.read(0.3)  # what comes at once belongs to it
        self.read(0.3)

    def _text(self, length: int) -> bytes:
        piece = "".join(self.dice.choices([*LETTERS, "\r"], k=97))
        return (piece * (length // 97 + 1))[:length].encode()

    def resize(self) -> None:
        for _ in range(self.dice.choice([1, 5])):
            usual = [(80, 24), (160, 45), (20, 6), (1, 1), (300, 80), (60, 20), (100, 30)]
            self.size = self.dice.choice([*usual, (self.dice.randint(1, 70), self.dice.randint(1, 30))])
            self._note("size", self.size)
            self._resize()

    def signals(self) -> None:
        numbers = [signal.SIGWINCH, signal.SIGCONT, signal.SIGTSTP]
        # A wrapper would stop at once, and the shell take the terminal before the app has given it back.
        number = self.dice.choice(numbers[: 2 if self.wrapped else 3])
        self._note("signal", number)
        os.killpg(self.pid, number)
        self.read(0.3 * (number == signal.SIGCONT))  # what is typed meanwhile is dropped
        if number == signal.SIGTSTP:
            self._stopped()

    def stop(self) -> None:
        """Ctrl+Z, after which the terminal is the shell's; then `fg`."""
        # What is typed while it takes the terminal again is dropped.
        dropped = self.pace.too_fast or any("signal" in done for done in self.done[-2:])
        self._type("stop", b"\x1a")
        end = time.monotonic() + 5
        while dropped and not self.reported() and time.monotonic() < end:
            self.read(0.1)
        if dropped and not self.reported():
            self._type("stop again", b"\x1a")
        self._stopped()

    def _stopped(self) -> None:
        end = time.monotonic() + 5
        while self.wrapped and not self.reported() and time.monotonic() < end:
            self.read(0.1)
        if self.wrapped and not self.reported() and self._lines_only():
            self.there = False
            return
        self.has_left()
        self.read(0.05)

    # What must hold

    def at_rest(self, raw: str) -> None:
        """The terminal is as a shell wants it."""
        assert raw == "False", "raw mode\n" + self._story()
        left = {
            mode: self.modes[mode] for mode, rest in AT_REST.items() if self.modes.get(mode, rest) != rest
        }
        assert not left, f"modes left {left}\n" + self._story()

    def answers(self) -> None:
        """It answers Esc and Ctrl+C, and another key, at once."""
        self.read(0.5)
        self.notice()
        stops = -1
        while self.there and stops != self.stops:  # what is typed while it stops is dropped
            if self._lines_only():
                return
            stops = self.stops
            for keys in (b"\x1b\x1b\x1b", b"\x03\x1b"):
                self.write(keys)
                self.read(0.15)  # else what follows an Esc would be one key with it
            self._ask_for_help()
            self.write(b"\x1b")
            self.read(0.2)

    def _ask_for_help(self) -> None:
        """Help comes; where more lay over one another than was left, a question may have taken the key."""
        for _ in range(4):
            self.write(b"?")
            display = self._shown(5, "Esc closes", "closes help")
            if not display:
                return
            self.write(b"\x1b")
            self.read(0.2)
        raise AssertionError("no help:\n" + "\n".join(display) + self._story())

    def leave(self, how: bytes | int) -> None:
        """It leaves at once, by a key or a signal, and leaves nothing."""
        self._note("leave", how)
        if isinstance(how, bytes):
            self.write(how)
        else:
            os.kill(self.pid, how)
        word, number, raw = self.report()
        self.read(0.1)
        expected = self.code if isinstance(how, bytes) else str(128 + how)
        assert (word, number) == ("ended", expected), f"{word} {number}, not {expected}\n" + self._story()
        self.at_rest(raw)

    def hang_up(self) -> None:
        """The terminal goes away; the shell, which ignores that, sends no signal to the app."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, self.fd)
        os.close(nowhere)

    def close(self) -> None:
        """End what is left; whether anything was."""
        for pid in (self.pid, self.shell):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        os.waitpid(self.shell, 0)
        for fd in (self.fd, self.commands, self.reports):
            os.close(fd)

    def __enter__(self) -> "Storm":
        return self

    def __exit__(self, *ignored: object) -> None:
        self.close()
