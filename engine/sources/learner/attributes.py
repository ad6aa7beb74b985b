"""What an object of somebody's class holds: stored attributes, numbers, nodes in containers."""

from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str, ...]
"""Attributes to follow from a node, one after the other: `("_prev",)`, `("ctx", "parents")`."""
CONTAINERS = (tuple, list, set, frozenset)


def stored(thing: Any) -> dict[str, Any]:
    """Return the attributes an object holds: of its `__dict__` and its slots, a mangled name as it is."""
    found: dict[str, Any] = {}
    for kind in reversed(type(thing).__mro__):
        for name in _slots(kind):
            try:
                found[name] = object.__getattribute__(thing, name)
            except AttributeError:
                continue
    return found | dict(getattr(thing, "__dict__", None) or {})


def _slots(kind: type) -> Iterator[str]:
    names = vars(kind).get("__slots__", ())
    for name in (names,) if isinstance(names, str) else names:
        if name.startswith("__") and not name.endswith("__"):
            yield f"_{kind.__name__.lstrip('_')}{name}"
        elif name not in ("__dict__", "__weakref__"):
            yield name


def as_number(thing: Any) -> float | None:
    """Return a number as a float, numpy's and arrays of one number too; None for anything else."""
    if type(thing) is float:
        return thing
    if isinstance(thing, bool | str | bytes) or thing is None:
        return None
    if isinstance(thing, int | float):
        return _floated(thing)
    if getattr(thing, "size", None) == 1 and callable(getattr(thing, "item", None)):
        return as_number(thing.item())
    return _floated(thing) if type(thing).__module__ in ("decimal", "fractions", "numpy") else None


def _floated(thing: Any) -> float | None:
    try:
        return float(thing)
    except (TypeError, ValueError, OverflowError):
        return None


def value_at(thing: Any, path: Path) -> Any:
    """Follow a path from an object; None where it ends early."""
    for name in path:
        thing = getattr(thing, name, None)
    return thing


def nodes_in(thing: Any, is_node: Callable[[Any], bool], depth: int = 2) -> list[Any]:
    """Return the nodes a thing holds: itself, a container's, or those of pairs in a container."""
    if thing is None or isinstance(thing, str | int | float):
        return []
    if is_node(thing):
        return [thing]
    if isinstance(thing, dict):
        return [node for pair in thing.items() for node in nodes_in(pair, is_node, depth)[:1]]
    if isinstance(thing, CONTAINERS):
        if depth == 2:
            return [node for each in thing for node in nodes_in(each, is_node, 1)[:1]]
        return [each for each in thing if is_node(each)]
    if depth == 1 and not callable(thing):  # a small object of an edge: its parent and a number
        return [each for each in stored(thing).values() if is_node(each)]
    return []
