"""Formatting for a terminal: text escaped, numbers in four digits, widths counted in cells."""

import math
import unicodedata

# Category C: controls, escapes, bidirectional overrides, surrogates; Zl and Zp break lines.
_UNSAFE = ("C", "Zl", "Zp")
# Above it, four digits may round up to what reads back as infinity.
_GREATEST = 1.797e308


def plain(text: str) -> str:
    """Return `text` with everything that could act on a terminal spelled out: ESC is `\\x1b`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelled(ch) if unicodedata.category(ch).startswith(_UNSAFE) else ch for ch in text)


def _spelled(ch: str) -> str:
    return ascii(ch)[1:-1]


def number(x: float | None, signed: bool = False) -> str:
    """Return x in at most ten characters, four digits of it; a dot for a cell not written yet."""
    if x is None:
        return "."
    if math.isnan(x):
        return "nan"
    if math.isfinite(x):
        x = max(-_GREATEST, min(x, _GREATEST))
    text = f"{x:+.4g}" if signed and x else f"{x:.4g}"
    # 1e-05 -> 1e-5: a terminal is narrow. Three-digit exponents lose a digit of the mantissa.
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text if len(text) <= 10 else f"{x:+.3g}" if signed else f"{x:.3g}"


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


def fitted(text: str, width: int, ellipsis: str) -> str:
    """Return `text` shortened or padded to exactly `width` terminal cells."""
    from rich.cells import set_cell_size

    if cells(text) > width:
        return set_cell_size(text, max(0, width - len(ellipsis))) + ellipsis[: max(0, width)]
    return set_cell_size(text, width)
