"""A plot as lines of text: axes, curves with the band between their least and greatest, marks.

Pure: numbers in, lines of (text, style) pieces out. Curves differ by sign and not by colour alone: the
first is drawn in joined dots, every other one in letters or signs of its own.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from ..text.format import cells, fitted
from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece
from .axes import Axis, axis_label, linear, logarithmic, step_axis, step_label
from .braille import Dots, both
from .series import Bucket, smoothed

EMPTY = " "
MARGIN = 8  # the cells of a label and of the axis itself
# Of cells, whether they have dots, a band or nothing; and neighbours that look alike, or are blank beside
# dots or a band: the fewer pieces a line has, the sooner it is drawn.
_DRAWN, _SHADED = bytes([0] + [2] * 255), bytes([0] + [1] * 255)
_RUN = re.compile(rb"\x00*(?:\x01[\x00\x01]*|\x02[\x00\x02]*)|\x00+|([^\x00-\x02])\1*")
OUTSIDE = 3  # the lines of the legend, of the axis below and of its numbers


@dataclass(frozen=True)
class Curve:
    """What is drawn of one series. Without a sign of its own it is drawn in joined dots."""

    name: str
    buckets: Sequence[Bucket]
    sign: str = ""
    style: str = "positive"
    broken: Sequence[float] = ()
    """The steps at which the value was no finite number."""


@dataclass(frozen=True)
class View:
    """How a plot is looked at."""

    first: int
    last: int
    log: bool = False
    smoothing: float = 0.0
    cursor: int | None = None
    """The step a vertical line stands at."""


@dataclass
class _Canvas:
    """What a plot is put together on: two layers of dots, and cells on top of them."""

    x: Axis
    y: Axis
    band: Dots
    dots: Dots
    on_top: dict[int, dict[int, Piece]] = field(default_factory=lambda: defaultdict(dict))

    def columns(self, steps: Sequence[float]) -> list[int]:
        return [round(place * (self.band.width - 1)) for place in self.x.places(steps)]

    def lines(self, values: Sequence[float]) -> list[int]:
        return [line // self.band.down for line in self.dot_lines(values)]

    def dot_columns(self, steps: Sequence[float]) -> list[int]:
        return [round(place * self.band.right) for place in self.x.places(steps)]

    def dot_lines(self, values: Sequence[float]) -> list[int]:
        return [round((1 - place) * self.band.bottom) for place in self.y.places(values)]

    def rows(self, style: str) -> Iterator[Line]:
        """Its lines: the dots in a style, the band dim where there are no dots."""
        width, text = self.band.width, self.dots.text(self.band)
        looks = both(self.dots.cells.translate(_DRAWN), self.band.cells.translate(_SHADED)).replace(
            b"\3", b"\2"
        )
        for y in range(self.band.height):
            row = slice(y * width, (y + 1) * width)
            yield _row(text[row], looks[row], self.on_top.get(y, {}), style)


def _row(text: str, looks: bytes, on_top: Mapping[int, Piece], style: str) -> Line:
    signs, styles, names = [*text], bytearray(looks), ["", "dim", style]
    for column, (sign, own) in on_top.items():
        names += [own] if own not in names else []
        signs[column], styles[column] = sign, names.index(own)
    runs = _RUN.finditer(styles)
    return tuple(("".join(signs[run.start() : run.end()]), names[max(run[0])]) for run in runs)


def plot_lines(curves: Sequence[Curve], view: View, width: int, height: int, signs: Glyphs) -> list[Line]:
    """Return `height` lines of `width` cells: a legend, the curves beside their axis, the steps below."""
    return with_cursor(curve_lines(curves, view, width, height, signs), view, width, signs)


def curve_lines(
    curves: Sequence[Curve], view: View, width: int, height: int, signs: Glyphs
) -> list[Line]:
    """Return a plot without its cursor, which moves more often than the curves change."""
    inside, rows = width - MARGIN, height - OUTSIDE
    if inside < 4 or rows < 2:
        return [((fitted("", width, ""), ""),)] * max(0, height)
    canvas = _Canvas(
        step_axis(view.first, view.last, inside),
        value_axis(curves, view, rows),
        Dots(inside, rows, signs),
        Dots(inside, rows, signs),
    )
    for curve in curves:
        _draw(canvas, curve, view.smoothing, signs)
    lines = [_legend(curves, width, signs)]
    lines += _rows(canvas, signs, curves)
    return [*lines, *_foot(canvas, step_label, signs)]


def with_cursor(lines: Sequence[Line], view: View, width: int, signs: Glyphs) -> list[Line]:
    """Return a plot with a line at the cursor's step, behind whatever is there."""
    inside, rows = width - MARGIN, len(lines) - OUTSIDE
    if view.cursor is None or inside < 4 or rows < 2:
        return list(lines)
    place = step_axis(view.first, view.last, inside).place(view.cursor)
    column = MARGIN + round(place * (inside - 1))
    marked = [_behind(line, column, (signs.cursor_line, "changed")) for line in lines[1:-2]]
    return [*lines[:1], *marked, *lines[-2:]]


def _behind(line: Line, column: int, sign: Piece) -> Line:
    """Put a sign into an empty cell of a line."""
    before = 0
    for i, (text, style) in enumerate(line):
        at = column - before
        if at < len(text):
            if text[at] != EMPTY:
                return line
            halves = [(text[:at], style), sign, (text[at + 1 :], style)]
            return (*line[:i], *(half for half in halves if half[0]), *line[i + 1 :])
        before += len(text)
    return line


