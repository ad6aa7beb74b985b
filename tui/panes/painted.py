"""What all panes share: lines made of (text, style name) pieces, repainted only where they differ."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..glyphs import Glyphs, chosen

Piece = tuple[str, str]
Line = tuple[Piece, ...]

STYLES = frozenset(
    f"paint--{name}"
    for name in (
        "strong", "dim", "positive", "negative", "changed", "current", "selected", "blurred",
        "breakpoint", "header", "lit", "warning",
    )
)  # fmt: skip

WHOLE_LINE = ("selected", "blurred", "header")  # styles that go on behind the end of a line


class Painted(ScrollView, can_focus=False):
    """A widget that draws `line(y)` for each of its lines and remembers what it has drawn."""

    COMPONENT_CLASSES = set(STYLES)
    DEFAULT_CSS = """
    Painted {
        overflow: hidden hidden;
        & > .paint--strong { text-style: bold; }
        & > .paint--dim { color: $dim; }
        & > .paint--header { color: $dim; text-style: underline; }
        & > .paint--positive { color: $positive; }
        & > .paint--negative { color: $negative; text-style: bold; }
        & > .paint--changed { color: $changed; text-style: bold; }
        & > .paint--lit { color: $changed; text-style: bold; }
        & > .paint--warning { color: $negative; text-style: bold reverse; }
        & > .paint--breakpoint { color: $negative; }
        & > .paint--current { text-style: bold; }
        & > .paint--selected { background: $selected; color: $selected-text; }
        & > .paint--blurred { background: $blurred; }
    }
    """

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

    def sync(self) -> None:
        """Repaint the lines whose content is no longer what was drawn."""
        for y in range(self.inner.height):
            if self._drawn.get(y) != self.line(y):
                self.refresh(Region(0, y, self.inner.width, 1))

    def render_line(self, y: int) -> Strip:
        """Draw one line; Textual calls this."""
        line = self._drawn[y] = self.line(y)
        strip = Strip([Segment(text, self.style_of(names)) for text, names in line if text])
        names = line[-1][1].split() if line else ()
        background = self.style_of(" ".join(name for name in names if name in WHOLE_LINE))
        return strip.adjust_cell_length(self.size.width, background)

    def style_of(self, names: str) -> Style:
        """Return the style for space-separated names, later ones on top."""
        style = self.rich_style
        for name in names.split():
            style += self.get_component_rich_style(f"paint--{name}", partial=True)
        return style


def on_row(line: Sequence[Piece], names: str) -> Line:
    """Return the line with `names` added to every piece."""
    return tuple((text, f"{own} {names}") for text, own in line) if names else tuple(line)


def sign_style(x: float | None) -> str:
    """The style for a gradient: sign and weight differ too, so colour is never the only one."""
    return "" if not x or x != x else "positive" if x > 0 else "negative"
