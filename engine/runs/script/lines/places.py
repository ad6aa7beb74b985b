"""Where in the training a line is from: epoch 1, step 10/100, [50/7330], a progress bar."""

import re
from dataclasses import dataclass

from .found import Found
from .numbers import PLAIN

_CLOCK = r"(?:\d+ days?, )?\d+:\d\d(?::\d\d)?(?:[.,]\d+)?"
_LOGGER = re.compile(
    rf"""
    ^[IWEF]\d{{4,8}}\s\d\d:\d\d:\d\d\.\d+\s+\d+\s[\w./-]+:\d+\]              # glog
    | \d{{4}}[-/.]\d\d[-/.]\d\d(?:[T\s,_]+{_CLOCK})?(?:Z|\s?[+-]\d\d:?\d\d)?  # a date and a clock
    | \b\d\d/\d\d(?:/\d\d(?:\d\d)?)?\s+{_CLOCK}
    | [\w./-]+\.(?:py|rs|go|cc|cpp|c|js|jl|java):\d+(?::\w+)?
    | [\w.]+:[\w<>]+:\d+\s-                                               # loguru
    | \b[A-Za-z_][\w.]*:\d+\s+(?=(?:INFO|DEBUG|WARN|ERROR|CRITICAL|NOTICE))  # a module's line
    | \[?\b(?:INFO|DEBUG|WARN(?:ING)?|NOTICE|TRACE)\b\]?(?::[\w.]+:|:)?
    | \[?\b(?i:rank|gpu|worker|pid|host)[\s:=]*\d+\]?:?
    """,
    re.VERBOSE,
)
_TIME = re.compile(rf"(?<![\w.]){_CLOCK}(?![\w.])")
_BAR = re.compile(
    r"(?P<before>.*?)(?P<percent>\d+)%\s?\|[^|]*\|\s*(?P<n>[\d.]+[kKMG]?)/(?P<of>[\d.?]+[kKMG]?)\s*"
    r"(?:\[(?P<inside>[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*)\])?(?P<after>.*)",
    re.DOTALL,
)
_COUNTED = re.compile(
    r"(?P<before>.*?)(?<!\S)(?P<n>\d+)it\s*\[(?P<inside>[^\[\]]*)\](?P<after>.*)", re.DOTALL
)
_RATE = re.compile(r"^\s*[\d:?]*(?:<[\d:?]*)?,\s*(?:[\d.?]+\s*\S+?/s|[\d.?]+\s*s/\S+|\?\S*)\s*")
_KERAS = re.compile(r"^\s*(?P<n>\d+)/(?P<of>\d+|Unknown)\s+(?:\[[=>.\s]*\]|[━╸╺ ]+|(?=-\s))")
_EPOCH = re.compile(
    r"(?:\b(?:epoch|ep)\b(?:\((?:train|val|test)\))?|^(?:train|test|val)\w*:(?=\s*\d+\s*\[))"
    r"\s*[:#=]?\s*[\[(]?\s*(?P<n>\d+(?:\.\d+)?)\s*"
    r"(?:(?:/|of)\s*\d+)?(?![\w.])\s*[\])]?\s*:?",
    re.IGNORECASE,
)
_STEP_OF = re.compile(
    r"\b(?P<name>global[_ ]step|step|iter(?:ation)?|batch(?:es)?|it|update|minibatch|i)\b"
    r"\s*[:#=]?\s*[\[(]?\s*"
    r"(?P<n>\d[\d,]*)\s*/\s*(?P<of>\d[\d,]*)\s*(?:\(\s*[\d.]+%\s*\))?\s*[\])]?",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?<![\w/.])(?P<name>global[_ ]step|(?:train(?:ing)?[_ ])?step|iter(?:ation|s)?|update"
    r"|num_updates|batch|episode|round"
    rf"|(?:total_)?timesteps?)\b(?:\s*[:#=]\s*|\s+|\s*\[\s*)(?P<n>{PLAIN})(?![\w.%/])\s*\]?",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\b(?P<what>\w+) (?:at|after) (?P<name>step|iter(?:ation)?|epoch|round) (?P<n>\d+)\s*[:=]",
    re.IGNORECASE,
)
_AFTER_MANY = re.compile(
    r"\b(?P<what>\w+) after (?P<n>\d+) (?P<name>step|iter(?:ation)?|epoch|round)s\s*[:=]", re.IGNORECASE
)
_BRACKETS = re.compile(r"\[\s*(\d+)\s*/\s*(\d+)\s*(?:\(\s*[\d.]+%\s*\))?\s*\]")
_COMMA = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*\]")
_LEADING = re.compile(r"^\s*(?:\[\s*(?P<a>\d+)\s*\]|(?P<b>\d+):(?=\s))")
_BARE_OF = re.compile(
    r"(?<![\w.:=/])(?<![:=]\s)(\d+)\s*/\s*(\d+)(?![\w./])(?:\s*\([\d.]+%\))?(?:\s*batches)?"
)
GONE = " \x00 "
"""What stands where a clock was: no name reaches over it."""


