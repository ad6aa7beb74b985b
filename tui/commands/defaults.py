"""What `train` takes where nothing is said: settings under which each data set is learnt in a minute.

Tried with the python backend, the slowest, on one core.
"""

from typing import Any

_ANY: dict[str, Any] = {
    "hidden": (16, 16), "optimizer": "adam", "lr": 0.01, "batch": 16, "steps": 1000,
}  # fmt: skip
# The hinge loss alone comes down to 0, where nothing moves any more; micrograd's demo adds this too.
_DEMO = {"l2": 1e-4}
_OF: dict[str, dict[str, Any]] = {
    "circles": _DEMO,
    "moons": _DEMO,
    "xor": _DEMO,
    "digits": {"hidden": (16,), "lr": 0.02, "batch": 10},
    "iris": {"hidden": (8,), "steps": 500},
    "linear": {"hidden": (), "lr": 0.05, "steps": 500},
    "penguins": {"hidden": (8,), "steps": 500},
    "sine": {"activation": "tanh"},
    "spirals": _DEMO | {"steps": 2000},
}


def defaults(dataset: str) -> dict[str, Any]:
    """Return the settings to begin with; a file of the user's has no name here."""
    return _ANY | _OF.get(dataset, {})
