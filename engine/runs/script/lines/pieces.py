"""Objects over several lines, as json.dumps(indent=2) and pprint write them, and several on one line."""

import json
import re
from collections.abc import Iterable, Iterator

MOST = 50
"""Lines of an object; the first of more is a line like any other."""
_TEXTS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_OPENS = re.compile(r"^\s*\{\s*(?:[\"']|$)|[:=]\s*\{\s*$")
_BLANKS = re.compile(r"\s+")
_GOES_ON = re.compile(r"^\s*(?:[\"'{}\[\]()\d.-]|\w+\s*=|nan\b|inf\b|tensor\b|array\b)")


class Pieces:
    """Lines of an object whose last bracket has not come yet."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._open = 0

    def take(self, line: str) -> Iterator[str]:
        """Yield what can be read now: the line, an object that ends with it, or nothing yet."""
        if self._lines and not _GOES_ON.match(line):
            yield from self.rest()
        if not self._lines and not _OPENS.search(line):
            yield from _each(line)
            return
        self._lines.append(line)
        self._open += _opened(line)
        if self._open <= 0:
            yield from _each(" ".join(self.rest()))
        elif len(self._lines) > MOST:
            yield from self.rest()

    def rest(self) -> Iterable[str]:
        """Return the lines of what was no object in the end."""
        lines, self._lines, self._open = self._lines, [], 0
        return lines


def _opened(line: str) -> int:
    signs = _TEXTS.sub("", line)
    return sum(map(signs.count, "{[(")) - sum(map(signs.count, "}])"))


def _each(line: str) -> list[str]:
    """Return the objects of a JSON list, or those without a line between them, as lines."""
    if not re.match(r"\s*\[\s*\{", line):
        return _parted(line) if re.search(r"\}\s*\{", line) else [line]
    try:
        each = json.loads(line)
    except (ValueError, RecursionError):
        return [line]
    return [json.dumps(one) for one in each]


def _parted(line: str) -> list[str]:
    parts: list[str] = []
    decoder, line, at = json.JSONDecoder(), line.strip(), 0
    try:
        while at < len(line):
            end = decoder.raw_decode(line, at)[1]
            parts.append(line[at:end])
            blanks = _BLANKS.match(line, end)
            at = blanks.end() if blanks else end
    except (ValueError, RecursionError):
        return [line]
    return parts
