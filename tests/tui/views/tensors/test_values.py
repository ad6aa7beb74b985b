"""Numbers of a tensor as text: aligned, told apart, marked where they are not finite."""

import math
import random
import struct
from collections.abc import Iterable

import pytest

from micrograd_tui.engine.recording.tensor import Number
from micrograd_tui.engine.recording.tensor_slice import parse_index
from micrograd_tui.engine.recording.tensor_values import Budget
from micrograd_tui.tui.charts.heat import heat_lines, legend
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE
from micrograd_tui.tui.text.lines import Line
from micrograd_tui.tui.views.tensors.cells import cell, cell_width, exact
from micrograd_tui.tui.views.tensors.tensor_choices import kept_sentence
from micrograd_tui.tui.views.tensors.values import Shown, layout, values_lines

CELLS: list[tuple[Number, str, str]] = [
    (0.0, "float32", "0"),
    (-0.0, "float32", "-0"),
    (0.125, "float32", "0.125000"),
    (-99.123456, "float32", "-99.123456"),
    (1234.5, "float32", "1234.500"),
    (-1.234e-5, "float32", "-1.234e-05"),
    (3.4e38, "float32", "3.400e+38"),
    (-1.5e-300, "float64", "-1.50e-300"),
    (math.nan, "float32", "!nan"),
    (math.inf, "float32", "!inf"),
    (-math.inf, "float32", "!-inf"),
    (1 + 2j, "complex64", "1.000000+2.000000i"),
    (complex(0, -math.inf), "complex64", "!0-infi"),
    (True, "bool", "True"),
    (0, "bool", "False"),
    (123456, "int64", "123456"),
    (-(2**62), "int64", "-4.612e+18"),
]


def text(lines: Iterable[Line]) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in lines]


@pytest.mark.parametrize(("number", "dtype", "wanted"), CELLS)
def test_a_number_fits_its_cell(number: Number, dtype: str, wanted: str) -> None:
    assert cell(number, dtype)[0] == wanted
    assert len(wanted) <= cell_width(dtype, False) + 1


def test_every_digit_tells_any_two_numbers_of_a_dtype_apart() -> None:
    rng = random.Random(0)
    for packed, dtype in (("f", "float32"), ("e", "float16"), ("d", "float64"), ("f", "bfloat16")):
        for _ in range(300):
            size = {"f": 4, "e": 2, "d": 8}[packed]
            (x,) = struct.unpack(packed, rng.randbytes(size))
            if math.isfinite(x):
                shown = exact(x, dtype)
                assert struct.pack(packed, float(shown)) == struct.pack(packed, x)
                assert len(shown) <= cell_width(dtype, True)


def lines_of(
    index: str, shape: tuple[int, ...], width: int = 60, said: str = "", **more: Number
) -> list[str]:
    pick = parse_index(index, shape)
    lay = layout(pick, "float32", False, width, 12)
    numbers: dict[tuple[int, int], Number] = {
        (row, column): float(10 * row + column)
        for row in range(min(lay.grid.rows, 9))
        for column in range(lay.grid.columns)
        if not said
    }
    numbers |= {(0, 1): more["odd"]} if "odd" in more else {}
    at = (0,) * len(pick.shape)
    shown = Shown("gradient that arrived", "1 of 2", pick, "float32", "again", 0, 0, at, numbers, said)
    return text(values_lines(shown, lay, width, UNICODE))


def test_it_says_what_it_is_which_part_and_how_it_was_had() -> None:
    lines = lines_of("[3, 2:8:2, :]", (4, 9, 5))

    assert lines[0] == " gradient that arrived  4x9x5 float32  1 of 2"
    assert lines[1] == " [3, 2, 0] = 0  slice [3, 2:8:2, :]: 3x5  computed again"
    assert lines[2].split() == ["0", "1", "2", "3", "4"]
    assert [line.split()[0] for line in lines[3:]] == ["2", "4", "6"]
    assert [line.split()[0] for line in lines_of("", (2, 2, 5))[3:]] == ["0,0", "0,1", "1,0", "1,1"]


def test_a_vector_is_wrapped_and_a_scalar_stands_alone() -> None:
    vector = lines_of("", (12,))
    assert vector[2].split() == ["+0", "+1", "+2", "+3", "+4"]
    assert [line.split()[0] for line in vector[3:]] == ["0", "5", "10"]
    scalar = lines_of("", ())
    assert scalar[3].split() == ["0"]
    assert "no elements" in lines_of("", (0, 4))[3]


def test_decimals_stand_below_one_another_and_a_nan_has_a_sign() -> None:
    lines = lines_of("", (6, 3), odd=math.nan)

    assert len({len(line) for line in lines[4:]}) == 1
    assert "!nan" in lines[3]
    assert len(lines[3]) == len(lines[4])


def test_what_there_is_to_say_stands_in_the_place_of_numbers_that_are_missing() -> None:
    assert "the process is gone" in lines_of("", (6, 3), said="the process is gone")[4]


@pytest.mark.parametrize("width", [8, 20, 40, 200])
def test_no_line_is_wider_than_the_pane(width: int) -> None:
    for shape in ((6, 3), (65_536, 1_024), (2, 3, 4, 5, 6), (9,), ()):
        assert max(map(len, lines_of("", shape, width))) <= width


def test_the_sentence_says_how_much_is_kept_and_what_becomes_of_the_rest() -> None:
    assert kept_sentence(Budget(640_000_000, 212_000_000, 9)) == (
        "kept 212 of 640 MB; the rest is computed again when looked at"
    )
    assert "kept all 212 MB of gradients (at most 640)" in kept_sentence(Budget(640_000_000, 212_000_000))
    assert "only summaries are left" in kept_sentence(Budget(640_000_000, 212_000_000, 9, live=True))
    assert kept_sentence(Budget(0, 0, 9)).startswith("kept 0 of 0 MB; the rest is computed again")


def test_a_heat_map_is_darker_where_numbers_are_larger_and_marks_what_is_not_finite() -> None:
    means = ((0.0, 0.1, 1.0), (2.1, 3.2, 4.0), (math.nan, math.inf, 0.0))

    assert text(heat_lines(means, UNICODE)) == [" ░░", "▓██", "!! "]
    assert text(heat_lines(means, ASCII)) == [" ..", "*##", "!! "]
    assert legend(means, ASCII) == ". to 1, : 2, * 3, # 4; blank 0; ! not finite"
    assert legend(((0.0,),), UNICODE) == "all zero"
    assert text(heat_lines(((1e-300, 0.0),), UNICODE)) == ["█ "]
