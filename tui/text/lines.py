"""Styled text: a line is a row of pieces, a piece a text and the names of its styles.

Charts and views return lines, panes draw them. What a style looks like only the panes' palette knows, so
that everything below them can be tested as plain text.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from .format import cells, shortened

Piece = tuple[str, str]
"""A text, and the names of its styles with spaces between them, later ones on top."""
Line = tuple[Piece, ...]


def merged(pieces: Iterable[Piece]) -> Line:
    """Return the pieces as a line, neighbours of one style joined: the fewer, the sooner it is drawn."""
    runs = groupby(pieces, key=itemgetter(1))
    return tuple(("".join(text for text, _ in run), style) for style, run in runs)


def restyled(line: Line, names: str) -> Line:
    """Return the line with more styles on top of every piece."""
    return tuple((text, f"{own} {names}") for text, own in line) if names else line


def cut(line: Line, width: int, ellipsis: str) -> Line:
    """Return what fits of a line into `width` terminal cells; the piece cut short ends in an ellipsis."""
    left, kept = width, []
    for text, style in line:
        text = shortened(text, left, ellipsis)
        kept.append((text, style))
        left -= cells(text)
    return tuple(kept)


def sign_style(x: float | None) -> str:
    """The style for a gradient: sign and weight differ too, so colour is never the only one."""
    return "" if not x or x != x else "positive" if x > 0 else "negative"
