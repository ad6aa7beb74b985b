"""A screen buffer: the cells a terminal shows, so that only the damage is sent. Text in, text out.

    buffer = ScreenBuffer()
    buffer.update("\\x1b[1;1Habc\\x1b[1;1H")  # "\\x1b[1Habc\\r": nothing was known of the screen
    buffer.update("\\x1b[1;1Habd\\x1b[1;1H")  # "\\x1b[2Cd\\r"

After every update the terminal's cells, cursor and style are what the text itself would have left, save
what does not show: the colour and weight of a space. A frame is understood wholly, or it is sent as it
came and all that was known of the screen is forgotten.
"""

import re
from collections.abc import Iterator
from itertools import chain, compress, count, pairwise
from operator import ne, or_

from .encoder import Encoder, Segment, StyleRun, style_runs
from .parser import REST, UNKNOWN, Fragment, Parser, Placed, style_after
from .sgr import PLAIN, Style, blank

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
OWN_SCREEN = "\x1b[?1049h"
# Modes, questions, titles, the bell: nothing that is known here depends on them. It does on the modes
# left out: they switch, clear or narrow the screen, move its origin or hold frames back.
HARMLESS = re.compile(
    r"(?:\x1b\[\?(?!(?:3|6|47|69|104[789]|2026)[hl])\d+(?:\$p|[hl])"
    r"|\x1b\[[<>=][\d;]*u|\x1b\[\d*n|\x1b\[\d* q|\x07"
    r"|\x1b\](?!8;)\d+;[^\x07\x1b]*(?:\x07|\x1b\\))+"
)
REPEATED = re.compile(r"([\s\S])\1*")
SHORT_MOVE = 4  # bytes; a gap of no more than that is sent again
MOVE, RESTYLE = 6, 12  # bytes, about, to go to another place and to change the style
BOUNDLESS = 1 << 16

Cells = tuple[str, str]  # neighbouring cells: their characters, and the numbers of their styles


class ScreenBuffer:
    """The terminal's cells, as far as they are known."""

    def __init__(self, erases: bool = False) -> None:
        self.stale = False
        """Set it, from any thread, when the terminal may have changed its cells by itself."""
        self.sent = False
        """Whether anything was sent that changes the screen; whoever asks sets it back."""
        self.height = self.width = BOUNDLESS
        self._held = ""
        self._encoder = Encoder(erases)
        self._parser = Parser()
        self._rows: dict[int, Cells] = {}
        self._damage: dict[int, list[StyleRun]] = {}
        """What is to be written, by rows."""

    def fit(self, width: int, height: int) -> None:
        """Send nothing for beyond the terminal's edges: it would pile up in the last row and column."""
        if (width, height) != (self.width, self.height):
            self.width, self.height, self.stale = width, height, True

    def update(self, data: str) -> str:
        """Return what to send in place of `data`."""
        if HARMLESS.fullmatch(data):
            return data
        if data == SYNC_START:
            self._held = data
            return ""
        if data == SYNC_END:
            held, self._held = self._held, ""
            return "" if held else data
        return self._after_held(self._frame(data))

    def _after_held(self, text: str) -> str:
        if not text:
            return ""
        held, self._held, self.sent = self._held, "", True
        return held + text

    def _frame(self, data: str) -> str:
        if self.stale or self._parser.full:
            self._forget()
        placed = self._parser.frame(data, self._encoder.style)
        if placed is None:
            return self._not_understood(data)
        for each in placed:
            self._put(each)
        self._paint()
        if placed:
            self._finish(placed[-1])
        return self._encoder.take()

    def _not_understood(self, data: str) -> str:
        self._forget()
        self._encoder.style = style_after(data, self._encoder.style)
        if data == OWN_SCREEN:  # whatever ran before may have left any style
            self._encoder.style, data = PLAIN, data + "\x1b[m"
        return data

    def _forget(self) -> None:
        self.stale = False
        self._rows.clear()
        self._encoder.at = None
        if self._parser.full:
            self._parser = Parser()

    def _put(self, placed: Placed) -> None:
        row, column, fragment = placed
        if row >= self.height or not fragment.raw:
            return
        if fragment.sure:
            self._change(row, column, fragment)
        else:
            self._resend(row, column, fragment)

    def _resend(self, row: int, column: int, fragment: Fragment) -> None:
        """Send as it is what terminals may not agree on; the whole row is then unknown."""
        self._paint()
        self._encoder.go((row, column))
        self._encoder.set_style(fragment.before)
        self._encoder.written.append(fragment.raw)
        self._encoder.at, self._encoder.style = None, fragment.after
        for near in (row - 1, row):  # what combines may reach back beyond the start of a row
            self._rows.pop(near, None)

    def _change(self, row: int, column: int, fragment: Fragment) -> None:
        room = max(self.width - column, 0)
        new = fragment.text[:room], fragment.numbers[:room]
        old = self._exchange(row, column, new)
        if old == new:
            return
        styles, there = self._parser.styles, self._damage.setdefault(row, [])
        for start, end in differing(old, new, styles):
            if there and any(run.meets(column + start, column + end) for run in there):
                self._paint()  # what is written twice is written in order
                there = self._damage.setdefault(row, [])
            there += style_runs(row, column + start, segments(new, start, end, styles))

    def _paint(self) -> None:
        """Write all strokes, in the order in which they came or style by style: what may be shorter."""
        came = list(chain.from_iterable(self._damage.values()))
        self._damage.clear()
        first: dict[Style, int] = {}
        for i, run in enumerate(came):
            first.setdefault(run.style, i)
        by_style = sorted(came, key=lambda run: first[run.style])
        encoder, edge = self._encoder, self.width if self.width < BOUNDLESS else 0
        for run in min(came, by_style, key=_length):
            encoder.paint((run.row, run.start), run.segments)
            if run.end >= edge:
                encoder.at = None  # in the last column terminals wait in different places

    def _exchange(self, row: int, column: int, new: Cells) -> Cells:
        """Put cells into a row and return those that stood there."""
        text, numbers = self._rows.get(row, ("", ""))
        end = column + len(new[0])
        text, numbers = text.ljust(end), numbers.ljust(end, UNKNOWN)
        old = text[column:end], numbers[column:end]
        if old != new:
            if REST in text:
                numbers = _halves_unknown(text, numbers, column, end)
            self._rows[row] = (
                text[:column] + new[0] + text[end:],
                numbers[:column] + new[1] + numbers[end:],
            )
        return old

    def _finish(self, last: Placed) -> None:
        """Leave cursor and style where the frame leaves them."""
        row, column, fragment = last
        self._encoder.set_style(fragment.after)
        if fragment.sure:
            column += len(fragment.text)
            self._encoder.go((min(row, self.height - 1), min(column, self.width - 1)))


