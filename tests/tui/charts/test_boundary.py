"""The decision boundary as cells: classes distinguished by shape, and by colour where there is any."""

from micrograd_tui.engine.learning.predict_batch import Field
from micrograd_tui.tui.charts.boundary import class_sign, coloured_lines, shaded_lines
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE

# Two columns of class 0, two of class 1, surer away from the middle.
ROW = [0, 0, 1, 1]
SURE = [0.9, 0.1, 0.1, 0.9]


def field(lines: int) -> Field:
    return Field(4, lines, ROW * lines, SURE * lines)


def test_a_cell_shows_two_squares_one_above_the_other() -> None:
    above_and_below = Field(1, 2, [0, 1], [1.0, 1.0])

    assert coloured_lines(above_and_below, {}, UNICODE) == [(("▀", "over0-2 under1-2"),)]


def test_a_cell_of_one_colour_is_a_blank() -> None:
    (line,) = coloured_lines(field(2), {}, UNICODE)

    assert [text for text, _ in line] == [" ", " ", " ", " "]
    assert [style for _, style in line] == ["under0-2", "under0-0", "under1-0", "under1-2"]


def test_a_point_keeps_its_sign_on_the_colour() -> None:
    (line,) = coloured_lines(field(2), {(0, 0): 0, (3, 0): 1}, UNICODE)

    assert (line[0][0], line[-1][0]) == ("o", "x")


def test_shades_tell_two_classes_and_two_grades_of_each() -> None:
    for signs in (UNICODE, ASCII):
        (line,) = shaded_lines(field(1), {}, signs)
        text = "".join(piece for piece, _ in line)

        assert len(set(text)) == 4
        assert text[0] == " "


def test_three_classes_have_a_shade_each() -> None:
    (line,) = shaded_lines(Field(3, 1, [0, 1, 2], [1.0] * 3), {}, ASCII)

    assert len(set("".join(piece for piece, _ in line))) == 3


def test_the_classes_have_signs_of_their_own() -> None:
    assert len({class_sign(i) for i in range(10)}) == 10
    assert all(class_sign(i).isascii() for i in range(30))
