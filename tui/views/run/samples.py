"""Samples in columns, as many as fit."""

from collections.abc import Sequence

from ...text.format import fitted
from ...text.glyphs import Glyphs
from ...text.lines import Line

GAP = 2
WIDEST = 40


def _size(longest: int, width: int) -> int:
    """The cells of a column; the text of a wide one is cut."""
    return max(1, min(longest, WIDEST, width - GAP)) + GAP


def room_for(longest: int, width: int, height: int) -> int:
    """Return how many samples fit."""
    return max(1, width // _size(longest, width)) * height


def sample_lines(
    texts: Sequence[tuple[str, bool]], longest: int, width: int, height: int, signs: Glyphs
) -> list[Line]:
    """Return them column by column; each with whether it is in the text, which makes it stand out."""
    size = _size(longest, width)
    lines: list[Line] = []
    for y in range(min(height, len(texts))):
        lines.append(
            tuple(
                (fitted(text, size - GAP, signs.ellipsis) + " " * GAP, "positive" if known else "")
                for text, known in texts[y::height]
            )
        )
    return lines
