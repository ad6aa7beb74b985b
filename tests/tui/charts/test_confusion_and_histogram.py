"""Confusion matrices and histograms as text."""

import math

from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine.learning.module_look import Spread
from micrograd_tui.tui.charts.confusion import confusion_lines
from micrograd_tui.tui.charts.histogram import Layer, counts, histogram_lines, window
from micrograd_tui.tui.text.format import cells
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE


def text(line: tuple[tuple[str, str], ...]) -> str:
    return "".join(piece for piece, _ in line)


def test_a_matrix_has_true_classes_down_and_the_share_that_is_right() -> None:
    lines = [text(line) for line in confusion_lines([[9, 1], [0, 5]], ("cat", "dog"), 40, 10, UNICODE)]

    assert lines[0].split() == ["true", "│", "ca", "do", "right"] or "ca" in lines[0]
    assert lines[1].split() == ["cat", "│", "9", "1", "90.0%"]
    assert lines[2].split() == ["dog", "│", ".", "5", "100.0%"]


def test_names_that_begin_alike_are_numbered() -> None:
    lines = confusion_lines([[1, 0], [0, 1]], ("class-one", "class-two"), 30, 10, UNICODE)

    assert text(lines[0]).split()[-3:-1] == ["0", "1"]


def test_hostile_class_names_are_spelled_out() -> None:
    lines = confusion_lines([[1, 0], [0, 1]], ("\x1b[2J", "b"), 40, 10, UNICODE)

    assert "\x1b" not in "".join(map(text, lines))


def test_a_class_without_rows_has_no_share() -> None:
    assert text(confusion_lines([[0, 0], [0, 1]], ("a", "b"), 40, 10, UNICODE)[1]).split()[-1] == "-"


@given(values=st.lists(st.floats(-1, 1), max_size=100), bins=st.integers(1, 40))
def test_every_value_is_counted_once(values: list[float], bins: int) -> None:
    assert sum(counts(values, -1.0, 1.0, bins)) == len(values)


def test_layers_share_a_scale_and_say_their_spread() -> None:
    lines = [
        text(x)
        for x in histogram_lines(
            [Layer("layer[0]", [1.0, -1.0]), Layer("layer[1]", [0.0, 0.0])], 50, 9, UNICODE
        )
    ]

    assert lines[0].split() == ["parameters", "-1", "0", "1", "spread"]
    assert lines[1].startswith("layer[0]")
    assert lines[1].endswith(" 1")
    assert lines[1].count("█") == 2
    assert lines[2].count("█") == 1


@given(width=st.integers(20, 60), reach=st.sampled_from([1.0, 0.01, 5e-7, 0.004]))
def test_the_ends_of_a_scale_never_touch(width: int, reach: float) -> None:
    scale = text(histogram_lines([Layer("layer[0]", [-reach, reach])], width, 9, UNICODE)[0])
    numbers = [float(word) for word in scale.split()[1:-1]]
    end = max(numbers, default=reach)

    assert end >= reach
    assert numbers in ([-end, 0, end], [-end, end], [end], [])


def test_gradients_come_below_once_they_are_known_and_broken_ones_are_counted() -> None:
    lines = [
        text(x) for x in histogram_lines([Layer("layer[0]", [1.0], [math.nan, 0.5])], 50, 9, UNICODE)
    ]

    assert lines[2].startswith("gradients")
    assert "1 nan/inf" in lines[3]


@given(values=st.lists(st.floats(), max_size=30), width=st.integers(0, 60), height=st.integers(0, 8))
def test_any_numbers_in_any_room_give_at_most_so_many_lines(
    values: list[float], width: int, height: int
) -> None:
    lines = histogram_lines([Layer("layer[0]", values, values)], width, height, ASCII)

    assert len(lines) <= height
    assert all(text(line).isascii() for line in lines)
    assert width < 36 or all(cells(text(line)) <= width for line in lines)


def test_a_histogram_that_is_counted_already_is_drawn_on_the_scale_of_all() -> None:
    bars = bytes(255 if i in (0, 47) else 0 for i in range(48))
    wide, narrow = Spread(100, 9.0, 1.0, 2.0, 0, bars), Spread(100, 9.0, 0.5, 1.0, 0, bars)

    found = counts(narrow, -2.0, 2.0, 8)
    lines = [
        text(line) for line in histogram_lines([Layer("a", wide), Layer("b", narrow)], 60, 9, UNICODE)
    ]

    assert [i for i, n in enumerate(found) if n > 0] == [2, 5]
    assert lines[0].split() == ["parameters", "-2", "0", "2", "spread"]
    assert (lines[1].split()[-1], lines[2].split()[-1]) == ("1", "0.5")


def test_of_many_layers_those_around_the_chosen_one_have_lines() -> None:
    assert window(9, 10, 0) == range(4)
    assert window(9, 10, 8) == range(5, 9)
    assert window(3, 40, 1) == range(3)
