"""What `train` takes where nothing is said: settings under which each data set is learnt in a minute.

Tried with the python backend, the slowest, on one core.
"""

from typing import Any

_ANY: dict[str, Any] = {
    "hidden": (16, 16), "optimizer": "adam", "lr": 0.01, "batch": 16, "steps": 1000,
}  # fmt: skip
_OF: dict[str, dict[str, Any]] = {
    "digits": {"hidden": (16,), "lr": 0.02, "batch": 10},
    "iris": {"hidden": (8,), "steps": 500},
    "linear": {"hidden": (), "lr": 0.05, "steps": 500},
    "penguins": {"hidden": (8,), "steps": 500},
    "sine": {"activation": "tanh"},
    "spirals": {"steps": 2000},
}


def defaults(dataset: str) -> dict[str, Any]:
    """Return the settings to begin with; a file of the user's has no name here."""
    return _ANY | _OF.get(dataset, {})
