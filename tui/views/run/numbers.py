"""The numbers of a run as a table: the value looked at and the step it is of, the best and its step."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ...text.apart import told_apart
from ...text.format import cells, fitted, number, plain
from ...text.glyphs import Glyphs
from ...text.lines import Line

NUMBER = 10
NAME, LEAST = 20, 12
"""Cells of a name, more where there is room, and those it keeps where columns are left out."""
MEAN = " (mean)"
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
    mean: bool = False
    """Whether the value is the mean of many steps, of which no more is kept."""


def table_lines(
    rows: Sequence[Row],
    cursor: int | None,
    width: int,
    signs: Glyphs,
    names: tuple[str, ...] = (),
    above: str = "",
) -> list[Line]:
    """Return a header and a line a row; the columns that do not fit are left out.

    Without a cursor the run is followed and the values are the last ones: of which steps would change
    with every frame, and cost 7% of its bytes. `names` are those of all rows, in sight or not, which are
    told apart; `above` stands above those that are.
    """
    names = names or tuple(row.name for row in rows)
    titles = _titles(cursor, width)
    marked = MEAN if any(row.mean for row in rows) else ""
    longest = max((cells(name + marked) for name in names), default=0)
    words = max(1, min(max(NAME, longest), width - len(titles) * (NUMBER + 1)))
    head = fitted(above, words, "") + "".join(f" {title:>{NUMBER}}" for title in titles)
    labels = _labels(names, words - len(marked), signs)
    lines: list[Line] = [((fitted(head, width, ""), "header"),)]
    for row in rows:
        label = labels.get(row.name, row.name) + MEAN * row.mean
        lines.append(_line(row, titles, fitted(label, words, signs.ellipsis)))
    return lines


def in_sight(size: Callable[[int], int], count: int, at: int, room: int) -> range:
    """Which of `count` entries of a list fill so many lines, the one at `at` whole and in the middle.

    `size` tells the lines of an entry; it is asked of few, though the list may be long. The last one may
    be cut at the end.
    """
    first = end = at
    used = size(at) if count else 0
    while first > 0 and used - size(at) + size(first - 1) <= min(room // 2, room - size(at)):
        first -= 1
        used += size(first)
    while (end := end + 1) < count and used < room:
        used += size(end)
    while end >= count and first > 0 and used + size(first - 1) <= room:
        first -= 1
        used += size(first)
    return range(first, min(end, count))


def _titles(cursor: int | None, width: int) -> list[str]:
    """The columns there is room for: what says of which step a value is goes before the best's step."""
    titles = ["last", BEST, BEST_AT] if cursor is None else [value_title(cursor), OF, BEST, BEST_AT]
    return titles[: max(1, (width - LEAST) // (NUMBER + 1))]


def value_title(step: int) -> str:
    """What stands above the values of a step, in as many cells as a number."""
    title = f"at {step:,}"
    return title if len(title) <= NUMBER else f"{step:,}"


def _line(row: Row, titles: Sequence[str], name: str) -> Line:
    broken = row.value is not None and not math.isfinite(row.value)
    value = "" if row.value is None else number(row.value)
    rest = {
        OF: "" if row.of is None else f"{row.of:,}",
        BEST: row.instead if row.best is None else number(row.best),
        BEST_AT: "" if row.best_at is None else f"{row.best_at:,}",
    }
    after = "".join(f" {rest[title]:>{NUMBER}}" for title in titles[1:])
    return (
        (name, ""),
        (f" {value:>{NUMBER}}", "warning" if broken else "strong"),
        (after, "dim"),
    )


@lru_cache(maxsize=4)  # a thousand names would take all of a frame
def written(names: tuple[str, ...]) -> dict[str, str]:
    """Return each name as people write it, `grad norm`, unless another one would look the same."""
    found = {name: plain(name.replace("_", " ")) for name in names}
    count = Counter(found.values())
    return {name: text if count[text] == 1 else plain(name) for name, text in found.items()}


@lru_cache(maxsize=4)
def _labels(names: tuple[str, ...], words: int, signs: Glyphs) -> dict[str, str]:
    """Return names in so many cells, told apart: `val accuracy` for `validation accuracy`."""
    short = {name: _named(name, words) for name in names}
    if len(set(short.values())) < len(short):
        short = {name: name for name in names}
    apart = told_apart(list(short.values()), words, signs.ellipsis)
    return {name: apart[text] for name, text in short.items()}


def _named(name: str, words: int) -> str:
    """A name in so many cells: `val accuracy` where there is no room for `validation accuracy`."""
    return (
        name if cells(name) <= words else name.replace("validation", "val").replace("training", "train")
    )
