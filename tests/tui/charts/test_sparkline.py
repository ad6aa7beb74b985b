"""The sparkline: the last values as bars, what is no finite number marked."""

import math

from micrograd_tui.tui.charts.sparkline import sparkline
from micrograd_tui.tui.text.glyphs import ASCII


def test_the_least_and_the_greatest_value_have_the_lowest_and_the_highest_bar() -> None:
    bars = sparkline([3.0, 1.0, 2.0], 10, ASCII.bars)

    assert len(bars) == 3
    assert (bars[0], bars[1]) == (ASCII.bars[-1], ASCII.bars[0])


def test_only_the_last_values_that_fit_are_shown() -> None:
    assert len(sparkline([float(x) for x in range(100)], 7, ASCII.bars)) == 7
    assert sparkline([1.0, 2.0], 0, ASCII.bars) == ""


def test_what_is_not_finite_is_marked() -> None:
    assert sparkline([1.0, math.nan, 2.0, math.inf], 9, ASCII.bars)[1::2] == "!!"
    assert sparkline([math.nan, math.nan], 9, ASCII.bars) == ""
