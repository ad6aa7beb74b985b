"""Sparklines: a series of numbers as one row of bars."""

from collections.abc import Sequence


def sparkline(values: Sequence[float], width: int, bars: str) -> str:
    """Return the last `width` values as bars between their least and their greatest.

    A value that is not finite shows as `!`.
    """
    shown = values[-width:] if width > 0 else []
    finite = [x for x in shown if x - x == 0]
    if len(shown) < 2 or not finite:
        return ""
    low, span = min(finite), (max(finite) - min(finite)) or 1.0
    top = len(bars) - 1
    return "".join(bars[round((x - low) / span * top)] if x - x == 0 else "!" for x in shown)
