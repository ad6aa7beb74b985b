"""A decision boundary as cells: two squares of the plane in each, the points on top.

In many colours each half of a cell has the colour of its class, the stronger the surer. In sixteen or
none the classes are shades of the cell itself. A point's sign is its class in either case.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from .glyphs import Glyphs

if TYPE_CHECKING:
    from ..engine.evaluate import Field

Piece = tuple[str, str]
Line = tuple[Piece, ...]
LEVELS, COLOURS = 3, 6
SIGNS = "ox+*#%@&$=~^?<>"


def class_sign(index: int) -> str:
    """The sign of a class's points."""
    return SIGNS[index % len(SIGNS)]


def level(certainty: float) -> int:
    """The strength of a colour, 0 to LEVELS - 1."""
    return min(int(certainty * LEVELS), LEVELS - 1)


def coloured_lines(field: Field, points: Mapping[tuple[int, int], int], signs: Glyphs) -> list[Line]:
    """Draw in half blocks: the field has two squares to a cell; `points` maps (x, line) to a class."""
    lines = []
    for y in range(field.height // 2):
        top = _row(field, 2 * y)
        low = _row(field, 2 * y + 1)
        cells = [
            (class_sign(points[x, y]), f"under{low[x]} strong")
            if (x, y) in points
            else (signs.half, f"over{top[x]} under{low[x]}")
            if top[x] != low[x]
            else (" ", f"under{low[x]}")
            for x in range(field.width)
        ]
        lines.append(_merged(cells))
    return lines


def _row(field: Field, y: int) -> list[str]:
    start, end = y * field.width, (y + 1) * field.width
    pairs = zip(field.classes[start:end], field.certainty[start:end], strict=True)
    return [f"{kind % COLOURS}-{level(certainty)}" for kind, certainty in pairs]


def shaded_lines(field: Field, points: Mapping[tuple[int, int], int], signs: Glyphs) -> list[Line]:
    """Draw in shades: the field has one square to a cell; class 0 is left blank where it is sure."""
    lines, several = [], max(field.classes, default=0) > 1
    for y in range(field.height):
        start = y * field.width
        cells = [
            (class_sign(points[x, y]), "strong")
            if (x, y) in points
            else (
                _shade(field.classes[start + x], level(field.certainty[start + x]), several, signs),
                "dim",
            )
            for x in range(field.width)
        ]
        lines.append(_merged(cells))
    return lines


def _shade(kind: int, strength: int, several: bool, signs: Glyphs) -> str:
    """The sign of a class's ground: two classes have two grades each, more have one each."""
    if several:
        return signs.shades[kind % len(signs.shades)]
    unsure = strength == 0
    return signs.shades[1 if unsure else 0] if kind == 0 else signs.shades[2 if unsure else 3]


def _merged(cells: list[Piece]) -> Line:
    return tuple(
        ("".join(ch for ch, _ in run), style) for style, run in groupby(cells, key=lambda c: c[1])
    )
