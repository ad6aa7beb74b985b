"""Default settings of `train`, by data set: with them one sees it learn.

The learning rate goes with the number of steps, so that the curve has the same shape whether there are
a few hundred, all that plain Python can do in ten seconds, or the tens of thousands of the fast backends.
"""

from typing import Any

from ....engine.learning.config import Config

_ANY: dict[str, Any] = {"hidden": (16, 16), "optimizer": "adam", "batch": 16, "steps": 20_000}
# The hinge loss alone comes down to 0, where nothing moves any more; micrograd's demo adds this too.
_DEMO = {"optimizer": "sgd", "l2": 1e-4, "steps": 50_000}
_OF: dict[str, dict[str, Any]] = {
    "blobs": {"optimizer": "sgd"},
    "circles": _DEMO,
    "digits": {"hidden": (16,), "steps": 10_000},
    "iris": {"optimizer": "sgd"},
    "linear": {"hidden": (), "optimizer": "sgd"},
    "moons": _DEMO,
    "penguins": {"optimizer": "sgd"},
    "sine": {"activation": "tanh"},
    "spirals": {"l2": 1e-4, "steps": 50_000},
    "xor": _DEMO,
}
PYTHON_STEPS = 1000
"""The fast backends do twenty to a hundred times as many in the same time."""

# (what learning rate and steps give multiplied, the largest rate, the steps beyond which it stays)
_RATES = {"sgd": (25.0, 0.05, 200_000)}
_ADAMS_RATE = (10.0, 0.02, 200_000)


def defaults(dataset: str, backend: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return all settings: those given, and the rest to go with them."""
    settings = _ANY | _OF.get(dataset, {}) | ({"steps": PYTHON_STEPS} if backend == "python" else {})
    return {"lr": _rate(settings | given)} | settings | given


def told(name: str) -> str:
    """Return the default of a setting for the help: what most data sets have, then the others."""
    usual, others = _ANY.get(name, getattr(Config, name, None)), dict[str, list[str]]()
    for dataset, own in sorted(_OF.items()):
        if own.get(name, usual) != usual:
            others.setdefault(_shown(own[name]), []).append(dataset)
    exceptions = (f"{value} for {' '.join(names)}" for value, names in others.items())
    return "; ".join((f"default {_shown(usual)}", *exceptions))


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
