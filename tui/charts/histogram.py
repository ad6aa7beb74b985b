"""Histograms of many numbers as lines of bars: one line a layer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.learning.module_look import Spread
from ..text.format import cut_in_middle, fitted, number
from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece

SPREAD = 10  # the cells of the last column
RATIO = 15  # and of that of the updates
LEAST_NAME, FEW_BINS = 8, 8  # cells of a name and of bars where there is room for little
LEAST_BINS = 16  # cells of bars that are left where it is shown
HIGH = 1e-2
"""The part of its weights from which a training step moves a layer far; about 1e-3 is healthy."""

Numbers = Sequence[float] | Spread


@dataclass(frozen=True)
class Layer:
    """The numbers of one layer: its name, its parameters, and their gradients if they are known.

    Of a watched module of PyTorch's they are counted already.
    """

    name: str
    parameters: Numbers
    gradients: Numbers = ()
    ratio: float | None = None
    """The part of its weights that the training step moves them by, if it is known."""


def counts(values: Numbers, low: float, high: float, bins: int) -> Sequence[float]:
    """Return how many finite values fall into each of `bins` equal parts of low..high."""
    if isinstance(values, Spread):
        return _recounted(values, low, high, bins)
    found, span = [0] * bins, (high / 2 - low / 2) or 1.0
    for value in values:
        if low <= value <= high:
            found[min(bins - 1, int((value / span - low / span) * bins / 2))] += 1
    return found


def _recounted(values: Spread, low: float, high: float, bins: int) -> list[float]:
    """Spread the bars of a histogram over others, each in proportion to what it shares with them."""
    found, reach, many = [0.0] * bins, values.reach or (high - low) * 1e-9, len(values.bars)
    for index, count in enumerate(values.bars):
        if count:
            start = (reach * (2 * index / many - 1) - low) / (high - low) * bins
            end = (reach * (2 * (index + 1) / many - 1) - low) / (high - low) * bins
            for at in range(max(0, int(start)), min(bins - 1, int(end)) + 1):
                shared = min(end, at + 1) - max(start, at)
                found[at] += count * max(0.0, shared) / (end - start)
    return found


def histogram_lines(layers: Sequence[Layer], width: int, height: int, signs: Glyphs) -> list[Line]:
    """Return for each layer a line of its parameters and, where known, one of its gradients.

    All layers of a kind share one scale, symmetric around 0, so they can be compared at a glance. Beside
    the gradients stands how far the training step moves the weights.
    """
    lines: list[Line] = []
    for what, style in (("parameters", "positive"), ("gradients", "negative")):
        rows = [(layer.name, getattr(layer, what)) for layer in layers]
        if not any(_many(values) for _, values in rows):
            continue
        reach = _reach([x for _, values in rows for x in _outermost(values)])
        words = max(len(name) for name, _ in [*rows, (what, ())])
        words = min(words, max(LEAST_NAME, width - SPREAD - 2 - FEW_BINS))
        bins = max(4, width - words - SPREAD - 2)
        known = what == "gradients" and any(layer.ratio is not None for layer in layers)
        moved = known and bins >= LEAST_BINS + RATIO
        bins -= RATIO * moved
        head: Line = ((f"{'update/weight':>{RATIO}}", "dim"),) if moved else ()
        lines.append((*_scale(what, reach, words, bins, signs), *head))
        for layer, (name, values) in zip(layers, rows, strict=True):
            called = cut_in_middle(name, words, signs.ellipsis)
            bars = _bars(fitted(called, words, ""), values, reach, bins, style, signs)
            lines.append((*bars, _ratio(layer.ratio)) if moved else bars)
    return lines[:height]


def _many(values: Numbers) -> int:
    return values.count if isinstance(values, Spread) else len(values)


def _outermost(values: Numbers) -> Sequence[float]:
    return (values.reach,) if isinstance(values, Spread) else values


def _reach(values: Sequence[float]) -> float:
    """The least 1, 2 or 5 times a power of ten that no finite value exceeds."""
    most = max((abs(x) for x in values if math.isfinite(x)), default=0.0)
    if not most:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next((power * m for m in (1, 2, 5, 10) if most <= power * m < math.inf), most)


def _scale(what: str, reach: float, words: int, bins: int, signs: Glyphs) -> Line:
    low, high = number(-reach), number(reach)
    inside = bins - len(low) - len(high)
    middle = f"{'0' if inside > 2 else '':^{max(0, inside)}}"
    ends = f"{low}{middle}{high}" if inside > 0 else high if len(high) <= bins else ""
    return ((f"{fitted(what, words, '')} ", "strong"), (f"{ends:>{bins}}{'spread':>{SPREAD + 1}}", "dim"))


def _bars(name: str, values: Numbers, reach: float, bins: int, style: str, signs: Glyphs) -> Line:
    found = counts(values, -reach, reach, bins)
    most, top = max(found) or 1, len(signs.bars) - 1
    bars = "".join(signs.bars[math.ceil(n / most * top)] if n else " " for n in found)
    if isinstance(values, Spread):
        broken, spread = values.nonfinite, values.deviation
    else:
        broken = sum(not math.isfinite(x) for x in values)
        spread = 0.0 if broken else _spread(values)
    if broken:
        end: Piece = (fitted(f" {broken} nan/inf", SPREAD + 1, ""), "warning")
    else:
        end = (f" {number(spread):>{SPREAD}}", "dim")
    return ((f"{name} ", ""), (bars, style), end)


def window(count: int, height: int, chosen: int) -> range:
    """Return which of so many layers have lines for both kinds in a height, with the chosen one."""
    room = max(1, (height - 2) // 2)
    first = max(0, min(chosen - room // 2, count - room))
    return range(first, min(count, first + room))


def _ratio(ratio: float | None) -> Piece:
    """An update-to-weight ratio, marked where it is far above the healthy one."""
    if ratio is None or not math.isfinite(ratio):
        return " " * RATIO, ""
    sign, style = ("!", "negative") if ratio > HIGH else (" ", "dim")
    return f"{ratio:.1e}{sign}".rjust(RATIO), style


def _spread(values: Sequence[float]) -> float:
    most = max(map(abs, values), default=0.0)
    if not most:
        return 0.0
    shares = [x / most for x in values]  # no square of them overflows
    mean = math.fsum(shares) / len(shares)
    return most * math.sqrt(math.fsum((x - mean) ** 2 for x in shares) / len(shares))
