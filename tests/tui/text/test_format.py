"""Text from outside, and numbers: inert, at most ten cells wide, and never wrong."""

import math
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from micrograd_tui.tui.text.format import ALL_DIGITS, change, fitted, number, plain

FLOATS = st.floats(allow_nan=False)
TEXTS = st.text(st.characters(), max_size=20)


@given(text=TEXTS)
def test_plain_text_has_no_control_no_escape_and_no_direction(text: str) -> None:
    shown = plain(text)

    assert not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for ch in shown)
    assert plain(shown) == shown


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_leaves_harmless_text_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_what_is_spelled_out_can_be_recognised() -> None:
    assert plain("a\x1b[31m\n\u202e\x9b") == "a\\x1b[31m\\n\\u202e\\x9b"


@given(x=FLOATS)
@example(x=-1.2345e-300)
@example(x=-9.9999e-300)
@example(x=9.99999e-100)
@example(x=-1e300)
@example(x=-5e-324)
@example(x=-99999.5)
@example(x=-0.0)
@example(x=math.inf)
@example(x=-math.inf)
def test_a_number_fits_ten_cells_reads_back_and_shows_its_sign(x: float) -> None:
    for signed in (False, True):
        text = number(x, signed)

        assert len(text) <= 10
        # Four digits, three where the exponent needs the room; the smallest have fewer to begin with.
        assert float(text) == x or math.isclose(float(text), x, rel_tol=5.1e-3, abs_tol=5e-324)
        assert not signed or not x or text[0] == ("+" if x > 0 else "-")


@given(x=st.floats(1e-90, 1e90) | st.floats(-1e90, -1e-90))
def test_an_everyday_number_has_four_digits(x: float) -> None:
    assert math.isclose(float(number(x, signed=True)), x, rel_tol=5.001e-4)


def test_a_short_decimal_is_exact() -> None:
    assert number(1.75 * 1.75) == "3.0625"
    assert number(-0.12345, signed=True) == "-0.12345"
    assert number(1 / 3) == "0.3333"


@given(x=st.floats())
def test_all_digits_read_back_as_the_number_itself(x: float) -> None:
    text = number(x, digits=ALL_DIGITS)

    assert float(text) == x or (math.isnan(x) and text == "nan")


@given(before=FLOATS, after=FLOATS)
@example(before=0.04109, after=math.nextafter(0.04109, 1))
@example(before=1e300, after=math.nextafter(1e300, 0))
@example(before=0.0, after=-0.0)
def test_two_numbers_that_differ_are_shown_to_differ(before: float, after: float) -> None:
    shown = change(before, after, signed=True)

    assert (float(shown[0]) != float(shown[1])) == (before != after)


def test_before_and_after_have_as_many_digits_as_make_them_differ_and_no_more() -> None:
    assert change(0.041091234, 0.041094321) == ("0.041091", "0.041094")
    assert change(1 / 3, 2 / 3) == ("0.3333", "0.6667")
    assert change(None, 2.0) == (".", "2")


def test_what_is_no_number_says_so() -> None:
    assert number(None) == "."
    assert number(math.nan, signed=True) == "nan"
    assert (number(math.inf, signed=True), number(-math.inf)) == ("+inf", "-inf")
    assert number(0.0, signed=True) == "0"


@given(text=TEXTS.map(plain), width=st.integers(0, 30), ellipsis=st.sampled_from(["…", "~"]))
def test_fitted_text_takes_exactly_its_cells(text: str, width: int, ellipsis: str) -> None:
    shown = fitted(text, width, ellipsis)

    assert cell_len(shown) == width
    if cell_len(text) <= width:
        assert shown == text + " " * (width - cell_len(text))
    elif width:
        assert shown.endswith(ellipsis)


@pytest.mark.parametrize("digits", [4, 17])
def test_minus_0_is_0(digits: int) -> None:
    assert number(-0.0, digits=digits) == number(-0.0, signed=True, digits=digits) == "0"
