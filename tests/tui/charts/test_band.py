"""The band between least and greatest: filled without gaps, in eighths of a cell."""

from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.tui.charts.band import EIGHTHS, Band, filled

SPANS = st.lists(st.tuples(st.floats(0, 6), st.floats(0, 6)), min_size=1, max_size=12)


def band_of(columns: list[int], spans: list[tuple[float, float]], width: int = 12) -> Band:
    band = Band(width, 6)
    band.fill(columns, [min(span) for span in spans], [max(span) for span in spans])
    return band


def column(band: Band, x: int) -> list[int]:
    return [filled(band.row(y)[x]) for y in range(band.height)]


def test_a_column_is_filled_from_top_to_bottom_in_eighths() -> None:
    assert column(band_of([0], [(1.25, 4.5)]), 0) == [0, 6, 8, 8, 4, 0]


def test_columns_between_two_are_filled_too() -> None:
    band = band_of([0, 4], [(1, 3), (1, 3)])

    assert [column(band, x) for x in range(5)] == [[0, 8, 8, 0, 0, 0]] * 5


def test_a_spike_keeps_its_height_whatever_is_beside_it() -> None:
    assert column(band_of([0, 1, 2], [(4, 5), (0, 5), (4, 5)]), 1)[0] == EIGHTHS


def test_what_is_no_higher_than_the_line_itself_is_no_band() -> None:
    assert not any(band_of([0], [(2, 2.3)]).levels)


@given(spans=SPANS)
def test_no_column_of_the_band_has_a_hole(spans: list[tuple[float, float]]) -> None:
    band = band_of(list(range(len(spans))), spans)

    for x in range(len(spans)):
        inside = "".join("x" if level else " " for level in column(band, x)).strip()
        assert " " not in inside
        assert all(level <= EIGHTHS for level in column(band, x))
