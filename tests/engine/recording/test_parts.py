"""The index of the log's writes: bulk and few, it finds what a walk through the log finds."""

from array import array
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from micrograd_tui.engine.recording.parts import FewWrites, Part, Parts, index_new

CELLS = 48  # of these, up to 3 writes are few


def indexed(pieces: list[list[int]]) -> tuple[Parts, array]:
    parts: Parts = []
    log = array("I")
    for piece in pieces:
        log.extend(piece)
        index_new(parts, log, CELLS)
    return parts, log


@given(
    pieces=st.lists(
        st.lists(st.integers(0, CELLS - 1), max_size=3) | st.lists(st.integers(0, 9), max_size=40),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=100)
def test_every_write_is_found_however_it_was_appended(pieces: list[list[int]]) -> None:
    parts, log = indexed(pieces)

    for cell in range(12):
        history = [write for part in parts for write in part.history(cell)]
        assert history == [write for write, other in enumerate(log) if other == cell]
    for part in parts:
        for write in range(part.first, part.end + 1):
            for cell in range(12):
                before = [w for w in range(write) if log[w] == cell]
                assert part.last_before(cell, write) == (before[-1] if before else -1)


def test_parts_follow_one_another_and_edits_share_one() -> None:
    parts, log = indexed([[*range(CELLS)], [1, 2], [3], [2, 2], [*range(CELLS)], [7]])

    assert [type(part) for part in parts] == [Part, FewWrites, Part, FewWrites]
    assert [part.first for part in parts] == [0, *accumulate((CELLS, 5, CELLS))]
    assert parts[-1].end == len(log)
    assert list(parts[1].history(2)) == [CELLS + 1, CELLS + 3, CELLS + 4]
    assert list(parts[1].history(2, CELLS + 2, CELLS + 4)) == [CELLS + 3]


@pytest.mark.parametrize("count", [1, 300])
def test_what_an_edit_adds_to_a_large_index_is_small(count: int) -> None:
    parts, _ = indexed([[*range(CELLS)], *([[5]] * count)])

    assert len(parts) == 2
    assert len(parts[1].history(5)) == count
