"""The canvas of dots: a line sets every dot between its ends, and none outside of the canvas."""

import pytest

from micrograd_tui.tui.dots import Dots
from micrograd_tui.tui.glyphs import ASCII, UNICODE, Glyphs


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("x", [-1, 0, 3, 4, 9, 10])
def test_an_upright_line_is_the_dots_one_by_one(signs: Glyphs, x: int) -> None:
    line, dots = Dots(5, 3, signs), Dots(5, 3, signs)
    line.line(x, 14, x, -2)
    for y in range(-2, 15):
        dots.dot(x, y)

    assert line.cells == dots.cells


def test_a_line_is_as_many_dots_as_its_longer_side() -> None:
    canvas = Dots(10, 5, UNICODE)
    canvas.line(0, 0, 19, 7)

    assert sum(cell.bit_count() for cell in canvas.cells) == 20
