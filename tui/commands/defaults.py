"""What `train` takes where nothing is said: settings under which each data set is learnt in a minute.

Tried with the python backend, the slowest, on one core.
"""

from typing import Any

_ANY: dict[str, Any] = {
    "hidden": (16, 16), "optimizer": "adam", "lr": 0.01, "batch": 16, "steps": 1000,
}  # fmt: skip
_OF: dict[str, dict[str, Any]] = {}


def defaults(dataset: str) -> dict[str, Any]:
    """Return the settings to begin with; a file of the user's has no name here."""
    return _ANY | _OF.get(dataset, {})
