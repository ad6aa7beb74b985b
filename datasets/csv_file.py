"""A CSV file as a data set: what its columns are good for, what is missing, what is in the way.

Nothing is decided in silence: what was is in the notes of the result, and where the file cannot be used
one sentence names everything that is in the way. The rules are in docs/data.md.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .cells import NUMBERS
from .csv_columns import Column, Profile, decide, profiles
from .csv_names import some_shown
from .csv_notes import Inputs, no_inputs, of_columns, of_ragged, of_rows, refused_missing, refused_ragged
from .csv_table import Table, read_table
from .csv_target import TASKS, Target, choose, find, one_value, target_of, unknown
from .dataset import MOST_ROWS, BadData, Dataset, Row
from .prepare import of_one_size

MISSING_WAYS = ("fill", "skip", "refuse")
MOST_NUMBERS = 5_000_000
"""The most numbers to train on: half a gigabyte, with all that is made of them on the way."""

Report = Callable[[float], object]


@dataclass(frozen=True)
class Wishes:
    """What the user decides about a table: the rest follows from its cells."""

    target: str | None = None
    """The name of the column to predict, or its number from 1; the last one if not given."""
    task: str = "auto"
    missing: str = "fill"
    drop: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """The only inputs, if given."""


def read_csv(
    path: str | Path,
    target: str | None = None,
    *,
    task: str = "auto",
    missing: str = "fill",
    drop: Sequence[str] = (),
    columns: Sequence[str] = (),
    report: Report = lambda part: None,
    most: int = MOST_NUMBERS,
) -> Dataset:
    """Return the rows of a CSV file; raise BadData with a sentence where it cannot be used.

    A target that is not all numbers is of classes, in alphabetical order; so is one of at most ten
    whole numbers, each there twice on average, unless `task` says otherwise. `report` is called with
    the part that is done.
    """
    if task not in TASKS:
        raise BadData(f"no task is called {task!r}; there are {', '.join(TASKS)}")
    if missing not in MISSING_WAYS:
        raise BadData(f"missing cells cannot be {missing!r}; there are {', '.join(MISSING_WAYS)}")
    wishes = Wishes(target, task, missing, tuple(drop), tuple(columns))
    try:
        return _Reading(Path(path), wishes, report, most).dataset()
    except BadData as error:
        raise BadData(f"{path}: {error}") from None


class _Reading:
    """One file, read twice: to see what its columns are, then for their numbers."""

    def __init__(self, path: Path, wishes: Wishes, report: Report, most: int) -> None:
        self.path, self.wishes, self.report, self.most = path, wishes, report, most
        self.table: Table = read_table(path, wishes.target)
        self.problems: list[str] = []

    def dataset(self) -> Dataset:
        """Return the data set."""
        seen = self._profiles()
        given = [] if self.wishes.target is None else [self.wishes.target]
        if missed := unknown(self.table.names, (*given, *self.wishes.drop, *self.wishes.columns)):
            self.problems.append(missed)
        dropped, wanted = self._named(self.wishes.drop), self._named(self.wishes.columns)
        at, chosen = self._target(seen, dropped)
        european = _is_european(seen, self.table.text.separator)
        inputs = self._inputs(seen, at, dropped, wanted, european)
        predicted = self._predicted(seen, at, inputs, european)
        self._check(seen, at, inputs)
        if self.problems or predicted is None or at is None:
            raise BadData("; and ".join(dict.fromkeys(self.problems)))
        rows, left = self._rows(seen, at, predicted, inputs)
        used = [column for _, column in inputs if column.usable]
        return Dataset(
            self.path.stem,
            f"{len(rows):,} rows of {self.path.name}",
            _unique([name for column in used for name in column.inputs]),
            predicted.name,
            tuple(rows),
            predicted.classes,
            source=str(self.path),
            standardise=not _of_one_size(rows, used, bool(predicted.classes)),
            notes=(
                *self.table.notes,
                *of_ragged(self.table),
                *chosen,
                *of_columns(seen, inputs, self.wishes),
                *left,
                predicted.note,
            ),
            groups=_groups(used),
        )

    def _profiles(self) -> list[Profile]:
        seen, piece = profiles(self.table.names), list[list[str]]()
        for _, cells in self.table.rows(
            self.wishes.missing == "skip", lambda part: self.report(part / 2)
        ):
            piece.append(cells)
            if len(piece) == 5000:
                _count(seen, piece)
                piece = []
        _count(seen, piece)
        if seen[0].rows == 1:
            raise BadData("there is one row only, and it takes two that differ to learn from")
        if not seen[0].rows:
            refused = refused_ragged(self.table, self.wishes.missing)
            raise BadData(refused or "there is a header and no row below it")
        return seen

    def _named(self, names: Sequence[str]) -> set[int]:
        """Return which columns are named; those that are not there are in the way already."""
        there = self.table.names
        return {find(there, name) for name in names if not unknown(there, [name])}

    def _target(self, seen: Sequence[Profile], dropped: set[int]) -> tuple[int | None, tuple[str, ...]]:
        try:
            left = [i for i in range(len(seen)) if i not in dropped]
            at, chosen = choose(seen, self.wishes.target, left)
        except BadData as error:
            if self.wishes.target is None:
                self.problems.append(str(error))
            return None, ()
        if at in dropped:
            self.problems.append(f"{seen[at].name!r} is the target, and --drop leaves it out")
        return at, chosen

    def _inputs(
        self, seen: Sequence[Profile], at: int | None, dropped: set[int], wanted: set[int], european: bool
    ) -> list[tuple[int, Column]]:
        """Return what each column is that may be an input; all that is left out has a reason."""
        columns = []
        for i, profile in enumerate(seen):
            if i == at or i in dropped or (wanted and i not in wanted):
                continue
            columns.append((i, decide(profile, european, self.table.headed, i == 0, i in wanted)))
            if i in wanted and not columns[-1][1].usable:
                why = (
                    f"{some_shown(profile.name)} of --columns cannot be an input ({columns[-1][1].kind})"
                )
                self.problems.append(f"{why}; leave it out of --columns")
        if any(column.usable for _, column in columns):
            return columns
        again = [(i, decide(seen[i], european, True, False, True)) for i, _ in columns]
        return [
            (i, numbers if numbers.kind == "number" else column)
            for (i, column), (_, numbers) in zip(columns, again, strict=True)
        ]

    def _predicted(
        self,
        seen: Sequence[Profile],
        at: int | None,
        inputs: Inputs,
        european: bool,
    ) -> Target | None:
        if at is None:
            return None
        others = [profile for i, profile in enumerate(seen) if i != at]
        try:
            return target_of(seen[at], self.wishes.task, european, others)
        except BadData as error:
            self.problems.append(str(error))
            return None

    def _check(self, seen: Sequence[Profile], at: int | None, inputs: Inputs) -> None:
        """Note what else is in the way."""
        if refused := refused_ragged(self.table, self.wishes.missing):
            self.problems.append(refused)
        if self.wishes.missing == "refuse":
            self.problems += refused_missing(self.table, seen, at, inputs)
        if at is not None and not any(column.usable for _, column in inputs):
            self.problems.append(no_inputs(inputs, not self.problems))
        elif all(_is_constant(seen[i]) for i, column in inputs if column.usable):
            self.problems.append("every input is the same in all rows; there is nothing to learn from")

    def _rows(
        self, seen: Sequence[Profile], at: int, target: Target, inputs: Inputs
    ) -> tuple[list[Row], list[str]]:
        used = [(i, column) for i, column in inputs if column.usable]
        width, total = 1 + sum(len(column.inputs) for _, column in used), seen[0].rows
        most = max(2, min(MOST_ROWS, self.most // width))
        drawn = set(random.Random(1337).sample(range(total), most)) if total > most else None
        rows, untold, skipped = list[Row](), 0, 0
        parsers = [(i, _Remembering(column).numbers_of) for i, column in used]
        ragged = self.table.rows(self.wishes.missing == "skip", lambda part: self.report((1 + part) / 2))
        for n, (_, cells) in enumerate(ragged):
            if drawn is not None and n not in drawn:
                continue
            y = target.y_of(cells[at])
            if y is None:
                untold += 1
                continue
            x = tuple([number for i, numbers_of in parsers for number in numbers_of(cells[i])])
            if self.wishes.missing == "skip" and any(number != number for number in x):
                skipped += 1
                continue
            rows.append((x, y))
        self._check_rows(rows, target, untold, skipped, [p for i, p in enumerate(seen) if i != at])
        return rows, of_rows(target.name, total, len(drawn) if drawn else 0, untold, skipped)

    def _check_rows(
        self, rows: Sequence[Row], target: Target, untold: int, skipped: int, others: Sequence[Profile]
    ) -> None:
        if not rows:
            if skipped:
                raise BadData("in every row a cell is missing; --missing fill takes them all the same")
            raise BadData(f"the target {target.name!r} is missing in every row")
        if len({y for _, y in rows}) == 1:
            y = rows[0][1]
            value = target.classes[int(y)] if target.classes else f"{y:g}"
            if untold or skipped:
                gone = f"{untold + skipped:,} with missing cells are left out"
                raise BadData(
                    f"the target {target.name!r} is {value!r} in all rows that are left ({gone}); "
                    "there is nothing to learn"
                )
            raise BadData(one_value(target.name, value, others))


MOST_REMEMBERED = 2000


class _Remembering:
    """The numbers of a column's cells, remembered: few texts are there many times."""

    def __init__(self, column: Column) -> None:
        self._column = column
        self._known: dict[str, tuple[float, ...]] = {}

    def numbers_of(self, cell: str) -> tuple[float, ...]:
        """Return what a cell is as inputs."""
        known = self._known.get(cell)
        if known is None:
            known = self._column.numbers_of(cell)
            if len(self._known) < MOST_REMEMBERED:
                self._known[cell] = known
        return known


