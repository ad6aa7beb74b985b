"""What all panes share: lines made of (text, style name) pieces, repainted only where they differ."""

from collections.abc import Sequence
from typing import Any

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..charts.boundary import COLOURS, LEVELS
from ..text.glyphs import Glyphs, chosen

Piece = tuple[str, str]
Line = tuple[Piece, ...]

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
}
# The ground of a decision boundary: the upper half of a cell, or the rest of it, in a class's colour.
GROUNDS: dict[str, tuple[str, str, str]] = {}
for _kind in range(COLOURS):
    for _level in range(LEVELS):
        _blend = f"class{_kind}/{13 * (_level + 1)}"
        GROUNDS[f"over{_kind}-{_level}"] = (_blend, "", "")
        GROUNDS[f"under{_kind}-{_level}"] = ("", _blend, "")
MOVE_BYTES, STYLE_BYTES = 6, 17  # to go to another place, and to another of so many colours
WHOLE_LINE = ("selected", "blurred", "header")  # styles that go on behind the end of a line


class Palette:
    """The styles of one theme, by space-separated names, later ones on top."""

    def __init__(self, app: App[Any]) -> None:
        # Not app.theme_variables: while a theme is being changed those are still the old one's.
        theme = app.current_theme
        defaults, generated = app.get_theme_variable_defaults(), theme.to_color_system().generate()
        self.variables = defaults | generated | theme.variables
        self.marked = {"selected": "reverse"} if app.no_color else {}
        if app.current_theme.ansi:
            self.marked["blurred"] = "underline"  # sixteen colours have none for a faint background
        self.cache: dict[str, Style] = {}

    def __getitem__(self, names: str) -> Style:
        if names not in self.cache:
            style = self._style("")
            for name in names.split():
                style += self._style(name)
            self.cache[names] = style
        return self.cache[names]

    def _style(self, name: str) -> Style:
        colour, background, weight = STYLES.get(name) or GROUNDS[name]
        style = Style.parse(f"{weight} {self.marked.get(name, '')}")
        return style + Style(color=self._colour(colour), bgcolor=self._colour(background))

    def _colour(self, variable: str) -> RichColor | None:
        if not variable:
            return None
        name, _, percent = variable.partition("/")
        colour = Color.parse(self.variables[name])
        if percent:  # so much of it over the background
            colour = Color.parse(self.variables["background"]).blend(colour, int(percent) / 100)
        return colour.rich_color


_palettes: dict[tuple[str, bool], Palette] = {}


def palette(app: App[Any]) -> Palette:
    """Return the palette of the app's theme."""
    key = (app.theme, app.no_color)
    if key not in _palettes:
        _palettes[key] = Palette(app)
    return _palettes[key]


class Painted(ScrollView, can_focus=False, inherit_bindings=False):
    """A widget that draws `line(y)` for each of its lines and remembers what it has drawn."""

    DEFAULT_CSS = "Painted { overflow: hidden hidden; }"
    LEADS = False
    """Whether a key is answered by it at once; the other panes follow."""

    def __init__(self, **kwargs: str | None) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.glyphs: Glyphs = chosen()
        self._drawn: dict[int, Line] = {}

    @property
    def inner(self) -> Size:
        """The cells left for lines beside the scrollbars."""
        return self.scrollable_content_region.size

    def line(self, y: int) -> Line:
        """Return what stands on line y of the widget, from 0."""
        raise NotImplementedError

    def stale(self) -> list[int]:
        """Return the lines whose content is no longer what was drawn."""
        return [y for y in range(self.inner.height) if self._drawn.get(y) != self.line(y)]

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave out what makes true colours of a terminal's own: the palette has true ones already."""
        filters = super().get_line_filters()
        if self.app.current_theme.ansi:
            return filters
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

    def sync(self) -> None:
        """Repaint them."""
        self.repaint(self.stale())

    def follow(self) -> None:
        """Bring what is selected into sight, where a pane scrolls, and repaint what changed."""
        self.sync()

    def repaint(self, lines: Sequence[int]) -> None:
        """Have some lines painted again."""
        if lines:  # to refresh nothing would be to refresh all
            width = self.inner.width
            self.refresh(*(Region(0, y, width, 1) for y in lines))

    def cost(self, y: int) -> int:
        """About how many bytes it takes to have a line as it is now."""
        return bytes_between(self._drawn.get(y, ()), self.line(y))

    def render_line(self, y: int) -> Strip:
        """Draw one line; Textual calls this."""
        line, styles = self.line(y), palette(self.app)
        self._drawn[y] = line
        strip = Strip([Segment(text, styles[names]) for text, names in line if text])
        names = line[-1][1].split() if line else ()
        background = " ".join(name for name in names if name in WHOLE_LINE)
        return strip.adjust_cell_length(self.size.width, styles[background])


def bytes_between(old: Line, new: Line) -> int:
    """About how many bytes turn one line into another on a screen that shows the first."""
    before, after = ([(c, names) for text, names in line for c in text] for line in (old, new))
    before += [(" ", "")] * (len(after) - len(before))
    size, last, style = 0, -2, ""
    for i, (was, cell) in enumerate(zip(before, after, strict=False)):
        if was != cell:
            size += len(cell[0].encode()) + MOVE_BYTES * (i > last + 1) + STYLE_BYTES * (cell[1] != style)
            last, style = i, cell[1]
    return size


def page_start(at: int, size: int, room: int) -> int:
    """Where a view of `room` cells starts to hold the `size` cells from `at` on.

    It moves by pages that overlap and depends on nothing else, so that a step back shows again
    what was there before. The caller keeps it within what there is to see.
    """
    free = room - size + 1
    page = max(1, free * 2 // 3)
    return at // page * page - (free - page) // 2


def on_row(line: Sequence[Piece], names: str) -> Line:
    """Return the line with `names` added to every piece."""
    return tuple((text, f"{own} {names}") for text, own in line) if names else tuple(line)


def sign_style(x: float | None) -> str:
    """The style for a gradient: sign and weight differ too, so colour is never the only one."""
    return "" if not x or x != x else "positive" if x > 0 else "negative"