def _length(runs: list[StyleRun]) -> int:
    """About how many bytes it takes to write strokes in this order, beside their text."""
    pairs = list(pairwise(runs))
    moves = sum(a.row != b.row or a.end != b.start for a, b in pairs)
    return MOVE * moves + RESTYLE * sum(a.style != b.style for a, b in pairs)


def _halves_unknown(text: str, numbers: str, start: int, end: int) -> str:
    """A wide character of which one cell is overwritten loses the other."""
    if start and text[start] == REST:
        numbers = numbers[: start - 1] + UNKNOWN + numbers[start:]
    if text[end : end + 1] == REST:
        numbers = numbers[:end] + UNKNOWN + numbers[end + 1 :]
    return numbers


def segments(cells: Cells, start: int, end: int, styles: list[Style]) -> list[Segment]:
    """Return cells as parts of one style each."""
    text, numbers = cells
    same = REPEATED.finditer(numbers, start, end)
    return [(text[each.start() : each.end()], styles[ord(each[1])]) for each in same]


def differing(old: Cells, new: Cells, styles: list[Style]) -> Iterator[tuple[int, int]]:
    """Yield start and end of what is to be sent, in which wide characters are whole."""
    start = end = -1
    changed = map(or_, map(ne, old[0], new[0]), map(ne, old[1], new[1]))  # a loop would take far longer
    for i in compress(count(), changed):
        if start >= 0 and i > end and not _rather_sent_again(new, end, i, styles):
            yield _whole(new[0], start, end)
            start = -1
        start, end = (i if start < 0 else start), i + 1
    if start >= 0:
        yield _whole(new[0], start, end)


def _rather_sent_again(cells: Cells, start: int, end: int, styles: list[Style]) -> bool:
    """Whether it is no longer to write an unchanged gap than to go over it."""
    text, numbers = cells[0][start:end], cells[1][start - 1 : end + 1]
    if len(text) > SHORT_MOVE or len(text.encode()) > SHORT_MOVE:
        return False
    if not text.strip(" "):
        return len({blank(styles[ord(number)]) for number in numbers}) == 1
    return numbers[1:-1] in {number * len(text) for number in (numbers[0], numbers[-1])}


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    while start and text[start] == REST:
        start -= 1
    while text[end : end + 1] == REST:
        end += 1
    return start, end