def _count(seen: Sequence[Profile], rows: Sequence[Sequence[str]]) -> None:
    for profile, cells in zip(seen, zip(*rows, strict=True), strict=bool(rows)):
        profile.add(cells)


def _is_constant(profile: Profile) -> bool:
    return len(profile.counts) == 1 and not profile.many and not profile.missing


def _is_european(seen: Sequence[Profile], separator: str) -> bool:
    """Whether 1,234 is a little more than 1 here: other numbers of the file have decimal commas."""
    commas = sum(profile.count("comma", "european") for profile in seen)
    points = sum(profile.count("thousands") for profile in seen)
    if commas or points:
        return commas > points
    dotted = any("." in cell for p in seen for cell in list(p.counts)[:50] if p.count(*NUMBERS))
    return separator == ";" and not dotted


def _of_one_size(rows: Sequence[Row], used: Sequence[Column], classes: bool) -> bool:
    """Whether its numbers, the target's too, can be trained on as they are."""
    texts = {i for begin, end in _groups(used) for i in range(begin, end)}
    inputs = ([x[i] for x, _ in rows] for i in range(len(rows[0][0])) if i not in texts)
    return of_one_size(inputs) and (classes or of_one_size([[y for _, y in rows]]))


def _groups(used: Sequence[Column]) -> tuple[tuple[int, int], ...]:
    """Return where the inputs of each column of texts begin and end."""
    groups, at = [], 0
    for column in used:
        end = at + len(column.inputs)
        if column.kind != "number":
            groups.append((at, end))
        at = end
    return tuple(groups)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    for name in names:
        seen[name if name not in seen else f"{name}.{len(seen)}"] = None
    return tuple(seen)
