"""The palette: what each style of a line looks like in a theme, as Rich's styles."""

from collections.abc import Iterable
from typing import Any

from rich.color import Color as RichColor
from rich.style import Style
from rich.text import Text
from textual.app import App
from textual.color import Color

from ..charts.boundary import COLOURS, LEVELS
from ..text.lines import Line

# Each style: the theme's variables for its colour and background, and its weight. They are not
# component classes: Textual would work out nine panes times twelve of them before the first frame.
STYLES = {
    "": ("foreground", "background", ""),
    "strong": ("", "", "bold"),
    "dim": ("dim", "", ""),
    "header": ("dim", "", "underline"),
    "positive": ("positive", "", ""),
    "negative": ("negative", "", "bold"),
    "changed": ("changed", "", "bold"),
    "lit": ("changed", "", "bold"),
    "warning": ("negative", "", "bold reverse"),
    "breakpoint": ("negative", "", ""),
    "selected": ("selected-text", "selected", ""),
    "blurred": ("", "blurred", ""),
    "shaded": ("", "", ""),  # see _shade
    "band": ("band", "", ""),
    "ground": ("", "band", ""),
    "hollow": ("band", "", "reverse"),
}
# What stands in a class's colour, and the ground of a decision boundary: the upper half of a cell, the
# rest of it, or all of it below a point, whose ink is whatever is read best there.
INK = "ink/"
GROUNDS: dict[str, tuple[str, str, str]] = {}
for _kind in range(COLOURS):
    GROUNDS[f"class{_kind}"] = (f"class{_kind}", "", "")
    for _level in range(LEVELS):
        _ground = f"class{_kind}-{_level}"
        GROUNDS[f"over{_kind}-{_level}"] = (_ground, "", "")
        GROUNDS[f"under{_kind}-{_level}"] = ("", _ground, "")
        GROUNDS[f"point{_kind}-{_level}"] = (INK + _ground, _ground, "bold")
STRENGTH = 0.13  # of a class's colour over the background, by level, where a theme names no ground
SHADE = 0.06  # of the text's colour over the background
WHOLE_LINE = ("selected", "blurred", "shaded", "header")  # styles that go on behind the end of a line


class Palette:
    """The styles of one theme, by space-separated names, later ones on top."""

    def __init__(self, app: App[Any]) -> None:
        # Not app.theme_variables: while a theme is being changed those are still the old one's.
        theme = app.current_theme
        defaults, generated = app.get_theme_variable_defaults(), theme.to_color_system().generate()
        self.variables = defaults | generated | theme.variables
        self.marked = {"selected": "reverse"} if app.no_color else {}
        self.is_ansi = app.current_theme.ansi
        if self.is_ansi:
            self.marked["blurred"] = "underline"  # sixteen colours have none for a faint background
        self.cache: dict[str, Style] = {}

    def __getitem__(self, names: str) -> Style:
        if names not in self.cache:
            style = self._style("")
            for name in names.split():
                style += self._style(name)
            self.cache[names] = style
        return self.cache[names]

    def behind(self, names: str) -> Style:
        """The style of what is blank behind a line that ends in these."""
        return self[" ".join(name for name in names.split() if name in WHOLE_LINE)]

    def _style(self, name: str) -> Style:
        if name == "shaded":
            return self._shade()
        colour, background, weight = STYLES.get(name) or GROUNDS[name]
        style = Style.parse(f"{weight} {self.marked.get(name, '')}")
        return style + Style(color=self._colour(colour), bgcolor=self._colour(background))

    def _shade(self) -> Style:
        """A background that can just be told from the theme's; sixteen colours have none such."""
        if self.is_ansi:
            return Style()
        background, ink = (Color.parse(self.variables[name]) for name in ("background", "foreground"))
        return Style(bgcolor=background.blend(ink, SHADE).rich_color)

    def _colour(self, variable: str) -> RichColor | None:
        if not variable:
            return None
        if variable.startswith(INK):
            ground = self._parsed(variable.removeprefix(INK))
            inks = [self._parsed(name) for name in ("foreground", "background", "selected-text")]
            return max(inks, key=lambda ink: contrast(ink, ground)).rich_color
        return self._parsed(variable).rich_color

    def _parsed(self, variable: str) -> Color:
        if variable in self.variables:
            return Color.parse(self.variables[variable])
        name, _, level = variable.partition("-")  # a ground
        background = Color.parse(self.variables["background"])
        return background.blend(Color.parse(self.variables[name]), STRENGTH * (int(level) + 1))

    def text(self, lines: Iterable[Line]) -> Text:
        """Return lines as one text for a widget of Textual's, a newline after each."""
        text = Text(no_wrap=True)
        for line in lines:
            for words, names in line:
                text.append(words, self[names])
            text.append("\n")
        return text


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of WCAG 2.1, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


_palettes: dict[tuple[str, str, bool], Palette] = {}


def palette(app: App[Any]) -> Palette:
    """Return the palette of the app's theme."""
    key = (app.theme, str(app.current_theme.background), app.no_color)
    if key not in _palettes:
        _palettes[key] = Palette(app)
    return _palettes[key]
