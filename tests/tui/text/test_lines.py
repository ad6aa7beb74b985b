"""Lines of styled text: joining, restyling and cutting their pieces."""

from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.tui.text.format import cells
from micrograd_tui.tui.text.lines import cut, merged, restyled, sign_style

LINE = (("grad ", "dim"), ("-3.5", "negative"))


def test_neighbours_of_one_style_are_joined() -> None:
    assert merged([("a", "dim"), ("b", "dim"), ("c", ""), ("d", "dim")]) == (
        ("ab", "dim"),
        ("c", ""),
        ("d", "dim"),
    )


def test_a_style_on_top_comes_last_in_every_piece() -> None:
    assert restyled(LINE, "selected") == (("grad ", "dim selected"), ("-3.5", "negative selected"))
    assert restyled(LINE, "") == LINE


@given(width=st.integers(0, 40), texts=st.lists(st.text("ab漢 ", max_size=6), max_size=6))
def test_a_line_is_cut_to_the_width(width: int, texts: list[str]) -> None:
    line = tuple((text, "") for text in texts)
    text = "".join(text for text, _ in cut(line, width, "…"))

    assert cells(text) <= width
    assert text == "".join(texts) or cells("".join(texts)) > width


def test_signs_have_styles_and_what_is_neither_has_none() -> None:
    assert [sign_style(x) for x in (1.0, -1.0, 0.0, None, float("nan"))] == [
        "positive",
        "negative",
        "",
        "",
        "",
    ]
