"""A number of a tensor in a cell: decimals below one another, four digits at least; or every digit."""

import math
import struct

from ....engine.recording.tensor import Number

WIDTH = 10
"""Cells of a number: `-1.234e-05`, `-99.123456`."""
_WHOLE = {"float16": ("e", 5), "float32": ("f", 9)}
"""How a float of a dtype is packed, and how many digits tell any two of them apart."""


def cell_width(dtype: str, all_digits: bool) -> int:
    """Return the cells of a number of a dtype."""
    part = WIDTH if not all_digits else 24 if dtype in ("float64", "complex128") else 16
    if dtype.startswith("complex"):
        return 2 * part + 1
    if dtype == "bool":
        return 5
    return 20 if all_digits and "int" in dtype else part


def cell(x: Number, dtype: str, all_digits: bool = False) -> tuple[str, str]:
    """Return a number as text, and its style: what is not finite has a sign before it too."""
    if dtype == "bool":
        return ("True", "") if x else ("False", "dim")
    if isinstance(x, complex):
        part = "float64" if dtype == "complex128" else "float32"
        text = f"{_real(x.real, part, all_digits)}{_signed(_real(x.imag, part, all_digits))}i"
        finite = math.isfinite(x.real) and math.isfinite(x.imag)
    elif isinstance(x, int):
        text, finite = _integer(x, all_digits), True
    else:
        text, finite = _real(x, dtype, all_digits), math.isfinite(x)
    if not finite:
        return f"!{text}", "warning"
    return text, "" if x else "dim"


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"


def _integer(x: int, all_digits: bool) -> str:
    return str(x) if all_digits or len(str(x)) <= WIDTH else f"{x:.3e}"


def _real(x: float, dtype: str, all_digits: bool) -> str:
    if not math.isfinite(x):
        return str(x)
    if all_digits:
        return exact(x, dtype)
    size = abs(x)
    if not x:
        return "-0" if math.copysign(1, x) < 0 else "0"
    if 0.01 <= size < 99.9999995:
        return f"{x:.6f}"
    if 99 < size < 99_999.95:
        return f"{x:.3f}"
    return f"{x:.3e}" if 1e-99 < size < 1e100 else f"{x:.2e}"


def exact(x: float, dtype: str) -> str:
    """Return the shortest text that no other number of the dtype has."""
    packed, digits = _WHOLE.get(dtype, ("f", 9) if dtype.startswith(("bfloat", "float8")) else ("d", 17))
    if packed == "d" or not math.isfinite(x):
        return repr(x)
    texts = (f"{x:.{count}g}" for count in range(1, digits + 1))
    return next((text for text in texts if _same(float(text), x, packed)), repr(x))


def _same(one: float, other: float, packed: str) -> bool:
    try:
        return struct.pack(packed, one) == struct.pack(packed, other)
    except OverflowError:
        return False
