"""A row of the start screen as a line: the name, a short fact, what there is to know."""

from collections.abc import Iterable

from ..text.format import cells, fitted, plain
from ..text.lines import Line

WIDEST = 24  # cells for a name
NARROW = 60  # below so many cells there is no room for the fact


def title_line(text: str, width: int, ellipsis: str) -> Line:
    """The title of a section: its first word strong."""
    head, colon, rest = text.partition(":")
    return (
        (f" {head}{colon}", "strong lit"),
        (fitted(rest, max(0, width - len(head) - 2), ellipsis), "dim"),
    )


def empty_line(text: str, width: int, ellipsis: str) -> Line:
    """What stands in a section that has nothing."""
    return ((fitted(f"   {text}", width, ellipsis), "dim"),)


def column_widths(rows: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """How wide the names and the facts of a section are."""
    names, facts = zip(*rows, strict=True)
    return min(WIDEST, max(cells(plain(name)) for name in names)), max(map(cells, facts))


def entry_line(texts: tuple[str, str, str], widths: tuple[int, int], width: int, ellipsis: str) -> Line:
    """Something that can be opened: its name, a fact, what there is to know."""
    name, fact, rest = map(plain, texts)
    head = f"   {fitted(name, widths[0], ellipsis)}  "
    middle = f"{fitted(fact, widths[1], ellipsis)}  " if width >= NARROW else ""
    room = max(0, width - cells(head) - cells(middle))
    return ((head, "strong"), (middle, "dim"), (fitted(rest, room, ellipsis), ""))
