"""Contrast as it is drawn: every sign of every screen against what is behind it, in both themes."""

from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.style import Style
from screens import opened, pane_lines
from textual.color import Color
from textual.geometry import Region
from textual.screen import Screen

from micrograd_tui.tui.panes.palette import STYLES, palette
from micrograd_tui.tui.screens.stepping import SteppingScreen

THEMES = ["micrograd-dark", "micrograd-light"]
BLOCKS = {"band", "hollow"}  # the quiet band of a plot: no text is drawn in them
# What each screen is after: keys from the opening, on the neuron at 120x40.
SCREENS = {
    "the opening": "",
    "a step": "n n n n n n n",
    "a selected row with a gradient": "f g j j",
    "the table with the focus": "f tab k k",
    "a breakpoint": "n n n b B n a n enter",
    "the forward pass": "N N N",
    "the drawing": "v n n n n",
    "the drawing without the focus": "v n n n tab",
    "the timeline with the focus": "n shift+tab",
    "an update": "u u",
    "a question": "L",
    "a question with an answer": "slash w",
    "help": "question_mark",
    "the palette": "ctrl+p",
    "the palette searched": "ctrl+p f i",
}


def luminance(colour: Color) -> float:
    parts = [c / 255 for c in colour.rgb]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: Color, b: Color) -> float:
    """The contrast ratio of WCAG 2.1."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(style: Style) -> tuple[Color, Color] | None:
    """The colour of the text and of what is behind it, as a terminal shows them."""
    if style.color is None or style.bgcolor is None:
        return None
    front, behind = (_colour(colour) for colour in (style.color, style.bgcolor))
    if style.reverse:
        front, behind = behind, front
    return (front.blend(behind, 0.5) if style.dim else front), behind


def _colour(colour: RichColor) -> Color:
    return Color.from_rich_color(colour)


def is_text(ch: str) -> bool:
    """Letters, digits and signs; not spaces, nor emoji, nor the lines and blocks of borders and bars."""
    return not ch.isspace() and not 0x2500 <= ord(ch) <= 0x259F and ord(ch) < 0x1F000


def drawn(screen: Screen[Any]) -> Iterator[tuple[str, Style]]:
    """Every piece of text that stands on the screen; what shines through from below is meant to be pale."""
    top = (
        Region()
        if isinstance(screen, SteppingScreen)
        else Region.from_union(
            [widget.region for widget in screen.query("#help, CommandInput, CommandList")]
        )
    )
    for y, strip in enumerate(screen._compositor.render_strips()):
        x = 0
        for text, style, _ in strip:
            if style is not None and any(map(is_text, text)) and (not top or top.contains(x, y)):
                yield text.strip(), style
            x += cell_len(text)


@pytest.fixture(autouse=True)
def many_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with all colours, on which nothing moves."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", SCREENS)
async def test_every_text_on_the_screen_can_be_read(name: str, theme: str) -> None:
    async with opened(size=(120, 40)) as (pilot, _, __):
        pilot.app.theme = theme
        await pilot.press(*SCREENS[name].split())
        await pilot.pause(0.1)
        found = list(drawn(pilot.app.screen))
        pale = {
            (text, f"{seen[0].hex} on {seen[1].hex}", round(contrast(*seen), 2))
            for text, style in found
            if (seen := colours(style)) and contrast(*seen) < 4.5
        }

        assert len(found) > 5
        assert pale == set()


@pytest.mark.parametrize("theme", THEMES)
async def test_every_style_can_be_read_on_every_row(theme: str) -> None:
    async with opened() as (pilot, _, __):
        pilot.app.theme = theme
        styles = palette(pilot.app)
        pale = []
        for name in STYLES.keys() - BLOCKS:
            for row in ("", "selected", "blurred", "lit", "lit selected"):
                seen = colours(styles[f"{name} {row}"])
                assert seen
                if contrast(*seen) < 4.5:
                    pale.append((name, row, contrast(*seen)))

        assert pale == []


@pytest.mark.parametrize("theme", THEMES)
async def test_a_curve_and_its_marks_can_be_read_on_the_band(theme: str) -> None:
    async with opened() as (pilot, _, __):
        pilot.app.theme = theme
        styles = palette(pilot.app)
        for name in ("positive", "negative", "changed", "warning"):
            seen = colours(styles[f"{name} ground"])

            assert seen
            assert contrast(*seen) >= 4.5, name


# The neuron's gradients; no data of it looks like one of these.
POSITIVE, NEGATIVE = {"+7", "+3.5", "+1.75"}, {"-3.5", "-5.25"}


@pytest.mark.parametrize("theme", [*THEMES, "micrograd-ansi-dark", "micrograd-ansi-light"])
async def test_positive_and_negative_differ_by_sign_weight_and_colour(theme: str) -> None:
    async with opened(size=(120, 40)) as (pilot, _, __):
        pilot.app.theme = theme
        await pilot.press("f", "shift+tab")
        await pilot.pause()
        found = list(drawn(pilot.app.screen))
        positive = [style for text, style in found if text in POSITIVE]
        negative = [style for text, style in found if text in NEGATIVE]

        assert len(positive) > 5
        assert len(negative) > 5
        assert all(style.bold for style in negative)
        assert not any(style.bold for style in positive)
        assert {style.color for style in positive}.isdisjoint({style.color for style in negative})


@pytest.mark.parametrize("theme", ["micrograd-ansi-dark", "micrograd-ansi-light"])
async def test_the_ansi_themes_use_the_terminals_own_colours(theme: str) -> None:
    async with opened(size=(120, 40)) as (pilot, screen, _):
        pilot.app.theme = theme
        await pilot.press("n", "n", "n", "b", "v")
        await pilot.pause()

        variables = palette(pilot.app).variables
        used = {variables[name] for style in STYLES.values() for name in style[:2] if name}
        assert all(value.startswith("ansi_") for value in used)
        assert any(pane_lines(screen.query_one("#graph")))


def simulated(colour: Color) -> Color:
    """The colour as someone without green receptors sees it (Vienot, Brettel and Mollon, 1999)."""
    r, g, b = ((c / 255) ** 2.2 for c in colour.rgb)
    yellow = 0.29275 * r + 0.70725 * g
    blue = -0.02234 * r + 0.02234 * g + b
    return Color(*(round(255 * max(0.0, min(1.0, x)) ** (1 / 2.2)) for x in (yellow, yellow, blue)))


@pytest.mark.parametrize("theme", THEMES)
async def test_the_signs_differ_for_colour_blind_eyes(theme: str) -> None:
    async with opened() as (pilot, _, __):
        pilot.app.theme = theme
        variables = palette(pilot.app).variables
        a, b = (simulated(Color.parse(variables[name])) for name in ("positive", "negative"))

        assert max(abs(x - y) for x, y in zip(a.rgb, b.rgb, strict=True)) > 80
