"""A plot as lines of text: axes, curves with the band between their least and greatest, marks.

Pure: numbers in, lines of (text, style) pieces out. Curves differ by sign and not by colour alone: the
first is drawn in joined dots, every other one in letters or signs of its own. The band behind the first
is a ground of its own colour, or shading where there are none.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from ..text.format import fitted
from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece
from .axes import LABEL, Axis, axis_label, linear, logarithmic, step_axis, step_label
from .band import Band
from .braille import Dots
from .canvas import Canvas
from .legend import Entry, legend_lines
from .series import Bucket, smoothed

EMPTY = " "
MARGIN = LABEL + 1  # the cells of a label and of the axis itself
FEW, LEGEND = 2, 6
"""A plot of so few curves gives its legend one line of so many; more curves have a third of it."""
BELOW = 2  # the lines of the axis below and of its numbers
BEYOND = 20.0
"""How many times the greatest of the first curve the axis reaches for the others."""
DEEPEST = 10.0
"""How far below the least mean a logarithmic axis goes: a lucky mini-batch's loss may be almost 0."""


@dataclass(frozen=True)
class Curve:
    """What is drawn of one series. Without a sign of its own it is drawn in joined dots."""

    name: str
    buckets: Sequence[Bucket]
    sign: str = ""
    style: str = "positive"
    broken: Sequence[float] = ()
    """The steps at which the value was no finite number."""
    note: str = ""
    """What the legend says behind the name: its number at the step looked at."""


@dataclass(frozen=True)
class Mark:
    """Something that happened at a step: a sign on the curve."""

    step: int
    style: str = "warning"
    kept: bool = False
    """Whether it is that a recording was kept."""


@dataclass(frozen=True)
class View:
    """How a plot is looked at."""

    first: int
    last: int
    log: bool = False
    smoothing: float = 0.0
    cursor: int | None = None
    """The step a vertical line stands at."""
    marks: tuple[Mark, ...] = ()
    ground: bool = False
    """Whether the band can have a colour of its own behind the curve."""
    bare: bool = False
    """Whether the axis of steps is left out, as where many plots share it."""


def plot_lines(curves: Sequence[Curve], view: View, width: int, height: int, signs: Glyphs) -> list[Line]:
    """Return `height` lines of `width` cells: a legend, the curves beside their axis, the steps below."""
    return with_cursor(curve_lines(curves, view, width, height, signs), view, width, signs)


def curve_lines(
    curves: Sequence[Curve], view: View, width: int, height: int, signs: Glyphs
) -> list[Line]:
    """Return a plot without its cursor, which moves more often than the curves change."""
    inside, legend = width - MARGIN, _legend(curves, view, width, height, signs)
    rows = height - len(legend) - BELOW * (not view.bare)
    if inside < 4 or rows < 2:
        return [((fitted("", width, ""), ""),)] * max(0, height)
    canvas = Canvas(
        step_axis(view.first, view.last, inside),
        value_axis(curves, view, rows),
        Band(inside, rows),
        Dots(inside, rows, signs),
    )
    for curve in reversed(curves):  # the run's own on top
        _draw(canvas, curve, view.smoothing, signs)
    _draw_marks(canvas, curves, view, signs)
    lines = [*legend, *_rows(canvas, signs, curves, view.ground)]
    return lines if view.bare else [*lines, *_foot(canvas, step_label, signs)]


def with_cursor(lines: Sequence[Line], view: View, width: int, signs: Glyphs) -> list[Line]:
    """Return a plot with a line at the cursor's step, behind whatever is there."""
    inside = width - MARGIN
    if view.cursor is None or inside < 4 or len(lines) < BELOW + 3:
        return list(lines)
    place = step_axis(view.first, view.last, inside).place(view.cursor)
    column = MARGIN + round(place * (inside - 1))
    start = next((y for y, line in enumerate(lines) if _is_plotted(line, signs)), len(lines))
    marked = [_behind(line, column, (signs.cursor_line, "changed")) for line in lines[start:-BELOW]]
    return [*lines[:start], *marked, *lines[-BELOW:]]


def _is_plotted(line: Line, signs: Glyphs) -> bool:
    """Whether a line stands beside the axis of values, and not above it."""
    return bool(line) and line[0][0][MARGIN - 1 :] in (signs.tick, signs.guide)


def _behind(line: Line, column: int, sign: Piece) -> Line:
    """Put a sign into an empty cell of a line; the ground there stays."""
    before = 0
    for i, (text, style) in enumerate(line):
        at = column - before
        if at < len(text):
            if text[at] != EMPTY:
                return line
            own = (sign[0], f"{sign[1]} ground") if "ground" in style else sign
            halves = [(text[:at], style), own, (text[at + 1 :], style)]
            return (*line[:i], *(half for half in halves if half[0]), *line[i + 1 :])
        before += len(text)
    return line


def spans_decades(curves: Sequence[Curve], factor: float) -> bool:
    """Whether what is drawn ranges over more than a factor, from the least mean to the greatest value."""
    buckets = [bucket for curve in curves for bucket in curve.buckets]
    means = [bucket.mean for bucket in buckets]
    least = min((mean for mean in means if mean > 0), default=0.0)
    return bool(least) and min(means) >= 0 and max(_highs(curves)) / least > factor


