"""The target of a table: which column is predicted, and is it of classes or a number?"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from .cells import YES, Style, form_of, is_yes_or_no, value_of
from .csv_columns import MOSTLY, Profile
from .csv_names import some, some_shown
from .dataset import BadData

MOST_CLASSES = 100
MOST_INTEGER_CLASSES = 10
TASKS = ("auto", "classification", "regression")


@dataclass(frozen=True, eq=False)
class Target:
    """How a cell of the target becomes y: a number, or the index of a class."""

    name: str
    note: str
    style: Style = Style()  # noqa: RUF009, a tuple
    numeric: bool = True
    classes: tuple[str, ...] = ()
    spelled: bool = False
    """Whether its two classes are booleans in several spellings."""
    marks: bool = False
    """Whether - is one of its classes: + is there too."""

    def y_of(self, cell: str) -> float | None:
        """Return y, None where it is missing."""
        if self.numeric:
            number = value_of(cell, self.style)
            if number is None or not self.classes:
                return number
            return self._index(written(number))
        if form_of(cell).kind == "missing" and not (self.marks and cell == "-"):
            return None
        if self.spelled:
            return float(cell.lower() in YES)
        return self._index(cell)

    def _index(self, text: str) -> float | None:
        return float(self.classes.index(text)) if text in self.classes else None


def choose(
    table: Sequence[Profile], target: str | None, columns: Sequence[int]
) -> tuple[int, tuple[str, ...]]:
    """Return the column to predict, and a note if none was named; raise BadData for a wrong name.

    `columns` are those that may be it if none is named: the last of them is, unless nobody could.
    """
    names = [profile.name for profile in table]
    if target is not None:
        return find(names, target), ()
    if not columns:
        raise BadData("every column is dropped, and one must be the target; drop fewer")
    able = [i for i in columns if not unable(table[i])]
    chosen = able[-1] if able else columns[-1]
    passed = [f"{some_shown(table[i].name)} ({unable(table[i])})" for i in columns if i > chosen]
    if passed:
        instead = f"The target is {names[chosen]!r}, the last column that can be"
        return chosen, (f"{instead}: not {some(passed)}.",)
    last = "last column" if chosen == len(names) - 1 else "last column that is left"
    return chosen, (f"The {last}, {names[chosen]!r}, is the target.",)


def find(names: Sequence[str], wanted: str) -> int:
    """Return which column is meant by a name, or a number from 1; raise BadData where none is."""
    at = _place(names, wanted)
    if at is None:
        raise BadData(unknown(names, [wanted]))
    return at


def unknown(names: Sequence[str], wanted: Sequence[str]) -> str:
    """Return the sentence about the names that no column has; "" if there are none."""
    missed = [repr(name) for name in dict.fromkeys(wanted) if _place(names, name) is None]
    there = f"there are {some(map(some_shown, names), 20)}, or a number from 1 to {len(names)}"
    return f"no column is called {' or '.join(missed)}; {there}" if missed else ""


def _place(names: Sequence[str], wanted: str) -> int | None:
    if wanted in names:
        return list(names).index(wanted)
    number = wanted.isdecimal() and int(wanted[:9])
    return number - 1 if number and 1 <= number <= len(names) else None


def unable(profile: Profile) -> str:
    """Return why a column can be no target, and "" where it can."""
    if not profile.present:
        return "empty"
    if profile.numbers(profile.style(False)) >= MOSTLY * profile.present:
        return ""
    if profile.kinds["date"] >= MOSTLY * profile.present:
        return "dates"
    different = len(profile.counts)
    if profile.many or different > MOST_CLASSES:
        return "too many different texts"
    rows = sum(profile.counts.values())
    return "a text of its own in nearly every row" if rows > 10 and different > MOSTLY * rows else ""


def target_of(profile: Profile, task: str, european: bool, others: Sequence[Profile]) -> Target:
    """Return how a column is predicted; raise BadData where it cannot be, with one that could."""
    style = profile.style(european)
    numbers, present = profile.numbers(style), profile.present
    numeric = bool(numbers) and numbers >= MOSTLY * (present - profile.kinds["word"])
    numeric = numeric and not profile.kinds["code"] and numbers > 0.5 * present
    if not present and not profile.kinds["missing"]:
        raise BadData(f"the target {profile.name!r} has no cells{_instead(others)}")
    if numeric and task != "classification" and not (task == "auto" and _few_integers(profile, style)):
        if len(profile.counts) == 1:
            raise BadData(one_value(profile.name, next(iter(profile.counts)), others))
        return Target(profile.name, f"The target {profile.name!r} is a number: regression.", style)
    if task == "regression":
        raise BadData(
            f"the target {profile.name!r} is no number, but texts such as {_odd(profile)}; "
            f"--task classification predicts which{_instead(others, 'or a number:')}"
        )
    return _classes(profile, style, numeric, others)


def written(y: float) -> str:
    """Return a number as the name of a class."""
    return f"{y:.0f}" if y.is_integer() and abs(y) < 1e15 else repr(y)


def _few_integers(profile: Profile, style: Style) -> bool:
    if profile.many or len(profile.counts) > 2 * MOST_INTEGER_CLASSES:
        return False
    ys = [value_of(cell, style) for cell in profile.counts]
    different = {y for y in ys if y is not None}
    present = sum(profile.counts.values())
    few = len(different) <= MOST_INTEGER_CLASSES and 2 * len(different) <= present
    return few and all(y.is_integer() for y in different)


def _classes(profile: Profile, style: Style, numeric: bool, others: Sequence[Profile]) -> Target:
    name, cells = profile.name, set(profile.counts)
    if profile.many or (not numeric and unable(profile)):
        _refuse_texts(profile, others)
    marks = not numeric and "+" in cells
    if marks and profile.missing:
        cells.add("-")
    spelled = not numeric and len(cells) > 2 and all(map(is_yes_or_no, cells))
    if spelled:
        classes: tuple[str, ...] = ("no", "yes")
    elif numeric:
        found = {y for cell in cells if (y := value_of(cell, style)) is not None}
        classes = tuple(map(written, sorted(found)))
    else:
        classes = tuple(sorted(cells))
    if len(classes) == 1:
        raise BadData(one_value(name, classes[0], others))
    if len(classes) > MOST_CLASSES:
        _refuse_texts(profile, others)
    numbers = ", though they are numbers" if numeric else ""
    note = f"The target {name!r} is of {len(classes)} classes{numbers}: {some(map(some_shown, classes))}."
    return Target(name, note, style, numeric, classes, spelled, marks)


def _refuse_texts(profile: Profile, others: Sequence[Profile]) -> None:
    name, many = profile.name, f"{len(profile.counts):,}{' and more' * profile.many}"
    if profile.numbers(profile.style(False)) >= MOSTLY * profile.present:
        most = f"at most {MOST_CLASSES} classes can be told apart; --task regression predicts the number"
        raise BadData(f"the target {name!r} has {many} different numbers; {most}")
    if profile.kinds["date"] >= MOSTLY * max(1, profile.present):
        raise BadData(f"the target {name!r} holds dates, which cannot be predicted{_instead(others)}")
    most = f"at most {MOST_CLASSES} classes can be told apart"
    if len(profile.counts) <= MOST_CLASSES:
        most = "that is nearly one in each row; there is nothing to learn"
    such = f"such as {_odd(profile)}"
    raise BadData(f"the target {name!r} has {many} different texts, {such}; {most}{_instead(others)}")


def _odd(profile: Profile) -> str:
    text = next(iter(profile.odd), next(iter(profile.counts), ""))
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def one_value(name: str, value: str, others: Sequence[Profile]) -> str:
    """Return the sentence for a target that is the same everywhere."""
    return f"the target {name!r} is {value!r} in every row; there is nothing to learn{_instead(others)}"


def _instead(others: Sequence[Profile], words: str = "another:") -> str:
    """Return advice that works: a column that can be predicted."""
    able = [one for one in others if len(one.counts) > 1 and not unable(one)]
    if words.startswith("or"):
        able = [one for one in able if one.numbers(one.style(False)) > MOSTLY * one.rows]
    return f"; {words} --target {shlex.quote(able[-1].name)}" if able and len(others) > 1 else ""
