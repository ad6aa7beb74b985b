"""The canvas of dots: a line sets every dot between its ends, and none outside of the canvas."""

import pytest

from micrograd_tui.tui.charts.braille import Dots
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE, Glyphs


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("x", [-1, 0, 3, 4, 9, 10])
def test_an_upright_line_is_the_dots_one_by_one(signs: Glyphs, x: int) -> None:
    line, dots = Dots(5, 3, signs), Dots(5, 3, signs)
    line.line(x, 14, x, -2)
    for y in range(-2, 15):
        dots.dot(x, y)

    assert line.cells == dots.cells


@pytest.mark.parametrize("end", [(19, 7), (7, 19), (0, 19), (19, 0), (6, 7), (1, 19), (2, 3)])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_line_is_as_many_dots_as_its_longer_side(end: tuple[int, int], backwards: bool) -> None:
    canvas = Dots(10, 5, UNICODE)
    canvas.line(*((*end, 0, 0) if backwards else (0, 0, *end)))
    ends = Dots(10, 5, UNICODE)
    ends.dot(0, 0)
    ends.dot(*end)

    assert sum(cell.bit_count() for cell in canvas.cells) == max(end) + 1
    assert all(cell & own == own for cell, own in zip(canvas.cells, ends.cells, strict=True))
