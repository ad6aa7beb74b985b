"""Colours: readable in both themes, never the only sign, few where the terminal has few."""

import pytest
from textual.color import Color
from textual.theme import Theme

from micrograd_tui.tui.panes.palette import STYLES
from micrograd_tui.tui.text.format import number
from micrograd_tui.tui.themes import DARK, LIGHT, few_colours, starting_theme


def contrast(a: str | None, b: str | None) -> float:
    """The contrast ratio of WCAG 2.1; of a colour that a theme leaves to Textual there is none."""
    assert a
    assert b

    def luminance(colour: Color) -> float:
        parts = [c / 255 for c in colour.rgb]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    light, dark = sorted((luminance(Color.parse(a)), luminance(Color.parse(b))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
def test_every_text_has_a_contrast_of_four_and_a_half(theme: Theme) -> None:
    colours = {"foreground": theme.foreground, "background": theme.background, **theme.variables}
    for text in ("foreground", "dim", "positive", "negative", "changed"):
        for behind in ("background", "blurred"):
            assert contrast(colours[text], colours[behind]) >= 4.5, (text, behind)
    assert contrast(colours["selected-text"], colours["selected"]) >= 4.5
    assert contrast(theme.primary, colours["background"]) >= 4.5


def test_signs_differ_by_sign_and_weight_and_colour() -> None:
    assert number(2.0, signed=True) == "+2"
    assert number(-2.0, signed=True) == "-2"
    assert STYLES["positive"][2] != STYLES["negative"][2] == "bold"
    assert STYLES["positive"][0] != STYLES["negative"][0]


@pytest.mark.parametrize(
    ("env", "few"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, False),
        ({"TERM": "xterm"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True),
    ],
)
def test_few_colours_choose_the_terminals_own(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], few: bool
) -> None:
    for name in ("TERM", "COLORTERM", "NO_COLOR", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    assert few_colours() is few
    assert starting_theme().ansi is few
