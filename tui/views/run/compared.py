"""Runs as a table: the number plotted, the best validation, and how their settings differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...text.format import cells, fitted, number
from ...text.glyphs import Glyphs
from ...text.lines import Line

NUMBER = 9
LONGEST = 16


@dataclass(frozen=True)
class Compared:
    """One of the runs: its sign in the plot, its name and numbers, its settings by name."""

    sign: str
    style: str
    name: str
    now: float | None
    best: float | None
    settings: Mapping[str, str] = field(default_factory=dict)


def compared_lines(
    runs: Sequence[Compared], differing: Sequence[str], width: int, signs: Glyphs
) -> list[Line]:
    """Return a header and a line a run; of the settings that differ as many as there is room for."""
    words = min(LONGEST, max(cells(run.name) for run in runs))
    head = f"   {'':{words}}{'now':>{NUMBER}}"
    best = any(run.best is not None for run in runs)
    head += f"{'best val':>{NUMBER}}" * best
    columns = _columns(runs, differing, width - cells(head))
    head += "".join(f"{name:>{size}}" for name, size in columns)
    rest = f"  +{len(differing) - len(columns)} differ" if differing else "  same settings"
    head += rest * (len(columns) < len(differing) or not differing)
    lines: list[Line] = [((fitted(head, width, ""), "header"),)]
    for run in runs:
        text = f"{'' if run.now is None else number(run.now):>{NUMBER}}"
        text += f"{'' if run.best is None else number(run.best):>{NUMBER}}" * best
        own = "".join(f"{_value(run, name):>{size}}" for name, size in columns)
        name = fitted(run.name, words, signs.ellipsis)
        sign = (f"{run.sign or signs.curve:2} ", run.style)
        lines.append((sign, (name, ""), (text, "strong"), (own, "dim")))
    return lines


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
