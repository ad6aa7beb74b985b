"""Numbers as programs write them: 1,234 and 2.3e-05, 98% and 274.6ms, nan, 9834/10000."""

import re

_UNITS = r"%|[kKMGTB]i?[bB]?(?:/s)?|m?s|[uµn]s|secs?|min|h|m|x|it/s|s/it|ms/step|/s|Hz|W|°C|°"
PLAIN = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
NUMBER = rf"[-+]?(?:{PLAIN}|nan|inf(?:inity)?)"
# Not the first half of a date, a version, a clock or a word.
VALUE = rf"(?P<value>{NUMBER})(?P<unit>\s?%|(?:{_UNITS}))?(?![A-Za-z_\d])(?![.:\-]\d)"
LONGEST = 400
"""Characters of a number."""
_VALUE = re.compile(VALUE, re.IGNORECASE)
_FRACTION = re.compile(r"(\d+)\s*/\s*(\d+)")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?")


def number(text: str) -> float | None:
    """Return the number that a text is, with its unit left out; None for any other text."""
    text = text.strip()
    found = _VALUE.fullmatch(text) if len(text) <= LONGEST else None
    return to_float(found["value"]) if found else None


def cell(text: str, decimal_comma: bool = False) -> float | None:
    """Return the number in a cell of a table; of a fraction (`1/10`) its upper part."""
    text = text.strip().rstrip(":")
    if len(text) > LONGEST:
        return None
    if decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        return to_float(text.replace(",", "."))
    if found := _FRACTION.fullmatch(text):
        return to_float(found[1])
    return number(text)


def to_float(text: str) -> float | None:
    """Return the number that digits stand for, with commas between thousands."""
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
