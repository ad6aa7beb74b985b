"""The reader: a flood is left out, Esc and Ctrl+C are not; odd bytes end nothing."""

import os
import time
from collections.abc import Sequence
from threading import Event, Thread

import pytest
from textual.events import Key, Paste
from textual.message import Message

from micrograd_tui.tui.terminal.keyboard import MOST_AT_ONCE, MOST_PASTED, Flooded, Gate, Keyboard


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def read(data: bytes) -> list[Message]:
    got: list[Message] = []
    reads, writes = os.pipe()
    ended = Event()
    with os.fdopen(reads), os.fdopen(writes, "wb") as sent:
        sent.write(data)
        sent.close()
        Keyboard(reads, ended, got.append).run()
    return got


def test_a_held_key_is_no_flood() -> None:
    clock = Clock()
    gate = Gate(clock)
    for _ in range(5000):
        clock.now += 1 / 40
        gate.arrived()
        assert gate.let_in("n")


def test_a_flood_is_left_out_until_it_is_over() -> None:
    clock = Clock()
    gate = Gate(clock)
    gate.arrived()
    assert [gate.let_in("n") for _ in range(1000)].count(True) == MOST_AT_ONCE
    assert gate.let_in("escape")
    assert gate.let_in("ctrl+c")
    clock.now += 0.01
    gate.arrived()
    assert not gate.let_in("n")
    gate.quiet()
    assert gate.let_in("q")


def test_a_flood_is_told_once() -> None:
    got = read(b"n" * 20_000)
    assert sum(isinstance(message, Key) for message in got) == MOST_AT_ONCE
    assert sum(isinstance(message, Flooded) for message in got) == 1


def test_a_long_paste_is_left_out() -> None:
    assert [type(m) for m in read(b"\x1b[200~" + b"a" * (MOST_PASTED + 1) + b"\x1b[201~n")] == [
        Flooded,
        Key,
    ]
    assert [type(m) for m in read(b"\x1b[200~" + b"a" * MOST_PASTED + b"\x1b[201~n")] == [Paste, Key]


@pytest.mark.parametrize("odd", [b"\xff\xfe", b"\x1b[99999999999u", b"\x1b[1:2;3u", b"\xe2\x82"])
def test_odd_bytes_end_nothing(odd: bytes) -> None:
    keys = [message.key for message in read(odd * 3 + b"\rn") if isinstance(message, Key)]
    assert keys[-1] == "n"


def read_in_pieces(pieces: Sequence[bytes], pause: float) -> list[Message]:
    """Read what comes with pauses in between."""
    got: list[Message] = []
    reads, writes = os.pipe()
    thread = Thread(target=Keyboard(reads, Event(), got.append).run)
    with os.fdopen(reads):
        with os.fdopen(writes, "wb", buffering=0) as sent:
            thread.start()
            for piece in pieces:
                sent.write(piece)
                time.sleep(pause)
        thread.join()
    return got


@pytest.mark.parametrize("flood", [b"", b"n" * 20_000])
@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_paste_ends_whose_end_comes_in_pieces(cut: int, flood: bytes) -> None:
    """Else all that is typed from then on is taken for pasted, Esc and q too: a storm found it."""
    data = b"\x1b[200~a*b\x1b[201~n"
    at = data.index(b"\x1b[201~") + cut
    got = read_in_pieces([flood + data[:at], data[at:]], 0.15)  # longer than an escape is waited for

    assert [message.text for message in got if isinstance(message, Paste)] == ["a*b"]
    assert [message.key for message in got if isinstance(message, Key)][-1] == "n"


def test_what_begins_and_never_ends_is_no_paste_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_tui.tui.terminal.keyboard.PASTE_LOST", 0.1)
    got = read_in_pieces([b"\x1b[200~a*b", b"", b"q"], 0.2)

    assert [message.key for message in got if isinstance(message, Key)] == ["q"]
    assert sum(isinstance(message, Flooded) for message in got) == 1


def test_a_paste_has_what_looks_like_keys_in_it() -> None:
    got = read(b"\x1b[200~a\x1b[Ab\x03\x1b[200~c\x00\x1b[201~\x1b[200~\x1b[201~n")

    assert [message.text for message in got if isinstance(message, Paste)] == [
        "a\x1b[Ab\x03\x1b[200~c",
        "",
    ]
    assert [message.key for message in got if isinstance(message, Key)] == ["n"]
