"""Whatever Textual writes, the screen through our cells is the screen without them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from micrograd_tui.tui.terminal.screen_buffer import SYNC_END, SYNC_START, ScreenBuffer

pytestmark = pytest.mark.requires("pyte")

WORDS = [
    "a", "b", "ab", " ", "   ", " " * 14, "loss 0.25", "loss 0.27", "│", "─┐", "⣿⣀", "▀▄", "é", "σ×",
    "世", "界世", "a世b", "한글", "￥", "a\u0301", "\u0301", "👍", "👍🏽", "👩\u200d💻", "⚠\ufe0f", "🇩🇪", "⌚",
    "x\u200by", "\xad", "שלום", "ｱ",
]  # fmt: skip
STYLES = [
    "", "", "red", "bold red", "on blue", "#102030 on #405060", "bold #102030 on #405060", "dim",
    "#a0b0c0 on #405060", "underline", "reverse green", "italic strike on #405060", "bold dim", "color(200)",
    "overline bold", "link https://example.org", "bold link https://example.net",
]  # fmt: skip
OTHER = [
    "\x1b]2;title\x07", "\x07", "\x1b[?25l", "\x1b[?1003h", "\x1b[6n", "\x1b]52;c;YQ==\x07", "\x1b[2J", "\x1b[K", "hello",
    "\x1b[3A", "\x1b[31m", "\x1b[0m", "\x1b[4;7Hxyz\x1b[1K", "\x1b[2;2Hone\ntwo", "\x1b[1;31m\x1b[3;3Hq",
]  # fmt: skip

segment = st.tuples(st.sampled_from(WORDS), st.sampled_from(STYLES))
fragment = st.tuples(st.integers(0, 11), st.integers(0, 29), st.lists(segment, min_size=1, max_size=5))
system = st.sampled_from([ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT, ColorSystem.STANDARD])
size = st.tuples(st.integers(8, 30), st.integers(3, 12))
step = st.one_of(
    st.tuples(st.just("frame"), st.lists(fragment, max_size=6), system, st.booleans()),
    st.tuples(st.just("frame"), st.lists(fragment, max_size=6), system, st.booleans()),
    st.tuples(st.just("again"), st.integers(0, 9)),
    st.tuples(st.just("resize"), size, st.lists(fragment, max_size=3), system),
    st.tuples(st.just("suspend")),
    st.tuples(st.just("other"), st.sampled_from(OTHER)),
)


class Pair:
    """Two terminals of one size: one is sent all, the other what is left of it."""

    def __init__(self, width: int, height: int, erases: bool) -> None:
        import pyte

        self.width, self.height = width, height
        self.all, self.few = pyte.Screen(width, height), pyte.Screen(width, height)
        self.streams = [pyte.Stream(self.all), pyte.Stream(self.few)]
        self.buffer = ScreenBuffer(erases)
        self.buffer.fit(width, height)
        self.frames: list[str] = []
        self.sent = [0, 0]
        self.write("\x1b[?7l")

    def write(self, data: str) -> None:
        """Write to both."""
        for i, text in enumerate((data, self.buffer.update(data))):
            self.streams[i].feed(text)
            self.sent[i] += len(text)

    def resize(self, width: int, height: int) -> None:
        """Give both another size; what they then show is theirs to say."""
        self.width, self.height = width, height
        for screen in (self.all, self.few):
            screen.resize(height, width)
        self.buffer.fit(width, height)

    def suspend(self) -> None:
        """Leave the alternate screen and come back to an empty one."""
        self.write("\x1b[?1049l")
        for screen in (self.all, self.few):
            screen.reset()
        self.write("\x1b[?1049h")
        self.write("\x1b[?7l")

    def check(self) -> None:
        """Compare every cell, the cursor and the style."""
        for y in range(self.height):
            for x in range(self.width):
                assert look(self.few.buffer[y][x]) == look(self.all.buffer[y][x]), (x, y)
        assert (self.few.cursor.x, self.few.cursor.y) == (self.all.cursor.x, self.all.cursor.y)
        assert self.few.cursor.attrs == self.all.cursor.attrs


def look(cell: Any) -> Any:
    """What is seen of a cell: of a space, even one with an accent, neither colour nor weight."""
    blank = cell.data.startswith(" ") and not (cell.reverse or cell.underscore or cell.strikethrough)
    return (cell.data, cell.bg) if blank else cell


def row(segments: list[tuple[str, str]], width: int) -> Strip:
    """Make a row of at most `width` cells as Textual cuts it."""
    text = Text.assemble(*((word, Style.parse(style)) for word, style in segments))
    return Strip(text.render(_console())).crop(0, width)


def _console() -> Any:
    from rich.console import Console

    return Console(width=200, color_system="truecolor")


def frame(pair: Pair, fragments: Any, system: ColorSystem) -> str:
    """Write rows as Textual's updates do: by place, each with a line feed to the next, then the cursor."""
    placed = {(y % pair.height, x % pair.width): segments for y, x, segments in fragments}
    written, last = [], max((y for y, _ in placed), default=0)
    for (y, x), segments in sorted(placed.items()):
        written.append(f"\x1b[{y + 1};{x + 1}H")
        for text, style, _ in row(segments, pair.width - x):
            if style:
                style._ansi = None  # else it keeps the codes of its first colour system
            written.append(Strip.render_style(style, text, system) if style else text)
        written.append("\n" if y != last else "")
    return "".join(written) + "\x1b[1;1H"


@settings(max_examples=300)
@given(size, st.booleans(), st.lists(step, max_size=14))
def test_the_screen_through_the_cells_is_the_screen_without(
    size: tuple[int, int], erases: bool, steps: list[Any]
) -> None:
    pair = Pair(*size, erases)
    for kind, *what in steps:
        if kind == "frame":
            fragments, system, held = what
            pair.frames.append(frame(pair, fragments, system))
            for data in [SYNC_START] * held + [pair.frames[-1]] + [SYNC_END] * held:
                pair.write(data)
        elif kind == "again" and pair.frames:
            pair.write(pair.frames[what[0] % len(pair.frames)])
        elif kind == "resize":
            late = frame(pair, what[1], what[2])
            pair.resize(*what[0])
            pair.write(late)  # of the old size: it may be cut off here and pile up there
            blank = [(y, 0, [(" " * pair.width, "on blue")]) for y in range(pair.height)]
            pair.write(frame(pair, blank, what[2]))
            pair.frames.clear()
        elif kind == "suspend":
            pair.suspend()
        elif kind == "other":
            pair.write(what[0])

        pair.check()