def value_axis(curves: Sequence[Curve], view: View, rows: int) -> Axis:
    """Return the axis that every value of every curve fits on."""
    count = max(1, min(5, rows // 3))
    lows = [bucket.low for curve in curves for bucket in curve.buckets]
    highs = [bucket.high for curve in curves for bucket in curve.buckets]
    if view.log:
        positive = [x for x in lows if x > 0] or [x for x in highs if x > 0]
        return logarithmic(min(positive), max(highs), count) if positive else Axis(0.1, 1, (0.1, 1), True)
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    if 0 < low < high / 3:
        low = 0.0
    return linear(low, high, count)


# Drawing


def _draw(canvas: _Canvas, curve: Curve, smoothing: float, signs: Glyphs) -> None:
    means = smoothed([bucket.mean for bucket in curve.buckets], smoothing)
    if curve.sign:
        _draw_signs(canvas, curve, means)
    else:
        _draw_dots(canvas, curve.buckets, means)
    for column in canvas.columns(curve.broken):
        canvas.on_top[0][column] = ("!", "warning")


def _draw_signs(canvas: _Canvas, curve: Curve, means: Sequence[float]) -> None:
    """Put a sign in every third column, so that curves show through each other, and at every spike."""
    piece, turn = (curve.sign, curve.style), ord(curve.sign[0]) % 3
    sparse = len(means) * 3 <= canvas.band.width
    columns = canvas.columns([bucket.step for bucket in curve.buckets])
    lines, tops = canvas.lines(means), canvas.lines([bucket.high for bucket in curve.buckets])
    for column, line, top in zip(columns, lines, tops, strict=True):
        if sparse or column % 3 == turn:
            canvas.on_top[line][column] = piece
        if line - top > 1:
            canvas.on_top[top][column] = piece


def _draw_dots(canvas: _Canvas, buckets: Sequence[Bucket], means: Sequence[float]) -> None:
    xs, ys = canvas.dot_columns([bucket.step for bucket in buckets]), canvas.dot_lines(means)
    lows = canvas.dot_lines([bucket.low for bucket in buckets])
    highs = canvas.dot_lines([bucket.high for bucket in buckets])
    for x, low, high in zip(xs, lows, highs, strict=True):
        if low - high > 1:
            canvas.band.line(x, high, x, low)
    points = list(zip(xs, ys, strict=True))
    for start, end in pairwise([*points[:1], *points]):
        canvas.dots.line(*start, *end)


def _rows(canvas: _Canvas, signs: Glyphs, curves: Sequence[Curve]) -> list[Line]:
    style = next((curve.style for curve in curves if not curve.sign), "")
    ticks = canvas.y.ticks
    labels = {y: axis_label(tick, ticks) for y, tick in zip(canvas.lines(ticks), ticks, strict=True)}
    lines = []
    for y, row in enumerate(canvas.rows(style)):
        label = f"{labels.get(y, '')[: MARGIN - 1]:>{MARGIN - 1}}"
        lines.append(((label + (signs.tick if y in labels else signs.guide), "dim"), *row))
    return lines


def _foot(canvas: _Canvas, write: Callable[[float], str], signs: Glyphs) -> list[Line]:
    """The axis below and, under it, the numbers at its ticks."""
    width = canvas.band.width
    axis, numbers, free = [signs.line] * width, [" "] * width, 0
    for tick, column in zip(canvas.x.ticks, canvas.columns(canvas.x.ticks), strict=True):
        text = write(tick)
        start = min(max(0, column - len(text) // 2), width - len(text))
        if start >= free:
            axis[column] = signs.step_tick
            numbers[start : start + len(text)] = text
            free = start + len(text) + 1
    corner = " " * (MARGIN - 1) + signs.corner
    return [((corner + "".join(axis), "dim"),), ((" " * MARGIN + "".join(numbers), "dim"),)]


def _legend(curves: Sequence[Curve], width: int, signs: Glyphs) -> Line:
    """Name every curve behind its sign, as many as fit."""
    pieces: list[Piece] = [(" " * MARGIN, "")]
    left = width - MARGIN
    for curve in curves:
        sign = curve.sign or signs.curve
        text = f" {curve.name}  "
        room = left - len(sign)
        if room < 4:
            break
        shown = fitted(text, min(room, cells(text)), signs.ellipsis)
        pieces += [(sign, curve.style), (shown, "dim")]
        left -= len(sign) + cells(shown)
    return tuple(pieces)


def scatter_lines(
    points: Sequence[tuple[float, float, str, str]],
    curve: Sequence[tuple[float, float]],
    width: int,
    height: int,
    signs: Glyphs,
) -> list[Line]:
    """Return a plane of points (x, y, sign, style) with a curve through it, axes at round numbers."""
    inside, rows = width - MARGIN, height - 2
    if inside < 4 or rows < 2 or not points:
        return [()] * max(0, height)
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x_axis = linear(min(xs), max(xs), max(2, inside // 12))
    y_axis = linear(min(ys), max(ys), max(1, min(5, rows // 3)))
    canvas = _Canvas(x_axis, y_axis, Dots(inside, rows, signs), Dots(inside, rows, signs))
    before: tuple[int, int] | None = None
    for x, y in curve:
        seen = x_axis.low <= x <= x_axis.high and y_axis.low <= y <= y_axis.high
        here = (canvas.dot_columns([x])[0], canvas.dot_lines([y])[0]) if seen else None
        if here:
            canvas.dots.line(*(before or here), *here)
        before = here
    for line, column, (_, _, sign, style) in zip(
        canvas.lines(ys), canvas.columns(xs), points, strict=True
    ):
        # A point on the curve has the curve's style, or the curve would seem to break off there.
        canvas.on_top[line][column] = (sign, "lit" if canvas.dots.row(line)[column] else style)
    rows_of = _rows(canvas, signs, [Curve("", (), "", "lit")])
    return [*rows_of, *_foot(canvas, partial(axis_label, ticks=x_axis.ticks), signs)]
