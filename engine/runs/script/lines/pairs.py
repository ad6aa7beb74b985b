"""Lines of names with their numbers: `iter 0: loss 10.91, time 274.6ms`, `loss=0.5 acc=0.9`, `loss: 0.3`.

A line of prose may have numbers, too. It is data where something is measured in it, or where it says from
which step it is and names a number.
"""

import re
from dataclasses import dataclass

from .found import Found
from .names import is_known, is_measured, is_place, may_be_name
from .numbers import NUMBER, VALUE, to_float
from .places import Placed, placed

LONGEST = 2000
"""Characters that are looked at: expressions that go back and forth take long for many."""
_PAIR = re.compile(
    rf"(?P<sign>\s*[:=]\s*|\s+)(?:\[|(?:tensor|np\.float\d+|array)\(\[?)?{VALUE}"
    r"(?P<of>\s*/\s*(?P<whole>\d+)(?![\w./]))?",
    re.IGNORECASE,
)
_CUTS = re.compile(r"[|,;\t\]}\x00]|\s{2,}|\s[-–]\s|^[-–]\s|>>+|\s\((?![^()]*\))|^\(")
_OF_CLASSES = re.compile(r"@(\d*\.?\d+)[:\-](\d*\.?\d+)")
_ENDS = re.compile(r"\s*(?:[|,;\t\])(\x00±]|\s{2}|\s[-–]\s|$)")
_PART = re.compile(
    r"(?:^|[\s\[|,;>*=-])(?P<part>train|training|test|val|valid|validation|eval|evaluation|dev)\b"
    r"(?:[ _](?:set|error|results?|metrics))?\s*[:\]](?=\s|\[)",
    re.IGNORECASE,
)
"""Of which part of the data numbers are, where they stand behind its name."""
_NO_NUMBERS = ("v_num", "eta")
"""What progress bars tell of themselves."""
_OF_STEPS = re.compile(rf"\s*(?P<step>\d+)\s*/\s*\d+\s*:\s*{VALUE}\s*", re.IGNORECASE)
"""A step of so many, and its loss: `10000/ 200000: 2.5633`."""
_BEFORE_NAME = re.compile(r"^(?:.*\.{3,}|(?:.*\s)?\d+\.\d\S*\s+(?=\S)|\s*[^\w\s(|<#@/%$]+\s+(?=\w))")
"""What is not of a name: dots that lead to it, a number that has none (80.1it/s), a sign or a picture."""
_NUMBER_FIRST = re.compile(
    r"\s*(\d+): (-?nan|[\d.]+), (-?nan|[\d.]+) avg(?: loss)?, ([\d.]+) rate\b.*", re.IGNORECASE
)
"""Darknet's lines, whose names stand behind their numbers."""
_MISSING = re.compile(r"[:=]\s*(?:None|null|n/a)(?![\w/])", re.IGNORECASE)
"""What stands for a number that there is not: the name before it is no part of the next."""
_PATH = rf"\w+(?:/\w[\w.@-]*)+\s*=\s*{NUMBER}"
_PATHS = re.compile(rf"\s*{_PATH}(?:(?:\s*,\s*|\s+){_PATH})*\s*,?\s*", re.IGNORECASE)
"""Names that have a place among others and their numbers, nothing else: `optim/grad_norm=5.2`.

Something stands between two: digits that may end a number or begin a name would take for ever.
"""
_CALL = re.compile(r"^\s*\w+\(\w+=")


@dataclass
class Pair:
    """A name and its number, and how they stand together."""

    name: str
    number: float
    signed: bool
    """Whether `=` or `:` stands between them."""

    @property
    def strong(self) -> bool:
        """Whether it is of what training measures."""
        return is_measured(self.name)


def read_pairs(line: str) -> tuple[Found | None, Placed]:
    """Return the numbers of a line by name, None where it is prose; and its place."""
    place = placed(line[:LONGEST])
    if (of := _OF_STEPS.fullmatch(line[:LONGEST])) and (loss := to_float(of["value"])) is not None:
        return Found({"step": float(of["step"]), "loss": loss}), place
    if first := _NUMBER_FIRST.fullmatch(line[:LONGEST]):
        names = "iteration", "loss", "avg loss", "rate"
        return Found({name: float(x) for name, x in zip(names, first.groups(), strict=True)}), place
    if _CALL.match(line):
        return None, place
    pairs, left = _pairs(_OF_CLASSES.sub(r"@\1-\2", _MISSING.sub(" | ", place.words)))
    if not _is_data(pairs, place, left):
        return None, place
    found = place.found
    for pair in pairs:
        again = sum(name.split(" #")[0] == pair.name for name in found.numbers)
        found.numbers[f"{pair.name} #{again + 1}" if again else pair.name] = pair.number
    return found, place


def _is_data(pairs: list[Pair], place: Placed, left: str) -> bool:
    signed = [pair for pair in pairs if pair.signed]
    if any(pair.strong for pair in signed):
        return True
    known = place.known or any(is_place(pair.name) for pair in pairs)
    if any(pair.strong for pair in pairs):
        return known or len(pairs) > 1 or len(left.split()) <= 2
    if pairs and _PATHS.fullmatch(place.words):
        return True
    others = [pair for pair in signed if not is_place(pair.name)]
    return bool(others) and (known or (len(others) > 1 and not left.strip(" ,;|")))


def _pairs(words: str) -> tuple[list[Pair], str]:
    """Return the pairs in words, and the words that belong to none."""
    pairs: list[Pair] = []
    end, left, at, part = 0, "", 0, ""
    while found := _PAIR.search(words, at):
        at = found.end()
        before = words[end : found.start()]
        name = _name(before)
        signed = not found["sign"].isspace()
        if of := _PART.search(before):
            part = "" if of["part"].lower().startswith("train") else f"{of['part'].lower()}/"
        if found["value"].lower().startswith("in") and not signed and not is_measured(name):
            continue
        if not may_be_name(name) or not (signed or _stands_alone(name, words, found)):
            continue
        if name.lower() not in _NO_NUMBERS and (number := _number(found)) is not None:
            pairs.append(Pair(name if is_place(name) else part + name, number, signed))
        start = before.rfind(name)
        left += before[: max(0, start)]
        end = _behind(words, found.end())
        at = end
    return pairs, left + words[end:]


def _stands_alone(name: str, words: str, found: re.Match[str]) -> bool:
    """Whether a name with nothing between it and its number is one: known, or all between two bars."""
    return is_known(name) or bool(len(name.split()) <= 3 and _ENDS.match(words, found.end()))


def _behind(words: str, end: int) -> int:
    """Return where what belongs to a number ends: its average in brackets, the second of two."""
    rest = re.compile(r"\s*±\s*[\d.]+%?|\s*\([^()]*\)|\s*/\s*[\d.]+").match(words, end)
    return rest.end() if rest else end


def _name(before: str) -> str:
    start = 0
    for cut in _CUTS.finditer(before.rstrip()):
        start = cut.start() + 1 if cut.group().isspace() or "(" in cut.group() else cut.end()
    name = before[start:]
    if ": " in name or name.rstrip().endswith(":"):
        name = re.split(r":\s", name.rstrip(": "))[-1]
    name = _BEFORE_NAME.sub("", name)
    name = name.strip(" \t\"'*#=>{[-–.:?!")
    return name if name.count("(") == name.count(")") else name.strip("() ")


def _number(found: re.Match[str]) -> float | None:
    value = to_float(found["value"])
    whole = float(found["whole"] or 0)
    if value is None or not whole or found["unit"]:
        return value
    return value / whole