def value_axis(curves: Sequence[Curve], view: View, rows: int) -> Axis:
    """Return the axis that every value of every curve fits on."""
    count = min(4, max(2, rows // 2)) if view.bare else max(1, min(5, rows // 3))
    lows = [bucket.low for curve in curves for bucket in curve.buckets]
    highs = _highs(curves)
    if view.log:
        means = [bucket.mean for curve in curves for bucket in curve.buckets if bucket.mean > 0]
        if not means:
            return Axis(0.1, 1, (0.1, 1), True)
        lowest = min((x for x in lows if x > 0), default=min(means))
        return logarithmic(max(lowest, min(means) / DEEPEST), max(highs), count)
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    if 0 < low < high / 3:
        low = 0.0
    return linear(low, high, count)


def _highs(curves: Sequence[Curve]) -> list[float]:
    """What the axis is to reach up to: another curve that blew up does not flatten the first one."""
    first = [bucket.high for curve in curves[:1] for bucket in curve.buckets]
    most = BEYOND * max(first) if first and max(first) > 0 else math.inf
    return [*first, *(min(b.high, most) for curve in curves[1:] for b in curve.buckets)]


# Drawing


def _draw(canvas: Canvas, curve: Curve, smoothing: float, signs: Glyphs) -> None:
    means = smoothed([bucket.mean for bucket in curve.buckets], smoothing)
    if curve.sign:
        _draw_signs(canvas, curve, means)
    else:
        _draw_dots(canvas, curve.buckets, means)
    for column in canvas.columns(curve.broken):
        canvas.on_top[0][column] = ("!", "warning")


def _draw_signs(canvas: Canvas, curve: Curve, means: Sequence[float]) -> None:
    """Put a sign in every third column, so that curves show through, and at the greatest spike."""
    piece, turn = (curve.sign, curve.style), ord(curve.sign[0]) % 3
    sparse = len(means) * 3 <= canvas.dots.width
    columns = canvas.columns([bucket.step for bucket in curve.buckets])
    lines, tops = canvas.lines(means), canvas.lines([bucket.high for bucket in curve.buckets])
    for column, line in zip(columns, lines, strict=True):
        if sparse or column % 3 == turn:
            canvas.on_top[line][column] = piece
    top, line, column = min(zip(tops, lines, columns, strict=True), default=(0, 0, 0))
    if line - top > 1:
        canvas.on_top[top][column] = piece


def _draw_dots(canvas: Canvas, buckets: Sequence[Bucket], means: Sequence[float]) -> None:
    steps = [bucket.step for bucket in buckets]
    tops = canvas.heights([bucket.high for bucket in buckets])
    bottoms = canvas.heights([bucket.low for bucket in buckets])
    canvas.band.fill(canvas.columns(steps), tops, bottoms)
    points = list(zip(canvas.dot_columns(steps), canvas.dot_lines(means), strict=True))
    for start, end in pairwise([*points[:1], *points]):
        canvas.dots.line(*start, *end)


def _draw_marks(canvas: Canvas, curves: Sequence[Curve], view: View, signs: Glyphs) -> None:
    """Put a sign on the first curve where something happened."""
    buckets = curves[0].buckets if curves else ()
    seen = [mark for mark in view.marks if view.first <= mark.step <= view.last and buckets]
    steps, means = [bucket.step for bucket in buckets], [bucket.mean for bucket in buckets]
    means = smoothed(means, view.smoothing)
    for mark, column in zip(seen, canvas.columns([mark.step for mark in seen]), strict=True):
        near = min(bisect_left(steps, mark.step), len(steps) - 1)
        canvas.on_top[canvas.lines([means[near]])[0]][column] = (
            signs.kept if mark.kept else signs.event,
            mark.style,
        )


def _rows(canvas: Canvas, signs: Glyphs, curves: Sequence[Curve], ground: bool = False) -> list[Line]:
    style = next((curve.style for curve in curves if not curve.sign), "")
    ticks = canvas.y.ticks
    labels = {y: axis_label(tick, ticks) for y, tick in zip(canvas.lines(ticks), ticks, strict=True)}
    lines = []
    for y, row in enumerate(canvas.rows(style, signs, ground)):
        label = f"{labels.get(y, ''):>{LABEL}}"
        lines.append(((label + (signs.tick if y in labels else signs.guide), "dim"), *row))
    return lines


def _foot(canvas: Canvas, write: Callable[[float], str], signs: Glyphs) -> list[Line]:
    """The axis below and, under it, the numbers at its ticks."""
    width = canvas.dots.width
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


def _legend(curves: Sequence[Curve], view: View, width: int, height: int, signs: Glyphs) -> list[Line]:
    """Name every curve behind its sign, with its number, and the band."""
    entries = [Entry(c.sign or signs.curve, c.style, c.name, c.note) for c in curves]
    if not view.bare and any(b.high > b.low for c in curves[:1] if not c.sign for b in c.buckets):
        sign = (" " * len(signs.curve), "ground") if view.ground else (signs.band, "dim")
        entries.insert(1, Entry(*sign, "min to max"))
    if any(mark.kept for mark in view.marks):
        entries.append(Entry(signs.kept, "changed", "kept", optional=True))
    if not all(mark.kept for mark in view.marks):
        entries.append(Entry(signs.event, "negative", "events", optional=True))
    most = height // 3 if len(curves) > FEW else height // LEGEND
    return legend_lines(entries, 0 if view.bare else MARGIN, width, max(1, most), signs)


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
    canvas = Canvas(x_axis, y_axis, Band(inside, rows), Dots(inside, rows, signs))
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
