"""A heat map in a few lines of shades: the darker a cell, the larger the numbers below it."""

import math
from collections.abc import Sequence

from ..text.format import number
from ..text.glyphs import Glyphs
from ..text.lines import Line, merged

BAD = "!"
"""A cell with a nan or an infinity in it: told by its sign, not by colour alone."""


def heat_lines(means: Sequence[Sequence[float]], signs: Glyphs) -> list[Line]:
    """Return a line a row of cells; a cell of exact zeros is blank."""
    top = largest(means)
    return [merged(_cell(mean, top, signs) for mean in row) for row in means]


def largest(means: Sequence[Sequence[float]]) -> float:
    """Return the largest mean that is finite; 0 where there is none."""
    return max((x for row in means for x in row if math.isfinite(x)), default=0.0)


def legend(means: Sequence[Sequence[float]], signs: Glyphs) -> str:
    """Return what the shades stand for: `░ to 1e-5, ▒ 2e-5, ▓ 3e-5, █ 4e-5; blank 0`."""
    top, shades = largest(means), signs.heat[1:]
    bad = f"; {BAD} not finite" if any(not math.isfinite(x) for row in means for x in row) else ""
    if not top:
        return f"all zero{bad}" if not bad else f"blank 0{bad}"
    steps = [f"{shade} {number(_short(top * (i + 1) / len(shades)))}" for i, shade in enumerate(shades)]
    return f"{', '.join(steps)}; blank 0{bad}".replace(" ", " to ", 1)


def _short(x: float) -> float:
    """Two digits are enough for a legend."""
    return float(f"{x:.1e}")


def _cell(mean: float, top: float, signs: Glyphs) -> tuple[str, str]:
    if not math.isfinite(mean):
        return BAD, "warning"
    if not mean or not top:
        return " ", ""
    shades = signs.heat[1:]
    return shades[min(len(shades) - 1, max(0, math.ceil(mean / top * len(shades)) - 1))], ""
