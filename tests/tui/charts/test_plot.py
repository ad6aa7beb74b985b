"""The plot as text: axes, spikes, signs, and nothing but ASCII where only that can be shown."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.tui.charts.axes import axis_label, linear, logarithmic, step_axis, step_label
from micrograd_tui.tui.charts.plot import (
    MARGIN,
    Curve,
    Mark,
    View,
    plot_lines,
    scatter_lines,
    spans_decades,
    value_axis,
)
from micrograd_tui.tui.charts.series import Series, Window
from micrograd_tui.tui.text.format import cells
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE, Glyphs


def curve(values: list[float], width: int, sign: str = "", name: str = "training") -> Curve:
    series = Series()
    for step, value in enumerate(values):
        series.add(step, value)
    window = Window(0, len(values) - 1, width - MARGIN)
    return Curve(name, series.buckets(window), sign, broken=series.broken)


def drawn(
    values: list[float], signs: Glyphs = UNICODE, width: int = 48, height: int = 12, **view: Any
) -> list[str]:
    look = View(0, len(values) - 1, **view)
    lines = plot_lines([curve(values, width)], look, width, height, signs)
    return ["".join(text for text, _ in line) for line in lines]


FALLING = [1 / (1 + i / 10) for i in range(200)]


def test_the_axes_are_marked_at_round_numbers() -> None:
    lines = drawn(FALLING)

    assert [line[:8] for line in lines if line[7] == "┤"] == ["      1┤", "    0.5┤", "      0┤"]
    assert lines[-1].split() == ["0", "100"] or lines[-1].split()[:2] == ["0", "50"]
    assert "training" in lines[0]


def test_the_curve_falls_from_the_top_left_to_the_bottom() -> None:
    lines = drawn(FALLING)
    heights = [min(y for y, line in enumerate(lines[1:-2]) if line[x] != " ") for x in range(8, 46)]

    assert heights == sorted(heights)
    assert heights[0] == 0


def test_a_spike_of_one_step_among_ten_thousand_reaches_the_top() -> None:
    values = [0.1] * 10_000
    values[4321] = 4.0

    assert any(ch not in " o" for ch in drawn(values)[1][8:])


def test_a_spike_of_another_run_reaches_the_top_too() -> None:
    values = [0.1] * 10_000
    values[4321] = 4.0
    other = curve(values, 48, "a", "other")
    lines = plot_lines([curve([0.1] * 10_000, 48), other], View(0, 9_999), 48, 12, UNICODE)

    assert "a" in "".join(text for text, _ in lines[1])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_marked_at_its_step(bad: float) -> None:
    values = [*FALLING[:100], bad, *FALLING[100:]]
    top = drawn(values, width=100)[1]

    assert top.count("!") == 1
    assert 50 <= top.index("!") <= 58


def test_nothing_but_broken_numbers_is_still_a_plot() -> None:
    assert "!" in "".join(drawn([math.nan] * 5))
    assert "!" in "".join(drawn([math.nan] * 5, log=True))


def test_a_logarithmic_axis_has_decades_and_takes_zeros() -> None:
    lines = drawn([10.0 ** -(i // 50) for i in range(200)] + [0.0], log=True)
    labels = [line[:7].strip() for line in lines if line[7] == "┤"]

    assert labels == ["1", "0.1", "0.01", "0.001"]


def test_runs_differ_by_sign_not_by_colour_alone() -> None:
    curves = [
        curve(FALLING, 60),
        curve([x / 2 for x in FALLING], 60, "a", "run-a"),
        curve([0.9] * 200, 60, "b", "run-b"),
    ]
    lines = plot_lines(curves, View(0, 199), 60, 14, UNICODE)
    text = ["".join(piece for piece, _ in line) for line in lines]

    assert "a run-a" in text[0]
    assert "b run-b" in text[0]
    assert sum(line.count("a") for line in text[1:]) > 10
    assert sum(line.count("b") for line in text[1:]) > 10


def test_the_cursor_is_a_line_that_covers_nothing() -> None:
    without = [line.ljust(48) for line in drawn(FALLING)]
    with_it = [line.ljust(48) for line in drawn(FALLING, cursor=100)]
    column = 8 + round(100 / 199 * 39)

    assert sum(line[column] == "┊" for line in with_it) >= 7
    for a, b in zip(without, with_it, strict=True):
        assert a == b or a[column] == " "


def test_smoothing_keeps_the_band_of_what_was_logged() -> None:
    noisy = [0.5 + (0.5 if i % 2 else -0.5) for i in range(400)]
    lines = drawn(noisy, smoothing=0.9)

    assert all(any(ch != " " for ch in line[8:]) for line in lines[1:-2])


@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=60),
    width=st.integers(0, 60),
    height=st.integers(0, 20),
    log=st.booleans(),
    signs=st.sampled_from([UNICODE, ASCII]),
)
def test_any_numbers_in_any_room_give_lines_that_fit(
    values: list[float], width: int, height: int, log: bool, signs: Glyphs
) -> None:
    lines = plot_lines(
        [curve(values, max(width, MARGIN + 1))], View(0, len(values) - 1, log), width, height, signs
    )

    assert len(lines) == height
    for line in lines:
        text = "".join(piece for piece, _ in line)
        assert cells(text) <= max(width, 0)
        assert signs is UNICODE or text.isascii()


def test_limits_move_seldom() -> None:
    axes = {linear(0.0, 1.0 - i / 1000, 4) for i in range(150)}

    assert len(axes) == 1


@given(low=st.floats(1e-12, 1e12), ratio=st.floats(1, 1e9), count=st.integers(1, 6))
def test_a_logarithmic_axis_holds_its_numbers(low: float, ratio: float, count: int) -> None:
    axis = logarithmic(low, low * ratio, count)

    assert axis.low <= low * (1 + 1e-6)
    assert axis.high >= low * ratio * (1 - 1e-6)
    assert all(axis.low <= tick <= axis.high * (1 + 1e-9) for tick in axis.ticks)


@given(low=st.floats(-1e9, 1e9), span=st.floats(0, 1e9), count=st.integers(1, 6))
def test_a_linear_axis_holds_its_numbers(low: float, span: float, count: int) -> None:
    axis = linear(low, low + span, count)
    slack = 1e-6 * max(abs(low), span, 1)

    assert axis.low <= low + slack
    assert axis.high >= low + span - slack
    assert 2 <= len(axis.ticks) <= 2 * count + 3


def test_labels_are_short() -> None:
    assert [step_label(x) for x in (0, 999, 1000, 1500, 2_000_000)] == ["0", "999", "1k", "1.5k", "2M"]
    assert [axis_label(x, (0.0, 1e6)) for x in (0.0, 5e5)] == ["0", "5e5"]
    assert all(len(step_label(tick)) <= 7 for tick in step_axis(0, 123_456, 60).ticks)


def test_a_fit_is_a_curve_through_its_points() -> None:
    points = [(x / 10, math.sin(x / 10), "o", "") for x in range(0, 60, 5)]
    lines = scatter_lines(points, [(x / 20, math.sin(x / 20)) for x in range(120)], 50, 14, UNICODE)
    text = "".join(piece for line in lines for piece, _ in line)

    assert text.count("o") == 12
    assert sum(0x2800 < ord(ch) <= 0x28FF for ch in text) > 30


# The curve, its band, its marks


def test_the_band_is_continuous_and_named() -> None:
    noisy = [0.5 + (0.3 if i % 2 else -0.3) for i in range(4000)]
    view = View(0, 3999, ground=True)
    lines = plot_lines([curve(noisy, 72)], view, 72, 24, UNICODE)
    middle = lines[12]
    ground = sum(len(text) for text, style in middle if "ground" in style)

    assert ground == 72 - MARGIN
    assert "min to max" in "".join(text for text, _ in lines[0])


def test_where_there_are_no_colours_the_band_is_shaded() -> None:
    noisy = [0.5 + (0.3 if i % 2 else -0.3) for i in range(4000)]

    assert any(line.count("░") > 30 for line in drawn(noisy))
    assert any(line.count(".") > 30 for line in drawn(noisy, ASCII)[1:])


def test_something_that_happened_is_marked_on_the_curve_at_its_step() -> None:
    view = View(0, 199, marks=(Mark(100, "negative"), Mark(5000, "negative")))
    lines = plot_lines([curve(FALLING, 48)], view, 48, 12, UNICODE)
    marked = [(y, x) for y, line in enumerate(lines[1:]) for x, style in cells_of(line) if style == "◆"]

    assert len(marked) == 1
    assert marked[0][1] == MARGIN + round(100 / 199 * 39)


def cells_of(line: tuple[tuple[str, str], ...]) -> list[tuple[int, str]]:
    return list(enumerate("".join(text for text, _ in line)))


def test_a_range_of_more_than_a_factor_of_a_hundred_is_of_decades() -> None:
    falls = [10.0 ** (-i / 60) for i in range(200)]

    assert spans_decades([curve(falls, 48)], 100)
    assert not spans_decades([curve(FALLING, 48)], 100)
    assert not spans_decades([curve([-1.0, 500.0, 1.0], 48)], 100)
    assert not spans_decades([], 100)


def test_another_run_that_blew_up_does_not_flatten_the_first_curve() -> None:
    other = curve([10.0**i for i in range(200)], 60, "a", "other")
    axis = value_axis([curve(FALLING, 60), other], View(0, 199), 20)

    assert axis.high <= 100


def test_a_logarithmic_axis_is_not_stretched_by_a_lucky_mini_batch() -> None:
    values = [0.5 if i % 100 else 1e-12 for i in range(20_000)]
    axis = value_axis([curve(values, 60)], View(0, 19_999, log=True), 20)

    assert axis.low >= 1e-3


def test_the_legend_has_the_numbers_of_ten_runs() -> None:
    curves = [replace(curve(FALLING, 90), note="0.05")]
    curves += [replace(curve(FALLING, 90, sign, f"run-{sign}"), note="0.125") for sign in "abcdefghij"]
    lines = plot_lines(curves, View(0, 199), 90, 24, UNICODE)
    legend = "".join(text for line in lines[:8] for text, _ in line)

    assert all(f"{sign} run-{sign} 0.125" in legend for sign in "abcdefghij")


def test_a_legend_that_is_too_long_says_how_many_are_left_out() -> None:
    curves = [replace(curve(FALLING, 40, sign, f"run-{sign}"), note="0.125") for sign in "abcdefghij"]
    lines = plot_lines(curves, View(0, 199), 40, 9, UNICODE)

    assert "+" in "".join(text for line in lines[:3] for text, _ in line)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (123456.0, 124056.0, ["123400", "123600", "123800", "124000", "124200"]),
        (1.7e9, 1.7e9 + 29, ["1.7e9", "+10", "+20", "+30"]),
        (2e7, 2e7 + 4, ["2e7", "+1", "+2", "+3", "+4"]),
        (0.0, 4e6, ["0", "1e6", "2e6", "3e6", "4e6"]),
        (0.0, 2.5, ["0", "1", "2", "3"]),
        (-3e-5, 1e-5, ["-3e-5", "-2e-5", "-1e-5", "0", "1e-5"]),
        (-0.00125, 0.0, ["-0.0015", "-0.001", "-5e-4", "0"]),
        (-1.0052e10, -1.0050e10, ["-1e10", "+5e5", "+1e6", "+1.5e6", "+2e6"]),
    ],
)
def test_ticks_that_differ_are_written_differently(low: float, high: float, labels: list[str]) -> None:
    ticks = linear(low, high, 4).ticks

    assert [axis_label(tick, ticks) for tick in ticks] == labels


@given(low=st.floats(-1e12, 1e12), span=st.floats(1e-6, 1e12), count=st.integers(1, 9))
def test_no_two_ticks_have_one_label_and_each_has_room(low: float, span: float, count: int) -> None:
    ticks = linear(low, low + span, count).ticks
    labels = [axis_label(tick, ticks) for tick in ticks]

    assert len(set(labels)) == len(set(ticks))
    assert all(0 < len(label) < MARGIN for label in labels)
