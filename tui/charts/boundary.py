"""A decision boundary as cells: two squares of the plane in each, the points on top.

In many colours each half of a cell has the colour of its class, the stronger the surer. In sixteen or
none the classes are shades of the cell itself, in the class's colour if there is any. A point's sign is
its class in either case.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import repeat
from typing import TYPE_CHECKING

from ..text.glyphs import Glyphs
from ..text.lines import Line, Piece, merged

if TYPE_CHECKING:
    from ...engine.learning.predict_batch import Field

LEVELS, COLOURS = 3, 6
# By class and level, which is LEVELS where it is wholly certain.
COLOUR_NAMES = [[f"{kind}-{min(i, LEVELS - 1)}" for i in range(LEVELS + 1)] for kind in range(COLOURS)]
SIGNS = "ox+*#%@&$=~^?<>"


def class_sign(index: int) -> str:
    """The sign of a class's points."""
    return SIGNS[index % len(SIGNS)]


def level(certainty: float) -> int:
    """The strength of a colour, 0 to LEVELS - 1."""
    return min(int(certainty * LEVELS), LEVELS - 1)


def coloured_lines(field: Field, points: Mapping[tuple[int, int], int], signs: Glyphs) -> list[Line]:
    """Draw in half blocks: the field has two squares to a cell; `points` maps (x, line) to a class."""
    rows = _rows(field)
    tops, lows = rows[::2], rows[1::2]
    lines = [
        list(map(_halves, top, low, repeat(signs.half))) for top, low in zip(tops, lows, strict=True)
    ]
    for (x, y), kind in points.items():
        lines[y][x] = (class_sign(kind), f"point{lows[y][x]}")
    return [merged(cells) for cells in lines]


def _rows(field: Field) -> list[list[str]]:
    """The colour of every square: its class's, in the strength of its certainty."""
    squares = [
        COLOUR_NAMES[kind % COLOURS][int(certainty * LEVELS)]
        for kind, certainty in zip(field.classes, field.certainty, strict=True)
    ]
    return [squares[start : start + field.width] for start in range(0, len(squares), field.width)]


@cache
def _halves(top: str, low: str, half: str) -> Piece:
    return (half, f"over{top} under{low}") if top != low else (" ", f"under{low}")


def shaded_lines(field: Field, points: Mapping[tuple[int, int], int], signs: Glyphs) -> list[Line]:
    """Draw in shades: the field has one square to a cell; class 0 is left blank where it is sure."""
    several = max(field.classes, default=0) > 1
    shades = [
        (_shade(kind, level(certainty), several, signs), f"class{kind % COLOURS}")
        for kind, certainty in zip(field.classes, field.certainty, strict=True)
    ]
    lines = [shades[start : start + field.width] for start in range(0, len(shades), field.width)]
    for (x, y), kind in points.items():
        lines[y][x] = (class_sign(kind), "strong")
    return [merged(cells) for cells in lines]


def _shade(kind: int, strength: int, several: bool, signs: Glyphs) -> str:
    """The sign of a class's ground: two classes have two grades each, more have one each."""
    if several:
        return signs.shades[kind % len(signs.shades)]
    unsure = strength == 0
    return signs.shades[1 if unsure else 0] if kind == 0 else signs.shades[2 if unsure else 3]
