"""A CSV file as a data set, or one sentence that names the cell which makes it none.

Every cell but the target's must be a finite number. Nothing is skipped, filled in or guessed in
silence: what had to be decided (a header, the target, its classes) is in the notes of the result.
"""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from .csv_table import MISSING, Table, number_in, read_table
from .dataset import BadData, Dataset

MOST_CLASSES = 100
MOST_INTEGER_CLASSES = 10
LARGEST = 1e100


def read_csv(path: str | Path, target: str | None = None, kind: str = "auto") -> Dataset:
    """Return the rows of a CSV file; raise BadData with a sentence where it cannot be used.

    `target` is the name of the column to predict, or its number from 1; the last one if not given.
    A target that is not all numbers is of classes, in alphabetical order; so is one of at most ten
    whole numbers, each there twice on average, unless `kind` is "number" ("classes": it always is).
    """
    try:
        return _dataset(Path(path), target, kind)
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


def _dataset(path: Path, target: str | None, kind: str) -> Dataset:
    table = read_table(path, target)
    column, chosen = _target(table, target)
    ys, classes, decided = _targets(table, column, kind)
    others = [i for i in range(len(table.names)) if i != column]
    xs = [tuple(_input(table, r, c) for c in others) for r in range(len(table.rows))]
    return Dataset(
        path.stem,
        f"{len(xs):,} rows of {path.name}",
        tuple(table.names[i] for i in others),
        table.names[column],
        tuple(zip(xs, ys, strict=True)),
        classes,
        source=str(path),
        standardise=True,
        notes=(_header_note(table), *chosen, decided),
    )


def _header_note(table: Table) -> str:
    if table.headed:
        return "The first row of the file names the columns."
    return f"The file has no header: its columns are called column1 to column{len(table.names)}."


def _target(table: Table, target: str | None) -> tuple[int, tuple[str, ...]]:
    """Return the column to predict, and a note if none was named."""
    last = len(table.names) - 1
    if target is None:
        return last, (f"The last column, {table.names[last]!r}, is the target.",)
    if target in table.names:
        return table.names.index(target), ()
    if target.isdecimal() and 1 <= int(target[:9]) <= len(table.names):
        return int(target) - 1, ()
    some = ", ".join(map(_shown, table.names[:20])) + (", ..." if last >= 20 else "")
    raise BadData(f"no column is called {target!r}; there are {some}, or a number from 1 to {last + 1}")


def _targets(table: Table, c: int, kind: str) -> tuple[list[float], tuple[str, ...], str]:
    """Return y of every row, the classes, and the sentence about it."""
    cells = [row[c] for row in table.rows]
    for r, cell in enumerate(cells):
        _refuse_missing(table, r, c, cell)
    numbers = [number_in(cell) for cell in cells]
    name = table.names[c]
    if None not in numbers:
        ys = [_finite(table, r, c) for r in range(len(cells))]
        if kind == "number" or (kind == "auto" and not _few_integers(ys)):
            return _several(name, ys), (), f"The target {name!r} is a number: regression."
        return _by_class(name, [_written(y) for y in ys], float)
    if kind == "number":
        row = numbers.index(None)
        raise BadData(
            f"{table.place(row, c)}: {cells[row]!r} is not a number, as all of the target must be"
        )
    return _by_class(name, cells, str)


def _written(y: float) -> str:
    return f"{y:.0f}" if y.is_integer() and abs(y) < 1e15 else repr(y)


def _few_integers(ys: Sequence[float]) -> bool:
    different = set(ys)
    few = len(different) <= MOST_INTEGER_CLASSES and 2 * len(different) <= len(ys)
    return few and all(y.is_integer() for y in different)


def _several(name: str, ys: list[float]) -> list[float]:
    if len(set(ys)) == 1:
        raise BadData(f"the target {name!r} is {ys[0]:g} in every row; there is nothing to learn")
    return ys


def _by_class(
    name: str, cells: Sequence[str], key: Callable[[str], float | str]
) -> tuple[list[float], tuple[str, ...], str]:
    classes = tuple(sorted(set(cells), key=key))
    if len(classes) == 1:
        raise BadData(f"the target {name!r} is {classes[0]!r} in every row; there is nothing to learn")
    if len(classes) > MOST_CLASSES:
        odd = next((cell for cell in cells if number_in(cell) is None), cells[0])
        raise BadData(
            f"the target {name!r} has {len(classes):,} different texts, such as {odd!r}; "
            f"at most {MOST_CLASSES} classes can be told apart"
        )
    index = {text: float(i) for i, text in enumerate(classes)}
    numeric = ", though they are numbers" if key is float else ""
    sentence = f"The target {name!r} is of {len(classes)} classes{numeric}: {_some(classes)}."
    return [index[cell] for cell in cells], classes, sentence


def _some(classes: Sequence[str]) -> str:
    return ", ".join(map(_shown, classes[:10])) + (", ..." if len(classes) > 10 else "")


def _shown(text: str) -> str:
    """The text, in quotes where a line break or the like would tear the sentence."""
    return text if text.isprintable() else repr(text)


def _input(table: Table, r: int, c: int) -> float:
    cell = table.rows[r][c]
    _refuse_missing(table, r, c, cell)
    if number_in(cell) is None:
        comma = "; write a decimal point" if number_in(cell.replace(",", ".", 1)) is not None else ""
        raise BadData(
            f"{table.place(r, c)}: {_short(cell)} is not a number, and inputs must be numbers{comma}"
        )
    return _finite(table, r, c)


def _finite(table: Table, r: int, c: int) -> float:
    cell = table.rows[r][c]
    number = float(cell)
    if not abs(number) <= LARGEST:
        why = (
            "is not finite" if math.isinf(number) else f"is beyond {LARGEST:g}, too large to compute with"
        )
        raise BadData(f"{table.place(r, c)}: {_short(cell)} {why}")
    return number


def _refuse_missing(table: Table, r: int, c: int, cell: str) -> None:
    if cell.lower() in MISSING:
        what = f"the cell is missing ({cell})" if cell else "the cell is empty"
        raise BadData(f"{table.place(r, c)}: {what}; fill it in or delete the row")


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:37]}...")
