"""Attention as text: numbers and shades, query by key, what does not fit left out and never cut."""

import math

import pytest

from micrograd_tui.tui.charts.attention import Head, Spot, attention_lines, shown_count
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE

HEAD = Head("layer[0]/head[0]", ["begin", "a", "b"], [[1.0], [0.5, 0.5], [0.0, 0.07, 0.93]])


def text(
    *heads: Head, signed: bool = False, width: int = 40, height: int = 20, glyphs=UNICODE
) -> list[str]:
    lines = attention_lines(heads, signed, width, height, glyphs, Spot(1, 0))
    return ["".join(piece for piece, _ in line).rstrip() for line in lines]


def test_a_row_is_a_query_and_a_column_a_key_with_number_and_shade() -> None:
    assert text(HEAD) == [
        "layer[0]/head[0]",
        "      beg   a   b",
        "begin█1.0",
        "a    ▒.50▒.50",
        "b     .00 .07█.93",
    ] or text(HEAD) == [
        "layer[0]/head[0]",
        "       beg   a   b",
        "begin █1.0",
        "a     ▒.50▒.50",
        "b      .00 .07█.93",
    ]


def test_gradients_have_signs_and_are_shaded_as_parts_of_the_largest() -> None:
    head = Head("h", ["a", "b"], [[0.0], [-0.002, 0.004]])

    *_, last = text(head, signed=True)

    assert "-2e-3" in last
    assert "█+4e-3" in last


def test_the_row_and_the_cell_looked_at_are_lit() -> None:
    lines = attention_lines([HEAD], False, 40, 20, UNICODE, Spot(2, 1))

    lit = [(y, piece) for y, line in enumerate(lines) for piece, style in line if "lit" in style]

    assert [piece.strip() for _, piece in lit] == ["layer[0]/head[0]", "b", ".07"]
    assert {y for y, _ in lit[1:]} == {4}


@pytest.mark.parametrize("width", range(1, 90, 7))
@pytest.mark.parametrize("height", [1, 3, 8, 30])
@pytest.mark.parametrize("signed", [False, True])
def test_nothing_is_wider_or_higher_than_the_pane(width: int, height: int, signed: bool) -> None:
    letters = ["begin", *"abcdefghijklmno"]
    rows = [[(-1) ** k * 10.0 ** (k - q) for k in range(q + 1)] for q in range(16)]
    heads = [Head(f"layer[0]/head[{i}]", letters, rows) for i in range(4)]

    lines = text(*heads, signed=signed, width=width, height=height)

    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert 1 <= shown_count(heads[0], 4, signed, width, height) <= 4


def test_where_numbers_do_not_fit_shades_stay() -> None:
    letters, rows = list("abcdefghijklmnop"), [[1 / (q + 1)] * (q + 1) for q in range(16)]

    lines = text(Head("h", letters, rows), width=20)

    assert lines[2] == "a █"
    assert "." not in "".join(lines)


def test_the_rows_shown_are_those_around_the_one_looked_at() -> None:
    letters, rows = list("abcdefghij"), [[1.0] * (q + 1) for q in range(10)]

    lines = attention_lines([Head("h", letters, rows)], False, 60, 5, UNICODE, Spot(8))

    assert [line[0][0].strip() for line in lines[2:]] == ["h", "i", "j"]


def test_numbers_not_computed_yet_and_those_that_are_none_say_so() -> None:
    *_, last = text(Head("h", ["a", "b"], [[1.0], [None, math.nan]]))

    assert last.split() == ["b", "!nan"]
    assert "█" not in "".join(text(HEAD, glyphs=ASCII))
