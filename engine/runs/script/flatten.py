"""Numbers by name out of whatever a script logs: nested dicts, 0-d tensors and arrays of one number."""

import math
from collections.abc import Callable, Mapping
from typing import Any

DEEPEST = 16
"""Dicts within dicts."""
MOST = 10_000
"""Numbers of one call: a dict may hold itself."""

Numbers = dict[str, float]
Refuse = Callable[[str], None]


def flatten(given: Mapping[Any, Any], refuse: Refuse) -> Numbers:
    """Return the numbers in a dict, those of inner ones as `train/loss`; tell `refuse` what is none."""
    found: Numbers = {name: x for name, x in given.items() if type(x) is float and type(name) is str}
    if len(found) == len(given):  # the usual, and twice as fast
        return found
    _flatten_into(found, given, "", DEEPEST, refuse)
    return found


def _flatten_into(found: Numbers, given: Any, before: str, deepest: int, refuse: Refuse) -> None:
    for key, value in list(given.items()):
        name = f"{before}{key}"
        if type(value) is float or type(value) is int or not is_mapping(value):
            _keep(found, name, value, refuse)
        elif deepest and len(found) < MOST:
            _flatten_into(found, value, f"{name}/", deepest - 1, refuse)
        else:
            refuse(f"{name} was nested too deep")


def _keep(found: Numbers, name: str, value: Any, refuse: Refuse) -> None:
    try:
        found[name] = as_number(value)
    except (
        KeyboardInterrupt,
        SystemExit,
        GeneratorExit,
    ):  # of a handler of signals, while a GPU is awaited
        raise
    except BaseException:  # whatever an object of the script's raises when it is asked for its number
        refuse(f"{name} was not a number")


def is_mapping(value: Any) -> bool:
    """Whether something holds values by name, as a dict does."""
    return isinstance(value, Mapping) or (hasattr(value, "items") and hasattr(value, "keys"))


def by_name(value: Any) -> Mapping[Any, Any] | None:
    """Return what something holds by name: a dict, a named tuple, a data class; None of anything else."""
    if is_mapping(value):
        found: Mapping[Any, Any] = value
        return found
    if hasattr(value, "_asdict"):
        return dict(value._asdict())
    return dict(vars(value)) if hasattr(value, "__dataclass_fields__") else None


def as_number(value: Any) -> float:
    """Return the one number in something; raise where there is none, or more than one."""
    if isinstance(value, float | int | str):
        return float(value)
    if isinstance(value, list | tuple):
        (only,) = value
        return as_number(only)
    mask = getattr(value, "mask", False)
    if not callable(mask) and bool(mask):  # numpy's masked: no number; a Series of pandas has a method
        return math.nan
    # A tensor that wants a gradient, and an array of one number, would warn of `float`.
    return float(value.item() if hasattr(value, "item") else value)
