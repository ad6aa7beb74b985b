"""A nudge in lines of text: predicted beside measured, and the root against the cell with its tangent."""

import math
from itertools import pairwise
from typing import NamedTuple

from ...engine.recording.log import Recording
from ..charts.axes import Axis, linear
from ..charts.braille import Dots
from ..text.format import change, fitted, number
from ..text.glyphs import Glyphs
from ..text.lines import Line
from .steps.names import called, derivative, name

BESIDE = 12  # cells of the numbers beside the plot
ROUNDED = 1e-9  # an error below it says nothing of the gradient
LEAST = 4  # lines below which no plot is drawn


class Shown(NamedTuple):
    """What a nudge came to, as its session has it."""

    node: int
    value: float
    by: float
    grad: float
    predicted: float
    measured: float
    error: float
    root: float
    curve: list[tuple[float, float]]
    sides: tuple[float, float] | None
    """The slopes on the left and on the right, at a kink."""


def nudge_lines(recording: Recording, shown: Shown, width: int, height: int, signs: Glyphs) -> list[Line]:
    """Return the lines for a size: the words first, the plot in what is left."""
    words = _words(recording, shown, signs)
    lines: list[Line] = [((fitted(text, width, signs.ellipsis), style),) for text, style in words]
    if height - len(lines) - 1 >= LEAST:
        lines += [(), *plot(recording, shown, width, height - len(lines) - 1, signs)]
    return lines


def _words(recording: Recording, shown: Shown, signs: Glyphs) -> list[tuple[str, str]]:
    cell, root = called(recording, shown.node), name(recording, recording.root)
    before, after = change(shown.value, shown.value + shown.by)
    grad, by = number(shown.grad), number(shown.by)
    words = [
        (f"{cell} {before} {signs.arrow} {after}: nudged by h = {by}", "strong"),
        (f"predicted  {derivative(root, cell)} {signs.times} h = {grad} {signs.times} {by}"
         f" = {number(shown.predicted, True)}", ""),
        (f"measured   {root} moves by {number(shown.measured, True)}", ""),
        (f"apart by   {number(100 * shown.error)}% {_verdict(shown)}", "dim"),
    ]  # fmt: skip
    if shown.sides:
        left, right = map(number, shown.sides)
        words.append((f"a kink: the slope is {left} on the left and {right} on the right", "changed"))
    return words


def _verdict(shown: Shown) -> str:
    if shown.sides:
        return "(one gradient cannot be right on both sides)"
    if shown.error > 0.5:
        return "(far: the root bends within h; - makes h smaller)"
    if shown.error < ROUNDED:
        return "(but for rounding)" if shown.error else "(exactly)"
    return "(the tangent leaves the curve as h grows: + and -)"


def plot(recording: Recording, shown: Shown, width: int, height: int, signs: Glyphs) -> list[Line]:
    """The root against the cell as a curve, and the tangent at its value."""
    points = [(x, y) for x, y in shown.curve if math.isfinite(y)]
    if len(points) < 2 or width < 2 * BESIDE:
        return []
    xs, ys = zip(*points, strict=True)
    across, up = Axis(xs[0], xs[-1], ()), linear(min(ys), max(ys), 3)
    curve, tangent = Dots(width - BESIDE, height - 1, signs), Dots(width - BESIDE, height - 1, signs)
    _draw(curve, across, up, points)
    slope = shown.grad
    ends = [(x, shown.root + slope * (x - shown.value)) for x in (xs[0], xs[-1])]
    _draw(tangent, across, up, _clipped(ends, up))
    here = round(across.place(shown.value) * (curve.width - 1)), up.place(shown.root)
    rows = [_row(curve, tangent, y, here, signs) for y in range(curve.height)]
    beside = {0: number(up.high), curve.height - 1: number(up.low)}
    root, cell = name(recording, recording.root), name(recording, shown.node)
    foot = f"{cell} from {number(xs[0])} to {number(xs[-1])}, {root} upwards"
    foot += f"; {signs.line} the tangent, {signs.current} here"
    return [
        *(((f"{beside.get(y, ''):>{BESIDE - 1}} ", "dim"), *row) for y, row in enumerate(rows)),
        ((fitted(" " * BESIDE + foot, width, signs.ellipsis), "dim"),),
    ]


def _draw(dots: Dots, across: Axis, up: Axis, points: list[tuple[float, float]]) -> None:
    places = [
        (round(across.place(x) * dots.right), round((1 - up.place(y)) * dots.bottom)) for x, y in points
    ]
    for (x, y), (to_x, to_y) in pairwise(places):
        dots.line(x, y, to_x, to_y)


def _clipped(ends: list[tuple[float, float]], up: Axis) -> list[tuple[float, float]]:
    """The part of a straight line that lies between the bounds of an axis."""
    (x, y), (to_x, to_y) = ends
    if not all(map(math.isfinite, (y, to_y))) or y == to_y:
        return ends if up.low <= y <= up.high else []
    at = sorted(((bound - y) / (to_y - y)) for bound in (up.low, up.high))
    first, last = max(0.0, at[0]), min(1.0, at[1])
    return [] if first >= last else [(x + (to_x - x) * t, y + (to_y - y) * t) for t in (first, last)]


def _row(curve: Dots, tangent: Dots, y: int, here: tuple[int, float], signs: Glyphs) -> Line:
    """One line of the plot: the curve before the tangent, the cell's place on top."""
    width = curve.width
    drawn, behind = curve.text()[y * width : (y + 1) * width], tangent.text()[y * width : (y + 1) * width]
    at_line = round((1 - here[1]) * (curve.height - 1))
    pieces: list[tuple[str, str]] = []
    for x, (mine, theirs) in enumerate(zip(drawn, behind, strict=True)):
        if y == at_line and x == here[0]:
            pieces.append((signs.current, "changed"))
        elif mine != " ":
            pieces.append((mine, "positive"))
        else:
            pieces.append((signs.line if theirs != " " else " ", "dim"))
    return tuple(pieces)
