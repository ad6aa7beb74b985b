"""The switches that break a backward pass, as lines: a box, a name, a sentence of what is wrong."""

from collections.abc import Mapping, Sequence

from ...engine.experiments.breaks import Break
from ..text.format import plain, shortened
from ..text.glyphs import Glyphs
from ..text.lines import Line

NAME = 13


def switch_lines(
    rows: Sequence[Break], taken: Mapping[str, str], cursor: int, width: int, glyphs: Glyphs
) -> list[Line]:
    """Return a line a switch; of one that is on with what it takes."""
    return [_line(row, taken, i == cursor, width, glyphs) for i, row in enumerate(rows)]


def _line(row: Break, taken: Mapping[str, str], here: bool, width: int, glyphs: Glyphs) -> Line:
    on = row.name in taken
    given = plain(taken.get(row.name, "")) if on else row.takes
    sentence = f"{given}: {row.sentence}" if given else row.sentence
    style = "strong" if on else ""
    return (
        (f"{glyphs.current if here else ' '} ", "changed"),
        (f"[{glyphs.done if on else ' '}] ", style),
        (f"{row.name:{NAME}} ", f"{style} selected" if here else style),
        (shortened(sentence, max(8, width - NAME - 7), glyphs.ellipsis), "dim" if not on else ""),
    )
