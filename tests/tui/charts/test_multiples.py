"""Small multiples: how many plots have room, and that they stand side by side."""

from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.tui.charts.multiples import LEAST_HEIGHT, LEAST_WIDTH, grid, side_by_side


def test_as_many_are_shown_as_have_room_in_as_few_columns_as_that_takes() -> None:
    assert grid(9, 63, 30) == (2, 5)
    assert grid(2, 63, 30) == (1, 2)
    assert grid(12, 31, 12) == (1, 2)


@given(count=st.integers(0, 40), width=st.integers(0, 200), height=st.integers(0, 80))
def test_no_plot_is_smaller_than_can_be_read(count: int, width: int, height: int) -> None:
    across, down = grid(count, width, height)

    assert across == 1 or width // across >= LEAST_WIDTH
    assert down == 1 or height // down >= LEAST_HEIGHT


def test_plots_of_a_row_share_its_lines() -> None:
    lines = side_by_side([[(("a", ""),)] * 2, [(("b", ""),)] * 2, [(("c", ""),)] * 2], 2, 3)

    assert ["".join(text for text, _ in line) for line in lines] == [
        "a   b   ",
        "a   b   ",
        "c   ",
        "c   ",
    ]
