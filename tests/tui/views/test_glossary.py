"""The glossary: twelve words, each with its sign, for every width."""

import pytest

from micrograd_tui.tui.text.glyphs import ASCII, UNICODE, Glyphs
from micrograd_tui.tui.views.glossary import glossary_lines, terms


@pytest.mark.parametrize("signs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_there_are_twelve_words_each_with_a_sign(signs: Glyphs) -> None:
    told = terms(signs)

    assert len(told) == len({term.word for term in told}) == 12
    assert len({term.sign for term in told}) == 12 - (signs is ASCII)  # there * is written and times
    for sign in (
        signs.current,
        signs.changed,
        signs.breakpoint,
        signs.reference,
        signs.waiting,
        signs.done,
    ):
        assert sign in {term.sign for term in told}


@pytest.mark.parametrize("width", [36, 74, 100])
def test_no_line_is_wider_than_the_box(width: int) -> None:
    lines = ["".join(text for text, _ in line) for line in glossary_lines(width, UNICODE)]

    assert max(len(line.rstrip()) for line in lines) <= width
    assert width < 74 or len(lines) <= 20  # at 80x24 all of it is in sight
