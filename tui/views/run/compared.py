"""Runs as a table: the number plotted at one step, each run's best validation, how settings differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...text.format import cells, fitted, number
from ...text.glyphs import Glyphs
from ...text.lines import Line

Column = tuple[str, int, list[str]]
"""A title, the cells it takes, and what stands in each row."""
NUMBER = 12
"""Cells of a number with the gap before it: `reading 40%` takes eleven."""
LONGEST, SHORTEST = 16, 8
"""Cells of a name."""
BEST = "run's best val"


@dataclass(frozen=True)
class Compared:
    """One of the runs: its sign in the plot, its name and numbers, its settings by name."""

    sign: str
    style: str
    name: str
    now: float | None
    """The number at the step looked at, or the last before it."""
    of: int | None
    """The step that is of, where it is another."""
    reading: str
    """How much of it has been read, where it is not all: a number may not be known yet."""
    best: float | None
    settings: Mapping[str, str] = field(default_factory=dict)


def compared_lines(
    runs: Sequence[Compared], at: int, differing: Sequence[str], width: int, signs: Glyphs
) -> list[Line]:
    """Return a header and a line a run; of the settings that differ as many as there is room for.

    Every column says of what it is: the step looked at, the one a run ended at before, all of a run.
    """
    words = min(LONGEST, max(cells(run.name) for run in runs))
    numbers = _numbers(runs, at, width - 3 - min(words, SHORTEST))
    words = max(0, min(words, width - 3 - _room(numbers)))
    head = f"{'':{3 + words}}" + "".join(f"{title:>{size}}" for title, size, _ in numbers)
    columns = _columns(runs, differing, width - cells(head))
    head += "".join(f"{name:>{size}}" for name, size in columns)
    rest = f"  +{len(differing) - len(columns)} differ" if differing else "  same settings"
    head += rest * (len(columns) < len(differing) or not differing)
    lines: list[Line] = [((fitted(head, width, ""), "header"),)]
    for i, run in enumerate(runs):
        text = "".join(f"{texts[i]:>{size}}" for _, size, texts in numbers)
        own = "".join(f"{_value(run, name):>{size}}" for name, size in columns)
        name = fitted(run.name, words, signs.ellipsis)
        sign = (f"{run.sign or signs.curve:2} ", run.style)
        lines.append((sign, (name, ""), (text, "strong"), (own, "dim")))
    return lines


def _numbers(runs: Sequence[Compared], at: int, room: int) -> list[Column]:
    """The columns of numbers: title, cells, and what stands in each; those of a use that fit."""
    columns = [(f"at {at:,}", NUMBER, [_now(run) for run in runs])]
    if any(run.of is not None for run in runs):
        columns.append(("as of step", NUMBER, ["" if r.of is None else f"{r.of:,}" for r in runs]))
    if any(run.best is not None for run in runs):
        best = ["" if run.best is None else number(run.best) for run in runs]
        columns.append((BEST, len(BEST) + 2, best))
    while len(columns) > 1 and _room(columns) > room:
        columns.pop()
    return columns


def _room(columns: Sequence[Column]) -> int:
    return sum(size for _, size, _ in columns)


def _now(run: Compared) -> str:
    return run.reading if run.now is None else number(run.now)


def _value(run: Compared, name: str) -> str:
    return fitted(run.settings.get(name, ""), LONGEST, "~").strip()


def _columns(runs: Sequence[Compared], names: Sequence[str], room: int) -> list[tuple[str, int]]:
    found = []
    for name in names:
        size = 2 + max(len(name), *(cells(_value(run, name)) for run in runs))
        if size <= room:
            found.append((name, size))
            room -= size
    return found
