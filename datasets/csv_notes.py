"""What was decided in reading a table, and what is in the way, in sentences."""

from collections.abc import Sequence
from shlex import quote
from typing import Protocol

from .cells import form_of
from .csv_columns import Column, Profile
from .csv_names import some, some_shown
from .csv_table import SHOWN, Table

Inputs = Sequence[tuple[int, Column]]


class Decided(Protocol):
    """What the user decided of it."""

    @property
    def missing(self) -> str:
        """What becomes of missing cells."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The only inputs."""


WHY = {
    "texts": "texts nearly all different",
    "identifies rows": "only names the row",
    "mostly missing": "mostly missing",
}


def of_columns(seen: Sequence[Profile], inputs: Inputs, wishes: Decided) -> list[str]:
    """Return the notes about the inputs: texts, signs beside numbers, what is left out or missing."""
    return [
        *_of_texts(inputs),
        *_of_numbers(seen, inputs),
        *_of_odd(inputs),
        *_of_left_out(inputs),
        *_of_missing(seen, inputs, wishes.missing),
    ]


def _of_texts(inputs: Inputs) -> list[str]:
    told = []
    for _, column in inputs:
        if column.kind == "boolean":
            told.append(f"{some_shown(column.name)} ({some_shown(column.categories[1])} is 1)")
        elif column.kind == "category":
            names = some(map(some_shown, column.categories), 4)
            if column.others:
                names = f'the {len(column.categories)} most frequent, {column.others:,} more are "other"'
            told.append(f"{some_shown(column.name)} ({names})")
    return [f"Texts become inputs of 0 and 1: {some(told)}."] if told else []


def _of_numbers(seen: Sequence[Profile], inputs: Inputs) -> list[str]:
    numbers = [(seen[i], column) for i, column in inputs if column.kind == "number"]
    commas = [some_shown(c.name) for p, c in numbers if c.style.comma]
    grouped = [some_shown(c.name) for p, c in numbers if not c.style.comma and _grouped(p)]
    dressed = [f"{some_shown(c.name)} ({_signs(p)})" for p, c in numbers if _signs(p)]
    notes = []
    if commas:
        notes.append(f"Commas are decimal commas in {some(commas)}.")
    if grouped:
        notes.append(f"Commas separate thousands in {some(grouped)}.")
    if dressed:
        notes.append(f"Signs and units beside numbers are left out: {some(dressed)}.")
    return notes


def _grouped(profile: Profile) -> bool:
    return profile.count("thousands", "ambiguous") > 0


def _signs(profile: Profile) -> str:
    return ", ".join(sorted(filter(None, profile.befores | profile.afters)))


def _of_odd(inputs: Inputs) -> list[str]:
    told = [
        f"{', '.join(map(_short, column.odd))} in {some_shown(column.name)} ({_cells(column.odds)})"
        for _, column in inputs
        if column.kind == "number" and column.odds
    ]
    return [f"Among numbers these count as missing: {some(told)}."] if told else []


def _of_left_out(inputs: Inputs) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for _, column in inputs:
        if not column.usable:
            reasons.setdefault(WHY.get(column.kind, column.kind), []).append(some_shown(column.name))
    if not reasons:
        return []
    listed = "; ".join(f"{some(names)} ({why})" for why, names in reasons.items())
    return [f"Left out: {listed}. --columns names the inputs to use instead."]


def _of_missing(seen: Sequence[Profile], inputs: Inputs, way: str) -> list[str]:
    told = _missing(seen, inputs)
    if not told or way == "skip":
        return []
    what = "median of the training rows, of texts the most frequent"
    return [f"Missing cells are filled with the {what}: {some(told)}."]


def _missing(seen: Sequence[Profile], inputs: Inputs) -> list[str]:
    return [
        f"{some_shown(column.name)} ({seen[i].missing + column.odds:,})"
        for i, column in inputs
        if column.usable and seen[i].missing + column.odds
    ]


