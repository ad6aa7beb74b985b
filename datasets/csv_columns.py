"""What a column of a table is good for: a number, a boolean, a category, or no input at all, and why."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from .cells import (
    LARGEST,
    NUMBERS,
    YES,
    Form,
    Style,
    fits,
    form_of,
    is_code,
    is_factor,
    is_yes_or_no,
    number_in,
    value_of,
)

MOST_DISTINCT = 20_000
"""The most different cells that are counted in one column, fewer where there are many columns."""
ALL_DISTINCT = 600_000
"""About the most that are counted in all columns together: 100 MB."""
MOST_CATEGORIES = 10
"""The most frequent texts of a column that become inputs of their own."""
MOSTLY = 0.9
"""The part of the cells that must be numbers, or dates, where the others are taken for mistakes."""
_ID = re.compile(
    r"(?i:(^|[_ .\-#])(id|ids|uid|index|idx|uuid|guid|key|rownames?|row|sno|serial|nr|no)\.?$|^#$"
    r"|^unnamed|^(instant|seq|obs|counter)$"
    r"|^(row|user|customer|client|patient|passenger|student|employee|member|person|account|order|product|item"
    r"|movie|sample|record|case|subject|image|transaction|loan|house|listing|player|game|track|post)id$"
    r"|(^|[_ ])id[_ ]|serial|phone|^(row|record|case|sample)[_ ]?number$)|[a-z](Id|ID)$"
)
_CODES = re.compile(r"zip|post(al)?[_ ]?code|phone|(^|[_ ])fips($|[_ ])", re.IGNORECASE)
_DAYS = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


@dataclass(eq=False)
class Profile:
    """What the cells of one column look like, counted as they are read."""

    name: str
    most: int = MOST_DISTINCT
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """How often each cell that is not missing is there, as far as they are counted."""
    many: bool = False
    """Whether there are more different ones than are counted."""
    kinds: Counter[str] = field(default_factory=Counter)
    befores: set[str] = field(default_factory=set)
    afters: set[str] = field(default_factory=set)
    odd: dict[str, int] = field(default_factory=dict)
    """The first texts among the cells, and how often each is there."""
    least: float = float("inf")
    largest: float = float("-inf")
    whole: bool = True
    digits: set[int] = field(default_factory=set)
    """How many digits its whole numbers have."""
    letters: int = 0

    def add(self, cells: Iterable[str]) -> None:
        """Count a piece of the column."""
        for cell, times in Counter(cells).items():
            self.rows += times
            number = number_in(cell)
            if number is None or not abs(number) <= LARGEST or is_code(cell):
                self._add_dressed(cell, times)
                continue
            self.kinds["number"] += times
            self._count(cell, times)
            if number < self.least:
                self.least = number
            if number > self.largest:
                self.largest = number
            if self.whole:
                self.whole = number.is_integer()
                if len(self.digits) < 4:
                    self.digits.add(len(cell.lstrip("+-")))

    def _add_dressed(self, cell: str, times: int) -> None:
        """Count what is no number, or one as people write it."""
        form = form_of(cell)
        self.kinds[form.kind] += times
        if form.kind != "missing":
            self._count(cell, times)
        if form.kind in NUMBERS and form != Form("number"):
            self.befores.add(form.before)
            if len(self.afters) < 10:
                self.afters.add(form.after)
            self.whole = False
        elif form.kind in ("text", "word", "infinite", "date") and (
            cell in self.odd or len(self.odd) < 4
        ):
            self.odd[cell] = self.odd.get(cell, 0) + times

    def _count(self, cell: str, times: int) -> None:
        self.letters += len(cell) * times
        if cell in self.counts:
            self.counts[cell] += times
        elif len(self.counts) < self.most:
            self.counts[cell] = times
        else:
            self.many = True

    @property
    def missing(self) -> int:
        """How many cells are missing."""
        return self.kinds["missing"]

    @property
    def present(self) -> int:
        """How many are not."""
        return self.rows - self.missing

    def count(self, *kinds: str) -> int:
        """Return how many cells are of these kinds."""
        return sum(self.kinds[kind] for kind in kinds)

    def style(self, european: bool) -> Style:
        """Return how it writes numbers; `european`: with decimal commas, where that cannot be told."""
        comma = self.count("comma", "european") > self.count("thousands")
        if not self.count("comma", "european", "thousands") and self.kinds["ambiguous"]:
            comma = european
        kinds = {after for after in self.afters if after}
        factors = bool(kinds) and all(map(is_factor, kinds)) and (len(kinds) > 1 or any(self.befores))
        return Style(comma, factors)

    def numbers(self, style: Style) -> int:
        """Return how many cells are numbers of one unit."""
        units = {after.lower() for after in self.afters if after}
        if len(units) > 1 and not style.factors:
            return self.kinds["number"] if self.least <= self.largest else 0
        return sum(self.kinds[kind] for kind in NUMBERS if fits(kind, style.comma))


@dataclass(frozen=True, eq=False)
class Column:
    """What was decided about a column: `kind` is number, boolean or category, or why it is left out."""

    name: str
    kind: str
    style: Style = Style()  # noqa: RUF009, a tuple
    categories: tuple[str, ...] = ()
    """The texts that become inputs, the most frequent first; of a boolean the one that is 0, and 1."""
    others: int = 0
    """How many texts beside these share the input "other"."""
    odd: tuple[str, ...] = ()
    """Cells in a column of numbers that are taken for missing, and were not marked so."""
    odds: int = 0

    @property
    def usable(self) -> bool:
        """Whether it can be an input."""
        return self.kind in ("number", "boolean", "category")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        if self.kind == "number":
            return (self.name,)
        if self.kind == "boolean":
            spelled = all(map(is_yes_or_no, self.categories))
            return (self.name if spelled else f"{self.name}={self.categories[1]}",)
        named = [f"{self.name}={text}" for text in self.categories]
        return (*named, *([f"{self.name}=other"] if self.others else []))

    def numbers_of(self, cell: str) -> tuple[float, ...]:
        """Return what a cell is as inputs; nan for each of them where it is missing."""
        if self.kind == "number":
            number = value_of(cell, self.style)
            return _UNKNOWN if number is None else (number,)
        if form_of(cell).kind == "missing":
            return _UNKNOWN * len(self.inputs)
        if self.kind == "boolean":
            return _ONE if self._is_second(cell) else _ZERO
        index = self.categories.index(cell) if cell in self.categories else len(self.categories)
        return tuple([1.0 if i == index else 0.0 for i in range(len(self.inputs))])

    def _is_second(self, cell: str) -> bool:
        if all(map(is_yes_or_no, self.categories)):
            return cell.lower() in YES
        return cell == self.categories[1]


_UNKNOWN, _ZERO, _ONE = (float("nan"),), (0.0,), (1.0,)


def decide(profile: Profile, european: bool, headed: bool, first: bool, insisted: bool) -> Column:
    """Return what a column is; `insisted`: the user wants it as an input if that can be."""
    column = _as_it_is(profile, european)
    if column.usable and not insisted and (why := _why_not(profile, column, headed, first)):
        return Column(profile.name, why)
    if insisted and column.kind in ("texts", "mostly missing"):
        return _category(profile)
    return column


def _as_it_is(profile: Profile, european: bool) -> Column:
    style = profile.style(european)
    numbers = profile.numbers(style)
    if not profile.present:
        return Column(profile.name, "empty")
    if _is_of_numbers(profile, numbers):
        odds = profile.present - numbers
        odd = tuple(profile.odd)[:3] if odds else ()
        kind = "dates" if _is_days(profile) else "number"
        return Column(profile.name, kind, style, odd=odd, odds=odds)
    if profile.kinds["date"] >= MOSTLY * profile.present:
        return Column(profile.name, "dates")
    return _boolean(profile) or _category(profile)


def _is_of_numbers(profile: Profile, numbers: int) -> bool:
    if profile.kinds["code"] or _CODES.search(profile.name) or numbers <= 0.3 * profile.present:
        return False
    return numbers >= MOSTLY * (profile.present - profile.kinds["word"])


def _is_days(profile: Profile) -> bool:
    return profile.digits == {8} and profile.whole and all(map(_DAYS.fullmatch, profile.counts))


def _boolean(profile: Profile) -> Column | None:
    texts = sorted(profile.counts)
    if not profile.many and all(map(is_yes_or_no, texts)) and len({t.lower() in YES for t in texts}) == 2:
        zero, one = ([text for text in texts if (text.lower() in YES) == yes] for yes in (False, True))
        return Column(profile.name, "boolean", categories=(zero[0], one[0]))
    if len(texts) == 2 and not profile.many:
        return Column(profile.name, "boolean", categories=tuple(texts))
    return None


def _category(profile: Profile) -> Column:
    if not profile.counts:
        return Column(profile.name, "empty")
    most = MOST_CATEGORIES + (len(profile.counts) == MOST_CATEGORIES + 1 and not profile.many)
    ranked = sorted(profile.counts, key=lambda text: (-profile.counts[text], text))
    others = max(0, len(ranked) - most)
    return Column(profile.name, "category", categories=tuple(ranked[:most]), others=others)


def _why_not(profile: Profile, column: Column, headed: bool, first: bool) -> str:
    """Return why a column had better be left out; "" if not."""
    different = len(profile.counts)
    if different == 1 and not profile.many and column.kind != "number":
        return "the same in every row"
    if profile.missing > 0.5 * profile.rows:
        return "mostly missing"
    part = different / max(1, sum(profile.counts.values()))
    if column.kind == "number":
        return "identifies rows" if _identifies(profile, part, headed, first) else ""
    if column.kind == "boolean" or different <= 3:
        return ""
    if part > MOSTLY or (profile.many and part > 0.5):
        return "identifies rows" if _ID.search(profile.name) else "texts"
    long = profile.letters > 40 * profile.present
    return "texts" if different > 20 and (part > 0.5 or long or profile.many) else ""


def _identifies(profile: Profile, part: float, headed: bool, first: bool) -> bool:
    """Whether a column of numbers counts or names the rows, and tells nothing about them."""
    if not profile.whole or part < MOSTLY:
        return False
    nameless = re.fullmatch(r"column\d+", profile.name) if headed else first
    named = bool(nameless or _ID.search(profile.name))
    counts = part == 1 and profile.largest - profile.least + 1 == profile.rows
    if named and counts and (headed or profile.rows >= 20):
        return True
    if headed and bool(_ID.search(profile.name)):
        return part == 1 or profile.rows >= 20
    if not headed and first and profile.rows >= 20 and profile.least >= 10_000:
        return True
    return part > 0.95 and len(profile.digits) == 1 and min(profile.digits) >= 9


def profiles(names: Iterable[str]) -> list[Profile]:
    """Return an empty profile of each column; together they stay small."""
    named = list(names)
    most = max(101, min(MOST_DISTINCT, ALL_DISTINCT // len(named)))
    return [Profile(name, most) for name in named]
