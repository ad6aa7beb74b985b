"""Default settings of `train`, by what the data is like: with them one sees it learn.

They follow from the numbers to train on and never from a name, so the same rows train the same wherever
they come from. The learning rate goes with the number of steps, so that the curve has the same shape
whether there are a few hundred, all that plain Python can do in ten seconds, or the tens of thousands of
the fast backends.
"""

from collections.abc import Callable, Sequence
from statistics import StatisticsError, correlation
from typing import Any, NamedTuple

from ....datasets.dataset import Row
from ....datasets.prepare import Prepared
from ....engine.learning.config import Config

_ANY: dict[str, Any] = {"hidden": (16, 16), "optimizer": "adam", "batch": 16, "steps": 20_000}
WIDE = 30
"""Inputs from which one hidden layer learns as much, in half the time."""
STRAIGHT = 0.95
"""The part of the variance that a straight line must explain for no hidden layer to be needed."""


class _Kind(NamedTuple):
    """A kind of data: what the help calls it, how it is known, and the settings it takes."""

    words: str
    holds: Callable[[Prepared], bool]
    settings: dict[str, Any]


PYTHON_STEPS = 1000
"""The fast backends do twenty to a hundred times as many in the same time."""

# (what learning rate and steps give multiplied, the largest rate, the steps beyond which it stays)
_RATES = {"sgd": (25.0, 0.05, 200_000)}
_ADAMS_RATE = (10.0, 0.02, 200_000)


def defaults(made: Prepared, backend: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return all settings: those given, and the rest to go with them and with the data."""
    settings = dict(_ANY)
    for kind in _KINDS:
        settings |= kind.settings if kind.holds(made) else {}
    settings |= {"steps": PYTHON_STEPS} if backend == "python" else {}
    return {"lr": _rate(settings | given)} | settings | given


def told(name: str) -> str:
    """Return the default of a setting for the help: the usual one, then for which data it is another."""
    usual = _ANY.get(name, getattr(Config, name, None))
    exceptions = (
        f"{_shown(kind.settings[name])} for {kind.words}" for kind in _KINDS if name in kind.settings
    )
    return "; ".join((f"default {_shown(usual)}", *exceptions))


def _is_plane(made: Prepared) -> bool:
    return len(made.inputs) == len(made.classes) == 2


def _is_wide(made: Prepared) -> bool:
    return len(made.inputs) >= WIDE


def _is_straight(made: Prepared) -> bool:
    one = len(made.inputs) == 1 and not made.classes and len(made.train) > 2
    return one and _explained(made.train) > STRAIGHT


def _is_curve(made: Prepared) -> bool:
    return len(made.inputs) == 1 and not made.classes and not _is_straight(made)


def _explained(rows: Sequence[Row]) -> float:
    """Return which part of the variance of y a straight line of x explains."""
    xs, ys = [x[0] for x, _ in rows], [y for _, y in rows]
    try:
        return correlation(xs, ys) ** 2
    except StatisticsError:  # one of them is the same everywhere
        return 0.0


def told_rate() -> str:
    """Return the default of the learning rate for the help, which goes with the number of steps."""
    ways = {**_RATES, "adam, adamw": _ADAMS_RATE}
    return "default " + "; ".join(
        f"{name}: {way:g} / steps, at most {largest:g}" for name, (way, largest, _) in ways.items()
    )


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value)) or "none"
    return (
        f"{value:,}"
        if isinstance(value, int)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )


def _rate(settings: dict[str, Any]) -> float:
    way, largest, longest = _RATES.get(settings["optimizer"], _ADAMS_RATE)
    rate = min(largest, way / min(longest, max(1, settings["steps"])))
    return float(f"{rate:.1g}")


_KINDS = (
    # The hinge loss alone comes down to 0, where nothing moves any more; micrograd's demo adds this too.
    _Kind("classes", lambda made: bool(made.classes), {"l2": 1e-4}),
    _Kind("two classes in a plane", _is_plane, {"steps": 50_000}),
    _Kind(
        f"{WIDE} inputs and more",
        _is_wide,
        {"hidden": (16,), "steps": 10_000},
    ),
    _Kind("a curve", _is_curve, {"activation": "tanh"}),
    _Kind("a straight line", _is_straight, {"hidden": (), "optimizer": "sgd"}),
)
