"""The numbers of a run as a table: the value looked at and the step it is of, the best and its step."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...text.format import fitted, number
from ...text.glyphs import Glyphs
from ...text.lines import Line

NUMBER = 10
NAME, LEAST = 20, 12
"""Cells of a name, and those it keeps where columns are left out: `val accuracy`."""
OF, BEST, BEST_AT = "as of step", "best", "at step"


@dataclass(frozen=True)
class Row:
    """One number: its value, the step that is of where it is another, the best one and its step."""

    name: str
    value: float | None
    of: int | None = None
    best: float | None = None
    best_at: int | None = None
    instead: str = ""
    """What stands for the best where it is not known yet."""


def table_lines(rows: Sequence[Row], cursor: int | None, width: int, signs: Glyphs) -> list[Line]:
    """Return a header and a line a number; the columns that do not fit are left out.

    Without a cursor the run is followed and the values are the last ones: of which steps would change
    with every frame, and cost 7% of its bytes.
    """
    titles = _titles(cursor, width)
    words = max(1, min(NAME, width - len(titles) * (NUMBER + 1)))
    head = f"{'':{words}}" + "".join(f" {title:>{NUMBER}}" for title in titles)
    lines: list[Line] = [((fitted(head, width, ""), "header"),)]
    return [*lines, *(_line(row, titles, words, signs) for row in rows)]


def _titles(cursor: int | None, width: int) -> list[str]:
    """The columns there is room for: what says of which step a value is goes before the best's step."""
    titles = ["last", BEST, BEST_AT] if cursor is None else [value_title(cursor), OF, BEST, BEST_AT]
    return titles[: max(1, (width - LEAST) // (NUMBER + 1))]


def value_title(step: int) -> str:
    """What stands above the values of a step, in as many cells as a number."""
    title = f"at {step:,}"
    return title if len(title) <= NUMBER else f"{step:,}"


def _line(row: Row, titles: Sequence[str], words: int, signs: Glyphs) -> Line:
    broken = row.value is not None and not math.isfinite(row.value)
    value = "" if row.value is None else number(row.value)
    rest = {
        OF: "" if row.of is None else f"{row.of:,}",
        BEST: row.instead if row.best is None else number(row.best),
        BEST_AT: "" if row.best_at is None else f"{row.best_at:,}",
    }
    name = fitted(_named(row.name, words), words, signs.ellipsis)
    after = "".join(f" {rest[title]:>{NUMBER}}" for title in titles[1:])
    return (
        (name, ""),
        (f" {value:>{NUMBER}}", "warning" if broken else "strong"),
        (after, "dim"),
    )


def _named(name: str, words: int) -> str:
    """A name in so many cells: `val accuracy` where there is no room for `validation accuracy`."""
    return name if len(name) <= words else name.replace("validation", "val").replace("training", "train")
