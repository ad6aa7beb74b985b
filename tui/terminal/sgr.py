"""SGR: the codes that set a terminal's colours and attributes, and the shortest change of them."""

from functools import lru_cache
from itertools import islice
from typing import NamedTuple

# What an attribute's code belongs to, and the code that takes it back.
ATTRIBUTES = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29",
}  # fmt: skip
FOREGROUND, BACKGROUND = "39", "49"
COLOURS = {
    **{str(n): FOREGROUND for n in (*range(30, 38), *range(90, 98))},
    **{str(n): BACKGROUND for n in (*range(40, 48), *range(100, 108))},
}
LONG_COLOURS = {"38": FOREGROUND, "48": BACKGROUND}
LENGTHS = {"2": 3, "5": 1}  # numbers behind 38;2 (red, green, blue) and 38;5 (of 256 colours)


class Style(NamedTuple):
    """The codes since the last reset, as in `ESC[1;31m`, and the link, as in `ESC]8;id=1;https://...`."""

    codes: str = ""
    link: str = ""

    def coded(self, codes: str) -> "Style":
        """Return the style after `ESC[codes m`."""
        if codes in ("", "0"):
            return Style("", self.link)
        if codes.startswith("0;"):
            return Style(codes[2:], self.link)
        return Style(f"{self.codes};{codes}" if self.codes else codes, self.link)

    def linked(self, link: str) -> "Style":
        """Return the style after `ESC]8;link`; an empty address ends the link."""
        return Style(self.codes, link if link.partition(";")[2] else "")


PLAIN = Style()
SEEN_ON_BLANKS = {"24", "27", "29"}  # underline, reverse, strike: they show where there is no letter


@lru_cache(4096)
def blank(style: Style) -> Style:
    """Return what of a style shows on a space: mostly its background."""
    settings = _settings(style.codes)
    if settings is None or not SEEN_ON_BLANKS.isdisjoint(settings):
        return style
    return Style(settings.get(BACKGROUND, ""), style.link)


def only_background(style: Style) -> bool:
    """Whether an erased cell looks like a space of this style."""
    return not style.link and (_settings(style.codes) or {}).keys() <= {BACKGROUND}


@lru_cache(4096)
def change(old: Style, new: Style) -> str:
    """Return what takes a terminal from one style to another."""
    link = "" if old.link == new.link else f"\x1b]8;{new.link or ';'}\x1b\\"
    return link if old.codes == new.codes else link + _recoded(old.codes, new.codes)


def _recoded(old: str, new: str) -> str:
    afresh = f"\x1b[{'0;' if old and new else ''}{new}m"
    before, after = _settings(old), _settings(new)
    if before is None or after is None:
        return afresh
    codes = [reset for reset in before if before[reset] != after.get(reset) and _must_end(reset, after)]
    codes += [after[reset] for reset in after if before.get(reset) != after[reset]]
    return min(afresh, f"\x1b[{';'.join(codes)}m" if codes else "", key=len)


def _must_end(reset: str, after: dict[str, str]) -> bool:
    """A colour is replaced by the next one; attributes add up, so they end first."""
    return reset not in after or reset not in (FOREGROUND, BACKGROUND)


@lru_cache(4096)
def _settings(codes: str) -> dict[str, str] | None:
    """Return the codes by the code that takes each back; None if one is not known."""
    settings: dict[str, str] = {}
    numbers = iter(codes.split(";") if codes else ())
    for number in numbers:
        if number in COLOURS:
            settings[COLOURS[number]] = number
        elif number in ATTRIBUTES:
            reset = ATTRIBUTES[number]
            settings[reset] = f"{settings[reset]};{number}" if reset in settings else number
        elif number in LONG_COLOURS and (kind := next(numbers, "")) in LENGTHS:
            settings[LONG_COLOURS[number]] = ";".join((number, kind, *islice(numbers, LENGTHS[kind])))
        else:
            return None
    return settings
