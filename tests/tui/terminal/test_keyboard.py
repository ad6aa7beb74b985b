"""The reader: a flood is left out, Esc and Ctrl+C are not; odd bytes end nothing."""

import os
from threading import Event

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