def of_rows(target: str, total: int, drawn: int, untold: int, skipped: int) -> list[str]:
    """Return the notes about rows that are left out."""
    notes = []
    if drawn:
        notes.append(
            f"Of {total:,} rows {drawn:,} are used, drawn with seed 1337: more numbers than "
            "that are too many to train on here."
        )
    if untold:
        notes.append(f"{_rows(untold)} where the target {target!r} is missing {_are(untold)} left out.")
    if skipped:
        notes.append(f"{_rows(skipped)} with missing cells {_are(skipped)} skipped.")
    return notes


def of_ragged(table: Table) -> list[str]:
    """Return the notes about rows that are not as long as the others."""
    width, notes = len(table.names), []
    if short := table.ragged["short"]:
        notes.append(f"{_rows(short)} of fewer than {width} cells: {_lines(table, 'short')}.")
    if long := table.ragged["long"]:
        notes.append(f"{_rows(long)} of more than {width} cells {_are(long)} skipped.")
    return notes


def refused_ragged(table: Table, way: str) -> str:
    """Return what is in the way where rows are not as long as the others; "" if nothing is."""
    kinds = () if way == "skip" else ("long",) if way == "fill" else ("short", "long")
    count = sum(table.ragged[kind] for kind in kinds)
    if not count:
        return ""
    lines = "; ".join(_lines(table, kind) for kind in kinds if table.ragged[kind])
    width = len(table.names)
    have = f"{count:,} rows have" if count > 1 else "1 row has"
    return (
        f"{have} another number of cells than the {width} of the others ({lines}); put cells "
        "that hold the separator in quotes, or leave such rows out with --missing skip"
    )


def _lines(table: Table, kind: str) -> str:
    kept = table.short if kind == "short" else table.long
    more = ", ..." if table.ragged[kind] > SHOWN else ""
    return ", ".join(f"line {line}: {_cells(len(cells))}" for line, cells in kept) + more


def refused_missing(table: Table, seen: Sequence[Profile], at: int | None, inputs: Inputs) -> list[str]:
    """Return what is in the way where no cell may be missing: every column, and the first cell."""
    told = _missing(seen, inputs)
    if at is not None and seen[at].missing:
        told.append(f"the target {some_shown(seen[at].name)} ({seen[at].missing:,})")
    if not told:
        return []
    numeric = {i: column.kind == "number" for i, column in inputs if column.usable}
    first = _first_missing(table, numeric | ({} if at is None else {at: False}), seen)
    ways = "fill them in, or --missing fill or --missing skip"
    return [f"cells are missing in {some(told, 20)}{first}; {ways}"]


def no_inputs(inputs: Inputs, alone: bool) -> str:
    """Return what is in the way where no column can be an input, with advice if it is that `alone`."""
    left = some(f"{some_shown(column.name)} ({column.kind})" for _, column in inputs)
    what = f"no column is left to be an input{f': {left}' if left else ''}"
    for _, column in inputs:
        if alone and column.kind in ("texts", "mostly missing"):
            return f"{what}; a column of texts is one if it is named: --columns {quote(column.name)}"
    return f"{what}; it takes a column of numbers, or of texts that are there several times"


def _first_missing(table: Table, numeric: dict[int, bool], seen: Sequence[Profile]) -> str:
    """Return where the first missing cell is, given the columns and whether they are of numbers."""
    for n, (line, cells) in enumerate(table.rows(False, lambda part: None)):
        for i, number in sorted(numeric.items()):
            if form_of(cells[i]).kind == "missing" or (number and cells[i] in seen[i].odd):
                return f", the first in row {n + 1} (line {line}), column {table.names[i]!r}"
    return ""


def _short(text: str) -> str:
    return repr(text if len(text) <= 20 else f"{text[:17]}...")


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' * (count != 1)}"


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _are(count: int) -> str:
    return "are" if count != 1 else "is"
