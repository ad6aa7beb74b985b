"""What all panes share: they draw lines of styled text, and repaint only those that differ."""

from collections.abc import Sequence
from typing import TypedDict, Unpack

from rich.segment import Segment
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..text.glyphs import Glyphs, chosen
from ..text.lines import Line
from .palette import palette

MOVE_BYTES, STYLE_BYTES = 6, 17  # to go to another place, and to another of so many colours


class Names(TypedDict, total=False):
    """What Textual and the stylesheet call a widget by."""

    name: str | None
    id: str | None
    classes: str | None


class Painted(ScrollView, can_focus=False, inherit_bindings=False):
    """A widget that draws `line(y)` for each of its lines and remembers what it has drawn."""

    DEFAULT_CSS = "Painted { overflow: hidden hidden; }"
    LEADS = False
    """Whether a key is answered by it at once; the other panes follow."""

    def __init__(self, **names: Unpack[Names]) -> None:
        super().__init__(**names)
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
        return strip.adjust_cell_length(self.size.width, styles.behind(line[-1][1] if line else ""))


class LinesPane(Painted):
    """A pane whose lines are made together, for its size, by one pure function."""

    def __init__(self, **names: Unpack[Names]) -> None:
        super().__init__(**names)
        self._lines: list[Line] = []

    def make(self, width: int, height: int) -> list[Line]:
        """Return the lines for a size; those below the pane are never seen."""
        raise NotImplementedError

    def stale(self) -> list[int]:
        """Make the lines anew and return those that differ."""
        size = self.inner
        self._lines = self.make(size.width, size.height) if size.width and size.height else []
        return super().stale()

    def on_resize(self) -> None:
        """Fit the new size."""
        self.sync()
        self.refresh()

    def line(self, y: int) -> Line:
        """Return line y of those made last."""
        return self._lines[y] if y < len(self._lines) else ()


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
