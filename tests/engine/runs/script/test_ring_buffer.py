"""The ring: entries come out as they went in, whatever the other process does meanwhile."""

import random

import pytest

from micrograd_tui.engine.runs.script.ring_buffer import Ring


@pytest.fixture
def ring() -> Ring:
    return Ring.create(1000)


def test_entries_come_out_in_order_and_whole(ring: Ring) -> None:
    chance, kept, at = random.Random(0), [], 0
    for i in range(5000):
        entry = chance.randbytes(chance.randrange(300))
        if ring.put(entry):
            kept.append(entry)
        if i % 3 == 0:
            for taken in ring.take(chance.randrange(5)):
                assert taken == kept[at]
                at += 1

    assert [*kept[:at], *ring.take(1000)] == kept
    assert len(kept) > 1000


def test_a_full_one_takes_nothing_and_harms_nothing(ring: Ring) -> None:
    kept = [b"x" * 90 for _ in range(20) if ring.put(b"x" * 90)]

    assert 0 < len(kept) < 20
    assert ring.take(100) == kept
    assert ring.put(b"y")


def test_another_process_sees_it_by_its_key(ring: Ring) -> None:
    other = Ring.attach(ring.key)
    ring.put(b"hello")
    other.request_stop()

    assert other.take(10) == [b"hello"]
    assert ring.poll_stop()
    assert other.stop_polled


def test_an_entry_that_is_not_all_there_yet_waits(ring: Ring) -> None:
    ring.put(b"hello")
    place = ring._memory.find(b"hello")
    ring._memory[place : place + 5] = b"hel\0\0"
    assert ring.take(10) == []

    ring._memory[place : place + 5] = b"hello"
    assert ring.take(10) == [b"hello"]
