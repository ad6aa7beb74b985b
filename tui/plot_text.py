"""A plot as lines of text: axes, curves with the band between their least and greatest, marks.

Pure: numbers in, lines of (text, style) pieces out. Curves differ by sign and not by colour alone: the
first is drawn in joined dots, every other one in letters or signs of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from .dots import Dots
from .glyphs import Glyphs
from .history import Bucket, smoothed
from .plot_axes import Axis, axis_label, linear, logarithmic, step_axis, step_label
from .text import cells, fitted

Piece = tuple[str, str]
Line = tuple[Piece, ...]
EMPTY: Piece = (" ", "")
MARGIN = 8  # the cells of a label and of the axis itself


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
    on_top: dict[tuple[int, int], Piece] = field(default_factory=dict)

    def column(self, step: float) -> int:
        return round(self.x.place(step) * (self.band.width - 1))

    def line(self, value: float) -> int:
        return self.dot_line(value) // self.band.down

    def dot_column(self, step: float) -> int:
        return round(self.x.place(step) * self.band.right)

    def dot_line(self, value: float) -> int:
        return round((1 - self.y.place(value)) * self.band.bottom)


def plot_lines(curves: Sequence[Curve], view: View, width: int, height: int, signs: Glyphs) -> list[Line]:
    """Return `height` lines of `width` cells: a legend, the curves beside their axis, the steps below."""
    inside, rows = width - MARGIN, height - 3
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
    lines += _rows(canvas, view, signs, curves)
    return [*lines, *_foot(canvas, step_label, signs)]


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
    for step in curve.broken:
        canvas.on_top[0, canvas.column(step)] = ("!", "warning")


def _draw_signs(canvas: _Canvas, curve: Curve, means: Sequence[float]) -> None:
    """Put a sign in every third column, so that curves show through each other, and at every spike."""
    piece, turn = (curve.sign, curve.style), ord(curve.sign[0]) % 3
    sparse = len(means) * 3 <= canvas.band.width
    for bucket, mean in zip(curve.buckets, means, strict=True):
        column, line, top = canvas.column(bucket.step), canvas.line(mean), canvas.line(bucket.high)
        if sparse or column % 3 == turn:
            canvas.on_top[line, column] = piece
        if line - top > 1:
            canvas.on_top[top, column] = piece


def _draw_dots(canvas: _Canvas, buckets: Sequence[Bucket], means: Sequence[float]) -> None:
    before: tuple[int, int] | None = None
    for bucket, mean in zip(buckets, means, strict=True):
        x, y = canvas.dot_column(bucket.step), canvas.dot_line(mean)
        low, high = canvas.dot_line(bucket.low), canvas.dot_line(bucket.high)
        if low - high > 1:
            canvas.band.line(x, high, x, low)
        canvas.dots.line(*(before or (x, y)), x, y)
        before = x, y


def _rows(canvas: _Canvas, view: View, signs: Glyphs, curves: Sequence[Curve]) -> list[Line]:
    style = next((curve.style for curve in curves if not curve.sign), "")
    labels = {canvas.line(tick): axis_label(tick, canvas.y.ticks) for tick in canvas.y.ticks}
    cursor = None if view.cursor is None else canvas.column(view.cursor)
    lines = []
    for y in range(canvas.band.height):
        row = [
            (canvas.dots.sign(dots | band), style if dots else "dim")
            for dots, band in zip(canvas.dots.row(y), canvas.band.row(y), strict=True)
        ]
        row = [EMPTY if cell[0] == " " else cell for cell in row]
        for (line, column), piece in canvas.on_top.items():
            if line == y:
                row[column] = piece
        if cursor is not None and row[cursor] == EMPTY:
            row[cursor] = (signs.cursor_line, "changed")
        axis = signs.tick if y in labels else signs.guide
        lines.append((((f"{labels.get(y, '')[: MARGIN - 1]:>{MARGIN - 1}}{axis}"), "dim"), *merged(row)))
    return lines


def merged(row: Sequence[Piece]) -> Line:
    """Join neighbouring cells of one style."""
    return tuple(("".join(ch for ch, _ in run), style) for style, run in groupby(row, key=lambda c: c[1]))


def _foot(canvas: _Canvas, write: Callable[[float], str], signs: Glyphs) -> list[Line]:
    """The axis below and, under it, the numbers at its ticks."""
    width = canvas.band.width
    axis, numbers, free = [signs.line] * width, [" "] * width, 0
    for tick in canvas.x.ticks:
        column, text = canvas.column(tick), write(tick)
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
        here = (canvas.dot_column(x), canvas.dot_line(y)) if seen else None
        if here:
            canvas.dots.line(*(before or here), *here)
        before = here
    for x, y, sign, style in points:
        line, column = canvas.line(y), canvas.column(x)
        # A point on the curve has the curve's style, or the curve would seem to break off there.
        canvas.on_top[line, column] = (sign, "lit" if canvas.dots.row(line)[column] else style)
    rows_of = _rows(canvas, View(0, 1), signs, [Curve("", (), "", "lit")])
    return [*rows_of, *_foot(canvas, partial(axis_label, ticks=x_axis.ticks), signs)]
