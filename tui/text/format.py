"""Formatting for a terminal: text escaped, numbers in the digits that matter, widths counted in cells."""

import math
import re
import unicodedata
from functools import lru_cache

# Category C: controls, escapes, bidirectional overrides, surrogates; Zl and Zp break lines.
_UNSAFE = ("C", "Zl", "Zp")
_WHOLE = re.compile(r"\s*([+-]?\d[\d,_]*)\s*", re.ASCII)
# Above it, four digits may round up to what reads back as infinity.
_GREATEST = 1.797e308

DIGITS = 4
"""The significant digits of a number where nobody asks for more."""
EXACT_DIGITS = 7
"""A decimal of so many digits is shown as it is: 1.75*1.75 is 3.0625 and not 3.062."""
ALL_DIGITS = 17
"""As many as a double has."""


def plain(text: str) -> str:
    """Return `text` with everything that could act on a terminal spelled out: ESC is `\\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(ch) if unicodedata.category(ch).startswith(_UNSAFE) else ch for ch in text)


def _spelled(ch: str) -> str:
    return ascii(ch)[1:-1]


@lru_cache(maxsize=4096)  # a step shows some numbers five times, and the next step again
def number(x: float | None, signed: bool = False, digits: int = DIGITS) -> str:
    """Return x in at most ten characters, four digits of it; a dot for a cell not written yet.

    A decimal of up to seven digits is exact: 3.0625. With more `digits` than four there is no limit
    on the width; with `ALL_DIGITS` the text reads back as x, to the last bit. -0 is 0.
    """
    if x is None:
        return "."
    if x == 0:
        return "0"  # of -0 too
    if math.isnan(x):
        return "nan"
    if math.isfinite(x) and digits < ALL_DIGITS:
        x = max(-_GREATEST, min(x, _GREATEST))
    text = _decimal(x, digits)
    text = f"+{text}" if signed and x > 0 else text
    return text if len(text) <= 10 or digits > DIGITS else f"{x:+.3g}" if signed else f"{x:.3g}"


def _decimal(x: float, digits: int) -> str:
    if digits >= ALL_DIGITS:
        text = repr(float(x)).removesuffix(".0")
    else:
        text = f"{x:.{max(digits, EXACT_DIGITS)}g}"
        if float(text) != x or len(text) > 9:  # no short decimal: the digits asked for are enough
            text = f"{x:.{digits}g}"
    # 1e-05 -> 1e-5: a terminal is narrow. Three-digit exponents lose a digit of the mantissa.
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return f"{mantissa}e{int(exponent)}"


def change(
    before: float | None, after: float, signed: bool = False, digits: int = DIGITS, room: int = 99
) -> tuple[str, str]:
    """Return both numbers in as many digits as make them differ where they do, and `room` holds."""
    plus = "+" if signed and after > 0 else ""
    first = found = number(before, digits=digits), number(after, digits=digits)
    if before is not None and before != after and first[0] == first[1]:
        pairs = (
            (number(before, digits=more), number(after, digits=more))
            for more in range(digits + 1, ALL_DIGITS + 1)
        )
        found = next((pair for pair in pairs if pair[0] != pair[1]), first)
    shown = found if len(found[0]) + len(found[1]) < room else first
    return shown[0], plus + shown[1]


def whole(text: str) -> int | None:
    """Return the whole number that was typed, 1,000 or 1_000 or 1000; None where it is none.

    Of more than eighteen digits only so many are read: it is beyond the end of everything.
    """
    typed = _WHOLE.fullmatch(text)
    return int(typed[1].replace(",", "").replace("_", "")[:19]) if typed else None


def natural(word: str) -> list[tuple[bool, int, str]]:
    """An order in which the numbers in a word count as numbers."""
    parts = re.split(r"(\d+)", word)
    return [(part.isdecimal(), int(part[:18]) if part.isdecimal() else 0, part) for part in parts]


def ago(seconds: float) -> str:
    """Return how long ago something was, in the largest unit it fills: `3 min ago`."""
    seconds = max(0.0, seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def cells(text: str) -> int:
    """Return how many terminal cells a text takes: ideographs take two, combining marks none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shortened(text: str, width: int, ellipsis: str) -> str:
    """Return `text`, or what fits of it into `width` terminal cells and an ellipsis."""
    return text if cells(text) <= width else fitted(text, width, ellipsis)


def cut_in_middle(text: str, width: int, ellipsis: str, tail: int | None = None) -> str:
    """Return `text`, or its start and its last `tail` characters with an ellipsis between them."""
    if cells(text) <= width or width <= len(ellipsis):
        return shortened(text, width, ellipsis)
    room = width - len(ellipsis)
    tail = min(room, room // 2 if tail is None else tail)
    return f"{fitted(text, room - tail, '').rstrip()}{ellipsis}{text[len(text) - tail :]}"


def fitted(text: str, width: int, ellipsis: str) -> str:
    """Return `text` shortened or padded to exactly `width` terminal cells."""
    from rich.cells import set_cell_size

    size = cells(text)
    if size > width:
        return set_cell_size(text, max(0, width - len(ellipsis))) + ellipsis[: max(0, width)]
    return text + " " * (width - size)


def bytes_text(size: int) -> str:
    """Write a number of bytes: `48 bytes`, `1.2 MB`."""
    for unit, name in ((2**30, "GB"), (2**20, "MB"), (2**10, "KB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes"
