"""What one cell of a table may be: missing, a number as people write it, a date, or text."""

import re
from functools import lru_cache
from typing import NamedTuple

MISSING = frozenset(
    {"", "?", "-", "--", ".", "..", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "+nan", "-nan"}
    | {"-nan(ind)", "null", "(null)", "nil", "nat", "\\n"}
)
"""What stands for a missing cell, in small letters."""
MISSING_AMONG_NUMBERS = frozenset(
    ("none", "missing", "unknown", "undefined", "#value!", "#div/0!", "#ref!", "#num!", "#name?")
)
"""What stands for one in a column of numbers, and is a text like any other in a column of texts."""
YES = frozenset(("yes", "true", "y", "t", "on", "1", "1.0"))
NO = frozenset(("no", "false", "n", "f", "off", "0", "0.0"))
LARGEST = 1e100

NUMBERS = ("number", "ambiguous", "thousands", "comma", "european")

_MONEY = r"(?:US\$|R\$|A\$|C\$|[$€£¥₹₩₽₺]|USD|EUR|GBP|CHF|INR|JPY|Rs\.?)"
_DRESSED = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+−])?\s*(?P<before>{_MONEY})?\s*(?P<inner>[-+−])?"
    r"(?P<digits>(?:\d[\d.,'’\u00a0\u202f ]*\d|\d|[.,]\d+)(?:[eE][-+]?\d+)?)"
    rf"\s*(?P<after>{_MONEY}|%|‰|[A-Za-zµ°/²³]{{1,8}})?(?P<close>\))?"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?(?:[eE][-+]?\d+)?|\d{1,3}(?:[ '’]\d{3})+(?:\.\d*)?")
_ONE_GROUP = re.compile(r"[1-9]\d{0,2},\d{3}")
_COMMA = re.compile(r"\d*,\d+(?:[eE][-+]?\d+)?|\d{1,3}(?: \d{3})+,\d+")
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_GROUPED_BY_DOTS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+")
_SPACES = str.maketrans("\u00a0\u202f’", "  '")
_FACTORS = {"k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "mio": 1e6}

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?(?:[T ].*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[T ,].*)?"
    r"|\d{8}T\d{4,6}.*"
    r"|\d{1,2}[:.]\d{2}[:.]\d{2}(?:\.\d+)?\s*(?:[ap]\.?m\.?)?|\d{1,2}:\d{2}\s*(?:[ap]\.?m\.?)?"
    rf"|(?:[a-z]{{3,9}},?\s+)?\d{{1,2}}(?:st|nd|rd|th)?[-. ]?{_MONTH}(?:[-., ]+\d{{2,4}})?(?:[ ,].*)?"
    rf"|(?:[a-z]{{3,9}},?\s+)?{_MONTH}\.?[- ]\d{{1,4}}(?:st|nd|rd|th)?(?:,?[- ]*\d{{2,4}})?(?:[ ,].*)?)",
    re.IGNORECASE,
)


class Form(NamedTuple):
    """What a cell looks like, and what stands before and after its digits: a currency, a unit."""

    kind: str
    before: str = ""
    after: str = ""


class Style(NamedTuple):
    """How a column writes its numbers: with a decimal comma; with k, M and B for their zeros."""

    comma: bool = False
    factors: bool = False


_PLAIN, _MISSING, _CODE, _TEXT = Form("number"), Form("missing"), Form("code"), Form("text")


def number_in(cell: str | None) -> float | None:
    """Return the number a cell holds in the way Python writes it, nan and inf too, or None."""
    if not cell or "_" in cell:  # float() reads 1_000
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def is_code(cell: str) -> bool:
    """Whether digits begin with 0, as those of a zip code do and those of a number do not."""
    return cell[0] == "0" and len(cell) > 1 and cell.isdigit()


@lru_cache(20_000)
def form_of(cell: str) -> Form:
    """Return what a cell, without blanks around it, looks like."""
    number = number_in(cell)
    if number is not None and number == number:
        if is_code(cell):
            return _CODE
        return _PLAIN if abs(number) <= LARGEST else Form("infinite")
    small = cell.lower()
    if small in MISSING:
        return _MISSING
    if small in MISSING_AMONG_NUMBERS:
        return Form("word")
    return _dressed(cell) if any(map(str.isdigit, cell)) else _TEXT


def _dressed(cell: str) -> Form:
    """Return the form of what is no plain number and has a digit."""
    if found := _match(cell):
        digits = found["digits"].translate(_SPACES)
        kind = next((kind for kind, pattern in _KINDS if pattern.fullmatch(digits)), None)
        if kind is None and number_in(digits) is not None:
            kind = "number"
        if kind:
            return Form(kind, found["before"] or "", found["after"] or "")
    return Form("date") if _DATE.fullmatch(cell) else _TEXT


_KINDS = (
    ("ambiguous", _ONE_GROUP),
    ("comma", _COMMA),
    ("thousands", _THOUSANDS),
    ("european", _EUROPEAN),
)


def _match(cell: str) -> "re.Match[str] | None":
    found = _DRESSED.fullmatch(cell)
    if found and bool(found["open"]) == bool(found["close"]):
        return found
    return None


def value_of(cell: str, style: Style = Style()) -> float | None:  # noqa: B008, a tuple
    """Return the number that a cell of a column of this style stands for; None where it is none."""
    plain = number_in(cell)
    if plain is not None and (not style.comma or not _GROUPED_BY_DOTS.fullmatch(cell)):
        return plain if abs(plain) <= LARGEST else None
    if plain is None and form_of(cell).kind not in NUMBERS:
        return None
    found = _match(cell)
    if not found:
        return None
    digits = found["digits"].translate(_SPACES).replace(" ", "").replace("'", "")
    digits = digits.replace(".", "").replace(",", ".") if style.comma else digits.replace(",", "")
    number = number_in(digits)
    if number is None or not abs(number) <= LARGEST:
        return None
    negative = found["open"] or found["sign"] in ("-", "−") or found["inner"] in ("-", "−")
    factor = _FACTORS.get((found["after"] or "").lower(), 1.0) if style.factors else 1.0
    return (-number if negative else number) * factor


def fits(kind: str, comma: bool) -> bool:
    """Whether a number of this kind may stand in a column with, or without, decimal commas."""
    return kind in (
        ("number", "ambiguous", "comma", "european") if comma else ("number", "ambiguous", "thousands")
    )


def is_factor(after: str) -> bool:
    """Whether what follows the digits may stand for zeros: 12k, 3.5M."""
    return after.lower() in _FACTORS


def is_yes_or_no(cell: str) -> bool:
    """Whether a cell is a boolean, in one of its spellings."""
    return cell.lower() in YES or cell.lower() in NO
