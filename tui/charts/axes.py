"""Axes: limits at round numbers, so that a live curve seldom moves them, and what stands beside them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LABEL = 7
"""Characters of a tick's label."""


@dataclass(frozen=True)
class Axis:
    """A range of numbers laid along some dots, and where it is marked."""

    low: float
    high: float
    ticks: tuple[float, ...]
    log: bool = False

    def place(self, x: float) -> float:
        """Where x lies, 0 at `low` and 1 at `high`; outside it is held at the nearer end."""
        return self.places((x,))[0]

    def places(self, xs: Iterable[float]) -> list[float]:
        """Where each of some numbers lies."""
        low, high = self.low, self.high
        if self.log:
            low, high = math.log10(low), math.log10(high)
            xs = [math.log10(x) if x > 0 else -math.inf for x in xs]
        span = high - low
        return [min(max((x - low) / span, 0.0), 1.0) for x in xs]


def linear(low: float, high: float, count: int) -> Axis:
    """Return an axis around low..high with about `count` ticks at round numbers."""
    if not high - low > max(abs(high) * 1e-12, 1e-290):
        pad = abs(high) * 0.5 if abs(high) > 1e-290 else 1.0
        low, high = low - pad, high + pad
    step = _round_step((high - low) / max(1, count))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return Axis(first * step, last * step, tuple(i * step for i in range(first, last + 1)))


def logarithmic(low: float, high: float, count: int) -> Axis:
    """Return a logarithmic axis around the positive numbers low..high."""
    low_exponent, high_exponent = math.log10(low), math.log10(max(high, low))
    if high_exponent - low_exponent < 1:
        start = math.floor(low_exponent)
        marks = [m * _power(e) for e in range(start, start + 3) for m in (1, 2, 5)]
        first = max((m for m in marks if m <= low * (1 + 1e-9)), default=marks[0])
        last = min((m for m in marks if m >= high * (1 - 1e-9) and m > first), default=marks[-1])
        return Axis(first, last, tuple(m for m in marks if first <= m <= last), log=True)
    first_exponent = math.floor(low_exponent + 1e-9)
    last_exponent = max(math.ceil(high_exponent - 1e-9), first_exponent + 1)
    every = max(1, math.ceil((last_exponent - first_exponent) / max(1, count)))
    exponents = range(first_exponent, last_exponent + 1, every)
    bounds = _power(first_exponent), _power(last_exponent)
    return Axis(*bounds, tuple(map(_power, exponents)), log=True)


def _power(exponent: int) -> float:
    return float(f"1e{max(-307, min(exponent, 308))}")


def _round_step(rough: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is at least `rough`."""
    power = _power(math.floor(math.log10(rough)))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough * (1 - 1e-9))


def axis_label(x: float, ticks: Sequence[float]) -> str:
    """Write a tick in as few characters as distinguish it from its neighbours.

    Where they differ in digits for which there is no room, those above the least say how far above it.
    """
    size, least = max(map(abs, ticks)), min(ticks)
    if len({_label(tick, size, LABEL) for tick in ticks}) == len(set(ticks)):
        return _label(x, size, LABEL)
    if size < 1e6 and all(tick == int(tick) for tick in ticks):
        return f"{x:.0f}"
    if x == least:
        return _label(x, size, LABEL)
    return f"+{_label(x - least, max(ticks) - least, LABEL - 1)}"


def _label(x: float, size: float, room: int) -> str:
    """Write a number among others of a size, in so many characters."""
    if x == 0:
        return "0"
    if 1e-3 <= size < 1e5 and abs(x) >= 1e-3 and len(text := f"{x:.6g}") <= room:
        return text
    texts = (_scientific(x, digits) for digits in (3, 2, 1))
    return next((text for text in texts if len(text) <= room), "")


def _scientific(x: float, digits: int) -> str:
    """Write a number in so many digits and a power of ten: 1.25e-5, 1e6."""
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(exponent)}"


def step_label(step: float) -> str:
    """Write a number of training steps: 500, 2k, 1.5M."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if step >= size:
            return f"{step / size:.4g}{unit}"
    return f"{step:.0f}"


def step_axis(first: int, last: int, width: int) -> Axis:
    """Return an axis of training steps from first to last exactly, marked at round steps."""
    span = max(1, last - first)
    step = max(1.0, _round_step(span / max(1, width // 12)))
    marks = range(math.ceil(first / step), math.floor(last / step) + 1)
    return Axis(first, first + span, tuple(mark * step for mark in marks))