@dataclass
class Placed:
    """A line's place, and the words that are left when all that tells of it has been taken away."""

    found: Found
    words: str
    is_bar: bool = False

    @property
    def known(self) -> bool:
        """Whether the line says where it is from."""
        found = self.found
        return bool(found.numbers) or found.batch is not None or found.epoch is not None


def placed(line: str) -> Placed:
    """Find the place of a line, and take it and what a logger put before it away."""
    line = _AFTER.sub(r"\g<name> \g<n>, \g<what>:", _AFTER_MANY.sub(r"\g<name> \g<n>, \g<what>:", line))
    place = _bar(line) or Placed(Found(), line)
    place.words = _TIME.sub(GONE, _LOGGER.sub(GONE, place.words)).replace(GONE, "  ", 1).strip(" \t")
    for take in _TAKEN:
        take(place)
    return place


def _bar(line: str) -> Placed | None:
    found = _BAR.match(line) or _COUNTED.match(line)
    if not found:
        return None
    inside = _RATE.sub("", found["inside"] or "")
    counts = found["n"].isdigit()
    of = found.groupdict().get("of", "")
    batches = int(of) if of and of.isdigit() else None
    place = Found(batch=int(found["n"]) if counts else None, batches=batches)
    words = f"{found['before'].rstrip(' :')}, {inside.strip(' ,')}, {found['after'].strip()}"
    return Placed(place, words, is_bar=True)


def _cut(place: Placed, found: re.Match[str]) -> None:
    place.words = f"{place.words[: found.start()]}  {place.words[found.end() :]}"


def _take_epoch(place: Placed) -> None:
    if found := _EPOCH.search(place.words):
        if "." in found["n"]:
            place.found.numbers["epoch"] = float(found["n"])
        else:
            place.found.epoch = int(found["n"])
        _cut(place, found)


def _take_step_of(place: Placed) -> None:
    if not (found := _STEP_OF.search(place.words)):
        return
    _cut(place, found)
    at, of = (int(found[group].replace(",", "")) for group in ("n", "of"))
    if place.found.epoch is None and found["name"].lower() not in ("batch", "batches", "minibatch"):
        place.found.numbers[found["name"]] = at
    else:
        place.found.batch, place.found.batches = at, of


def _take_keras(place: Placed) -> None:
    if found := _KERAS.match(place.words):
        place.found.batch = int(found["n"])
        place.found.batches = int(found["of"]) if found["of"].isdigit() else None
        place.is_bar = True
        _cut(place, found)


def _take_brackets(place: Placed) -> None:
    pairs = [(int(a), int(b)) for a, b in _BRACKETS.findall(place.words)]
    if pairs and place.found.epoch is None and len(pairs) > 1:
        place.found.epoch = pairs.pop(0)[0]
    if pairs and place.found.batch is None:
        place.found.batch, place.found.batches = pairs[0]
    place.words = _BRACKETS.sub("  ", place.words)
    if place.found.batch is None and (found := _COMMA.search(place.words)):
        epoch, place.found.batch = int(found[1]), int(found[2])
        place.found.epoch = epoch if place.found.epoch is None else place.found.epoch
        _cut(place, found)


def _take_step(place: Placed) -> None:
    while found := _STEP.search(place.words):
        place.found.numbers.setdefault(found["name"], float(found["n"].replace(",", "")))
        _cut(place, found)


def _take_leading(place: Placed) -> None:
    if found := _LEADING.match(place.words):
        number = int(found["a"] or found["b"])
        if place.found.epoch is not None and place.found.batch is None:
            place.found.batch = number
        elif not place.known:
            place.found.numbers["iteration"] = number
        _cut(place, found)


def _take_rest(place: Placed) -> None:
    given = place.found.batch is not None or place.found.numbers
    if not given and (found := _BARE_OF.search(place.words)):
        place.found.batch, place.found.batches = int(found[1]), int(found[2])
        _cut(place, found)


_TAKEN = (
    *(_take_epoch, _take_step_of, _take_keras, _take_brackets),
    *(_take_step, _take_leading, _take_rest),
)
