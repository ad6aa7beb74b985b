"""Series and buckets: nothing that was logged vanishes on the way to the screen."""

import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.tui.charts.series import Series, Window, smoothed

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200)


def series_of(values: list[float]) -> Series:
    series = Series()
    for step, value in enumerate(values):
        series.add(step, value)
    return series


@given(values=NUMBERS, count=st.integers(1, 50))
def test_the_least_and_the_greatest_are_in_the_buckets(values: list[float], count: int) -> None:
    found = series_of(values).buckets(Window(0, len(values) - 1 or 1, count))

    assert min(bucket.low for bucket in found) == min(values)
    assert max(bucket.high for bucket in found) == max(values)
    assert len(found) <= count


@given(values=NUMBERS, cut=st.integers(0, 200), count=st.integers(1, 50))
def test_buckets_that_grew_are_those_made_at_once(values: list[float], cut: int, count: int) -> None:
    window = Window(0, max(1, len(values) - 1), count)
    grown = series_of(values[:cut])
    grown.buckets(window)
    for step, value in enumerate(values[cut:], len(values[:cut])):
        grown.add(step, value)

    assert grown.buckets(window) == series_of(values).buckets(window)


AMISS = st.one_of(st.floats(-1e6, 1e6), st.floats())  # infinities, nan, and what is too large for sums


@given(pieces=st.lists(st.tuples(st.integers(-3, 3), st.lists(AMISS, max_size=5)), max_size=6))
def test_many_at_once_are_those_added_one_by_one(pieces: list[tuple[int, list[float]]]) -> None:
    one_by_one, at_once, start = Series(), Series(), 0
    for shift, values in pieces:
        start = max(0, start + shift)
        steps = range(start, start + len(values))
        for step, value in zip(steps, values, strict=True):
            one_by_one.add(step, value)
        at_once.extend(array("q", steps), array("d", values))
        start += len(values)

    for series in (one_by_one, at_once):
        assert series.steps == one_by_one.steps
        assert series.means == series.lows == series.highs == one_by_one.means
        assert series.broken == one_by_one.broken
        assert (series.best(), series.best(greatest=True)) == (one_by_one.best(), one_by_one.best(True))


@given(first=st.integers(-5, 100), size=st.integers(1, 300), count=st.integers(1, 80))
def test_a_step_lies_in_the_bucket_that_starts_at_or_before_it(first: int, size: int, count: int) -> None:
    window = Window(first, first + size, count)

    for step in range(first, first + size + 1):
        bucket = window.bucket(step)
        assert 0 <= bucket < count
        assert window.start(bucket) <= step < window.start(bucket + 1)


def test_a_value_that_is_no_finite_number_is_noted_by_its_step() -> None:
    series = series_of([1.0, math.nan, math.inf, 2.0])

    assert list(series.broken) == [1, 2]
    assert series.broken_in(Window(0, 3, 4)) == [1, 2]
    assert math.isnan(series.at(1) or 0.0)
    assert series.at(2) == math.inf
    assert (series.at(0), series.at(3), series.at(99)) == (1.0, 2.0, 2.0)


def test_a_step_that_comes_again_is_not_counted_twice() -> None:
    series = series_of([1.0, 2.0])
    series.add(1, 2.0)

    assert len(series) == 2


def test_a_row_that_stands_for_many_steps_keeps_its_own_extremes() -> None:
    series = Series()
    series.add(0, 1.0, low=-5.0, high=9.0)

    assert series.buckets(Window(0, 10, 2))[0][1:] == (-5.0, 1.0, 9.0)
    assert series.best() == (-5.0, 0)
    assert series.best(greatest=True) == (9.0, 0)


def test_smoothing_by_nothing_changes_nothing_and_a_constant_stays() -> None:
    assert smoothed([1.0, 5.0, 2.0], 0.0) == [1.0, 5.0, 2.0]
    assert smoothed([3.0] * 5, 0.9) == [3.0] * 5 or max(smoothed([3.0] * 5, 0.9)) < 3.0000001
