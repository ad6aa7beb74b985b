"""An encoder of cells as terminal output: the shortest cursor moves, SGR changes and erasures."""

from collections.abc import Iterator
from typing import NamedTuple

from .parser import REST
from .sgr import PLAIN, Style, blank, change, only_background

ERASE_AND_MOVE = 10  # bytes; no more spaces than that are written as they are

Place = tuple[int, int]  # row and column, from 0
Segment = tuple[str, Style]  # neighbouring cells of one style, as in Rich


class StyleRun(NamedTuple):
    """Neighbouring cells that are written in one style; blanks among them may be of another."""

    row: int
    start: int
    end: int
    style: Style
    segments: list[Segment]

    def meets(self, start: int, end: int) -> bool:
        """Whether it is on some of these cells of its row."""
        return self.start < end and start < self.end


def style_runs(row: int, column: int, segments: list[Segment]) -> Iterator[StyleRun]:
    """Cut neighbouring segments into runs, where the style must change."""
    taken: list[Segment] = []
    style = PLAIN
    for text, own in segments:
        fits = own == (style if text.strip(" ") else blank(style))
        if taken and not fits:
            size = sum(len(each) for each, _ in taken)
            yield StyleRun(row, column, column + size, style, taken)
            column, taken = column + size, []
        style = style if taken else own
        taken.append((text, own))
    if taken:
        yield StyleRun(row, column, column + sum(len(each) for each, _ in taken), style, taken)


class Encoder:
    """Encodes cells, knowing where the terminal's cursor is and which style is set."""

    def __init__(self, erases: bool) -> None:
        self.erases = erases
        """Whether the terminal erases cells in the background of the current style."""
        self.at: Place | None = None
        self.style = PLAIN
        self.written: list[str] = []

    def go(self, to: Place) -> None:
        """Move the cursor."""
        if self.at != to:
            self.written.append(move(self.at, to))
            self.at = to

    def set_style(self, style: Style) -> None:
        """Change the style."""
        if self.style != style:
            self.written.append(change(self.style, style))
            self.style = style

    def paint(self, at: Place, segments: list[Segment]) -> None:
        """Write neighbouring segments from a place on."""
        row, column = at
        for i, (text, style) in enumerate(segments):
            self.go((row, column))
            if text.strip(" "):
                self.set_style(style)
                self._write(text)
            else:
                self._leave_blank(text, style, segments[i + 1][1] if i + 1 < len(segments) else style)
            column += len(text)

    def _leave_blank(self, spaces: str, style: Style, following: Style) -> None:
        if blank(self.style) != style:
            self.set_style(following if blank(following) == style else style)
        if self.erases and len(spaces) > ERASE_AND_MOVE and only_background(style):
            self.written.append(f"\x1b[{len(spaces)}X")
        else:
            self._write(spaces)

    def _write(self, text: str) -> None:
        self.written.append(text.replace(REST, ""))
        if self.at:
            self.at = self.at[0], self.at[1] + len(text)

    def take(self) -> str:
        """Return what has been written, and begin anew."""
        text = "".join(self.written)
        self.written.clear()
        return text


def move(at: Place | None, to: Place) -> str:
    """Return the shortest of the cursor moves that every terminal knows."""
    row, column = to
    places = [f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H"]
    if at and row == at[0]:
        places += [f"\x1b[{_count(column - at[1])}{'C' if column > at[1] else 'D'}"]
        places += [] if column else ["\r"]
    elif at and column == at[1]:
        places += [f"\x1b[{_count(row - at[0])}{'B' if row > at[0] else 'A'}"]
    return min(places, key=len)


def _count(difference: int) -> str:
    return "" if abs(difference) == 1 else str(abs(difference))
