"""Colours: readable in both themes, never the only sign, few where the terminal has few."""

from pathlib import Path
from typing import Any, cast

import pytest
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.console import Console
from textual.color import Color
from textual.theme import Theme

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.charts.boundary import COLOURS, LEVELS
from micrograd_tui.tui.panes.palette import STYLES, Palette
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.text.format import number
from micrograd_tui.tui.themes import colour_depth, few_colours, starting_theme, themes
from micrograd_tui.tui.themes.cube import DARK_256, LIGHT_256
from micrograd_tui.tui.themes.remembered import recall, remember
from micrograd_tui.tui.themes.true_colour import DARK, LIGHT


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


@pytest.mark.parametrize(
    "theme", [DARK, LIGHT, DARK_256, LIGHT_256], ids=lambda theme: str(theme.background)
)
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
    set_only(monkeypatch, env)

    assert few_colours() is few
    known = {theme.name: theme for theme in themes()}
    assert known[starting_theme(known)].ansi is few


def set_only(monkeypatch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    for name in ("TERM", "COLORTERM", "NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    "env",
    [
        {"TERM": "xterm-256color"},
        {"TERM": "tmux-256color", "COLORTERM": "24bit"},
        {"TERM": "xterm-kitty"},
        {"TERM": "xterm-direct"},
        {"TERM": "screen"},
        {"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "256"},
        {"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "standard"},
    ],
)
def test_the_themes_have_the_colours_that_will_be_written(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str]
) -> None:
    set_only(monkeypatch, env)
    told = env.get("TEXTUAL_COLOR_SYSTEM", "auto")
    console = Console(force_terminal=True, color_system=cast(Any, told))
    written = {"standard": "16", "256": "256", "truecolor": "truecolor"}

    assert colour_depth() == written[console.color_system or "standard"]


def sent(colour: RichColor | None) -> Color:
    """A colour as a terminal of 256 shows it."""
    assert colour
    return Color.from_rich_color(colour.downgrade(ColorSystem.EIGHT_BIT))


@pytest.mark.parametrize("name", ["micrograd-dark", "micrograd-light"])
async def test_every_ground_differs_in_256_colours_and_its_points_can_be_read(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    set_only(monkeypatch, {"TERM": "xterm-256color", "TEXTUAL_THEME": name})
    palette = Palette(MicrogradApp(Target("neuron")))
    points = [palette[f"point{kind}-{level}"] for kind in range(COLOURS) for level in range(LEVELS)]
    grounds = [sent(style.bgcolor) for style in points]

    assert len({*grounds, Color.parse(palette.variables["background"])}) == COLOURS * LEVELS + 1
    assert all(
        contrast(sent(style.color).hex, ground.hex) >= 4.5
        for style, ground in zip(points, grounds, strict=True)
    )


@pytest.mark.parametrize("theme", [DARK_256, LIGHT_256], ids=["dark", "light"])
def test_a_colour_chosen_of_256_is_the_one_that_is_sent(theme: Theme) -> None:
    for name, value in theme.variables.items():
        colour = Color.parse(value)

        near = zip(sent(colour.rich_color).rgb, colour.rgb, strict=True)
        assert all(abs(a - b) <= 7 for a, b in near), name  # greys are rounded by Rich


@pytest.fixture
def configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user without a wish, and where their configuration lies."""
    set_only(monkeypatch, {"TERM": "xterm-256color"})
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / name)
    return tmp_path / "micrograd-tui"


async def test_the_theme_chosen_is_there_the_next_time(configuration: Path) -> None:
    app = MicrogradApp(Target("neuron"), Target("neuron").open())
    async with app.run_test() as pilot:
        await pilot.pause()
        assert recall() == ""  # nobody has chosen the first one
        await pilot.press("ctrl+p", *"theme", "enter")
        await pilot.pause()
        await pilot.press(*"micrograd-light", "enter")
        await pilot.pause()
    again = MicrogradApp(Target("neuron"))

    assert recall() == again.theme == "micrograd-light"
    assert [file.name for file in configuration.iterdir()] == ["theme"]


def test_the_environment_wins_over_what_is_remembered(
    configuration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember("micrograd-light")
    monkeypatch.setenv("TEXTUAL_THEME", "nord")

    assert MicrogradApp(Target("neuron")).theme == "nord"


@pytest.mark.parametrize("content", [b"no-such-theme\n", b"\xff\xfe\x00", b"", b"x" * 10_000])
def test_a_theme_that_cannot_be_had_is_none(configuration: Path, content: bytes) -> None:
    configuration.mkdir()
    (configuration / "theme").write_bytes(content)

    assert MicrogradApp(Target("neuron")).theme == "micrograd-dark"


def test_nothing_breaks_where_no_theme_can_be_kept(configuration: Path) -> None:
    configuration.write_text("a file where the directory should be")

    remember("micrograd-light")

    assert recall() == ""


@pytest.mark.parametrize("name", ["micrograd-dark", "micrograd-light"])
@pytest.mark.parametrize("depth", ["truecolor", "256", "standard"])
async def test_what_styles_mean_differs_in_every_depth(
    monkeypatch: pytest.MonkeyPatch, name: str, depth: str
) -> None:
    set_only(monkeypatch, {"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": depth, "TEXTUAL_THEME": name})
    palette = Palette(MicrogradApp(Target("neuron")))
    systems = {"truecolor": ColorSystem.TRUECOLOR, "256": ColorSystem.EIGHT_BIT}
    meanings = ("", "positive", "negative", "changed", "selected", "warning", "breakpoint", "blurred")
    looks = {
        meaning: palette[meaning].render("x", color_system=systems.get(depth, ColorSystem.STANDARD))
        for meaning in meanings
    }

    assert len(set(looks.values())) == len(meanings), looks
