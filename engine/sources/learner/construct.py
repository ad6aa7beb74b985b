"""How a class makes a leaf of a number: which of its constructor's arguments is the number."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from .attributes import as_number, stored

_EMPTY = {
    "children": (), "_children": (), "parents": (), "_parents": (), "prev": (), "_prev": (), "inputs": (),
    "op": "", "_op": "", "label": "", "name": "", "operation": "", "local_grads": (), "_local_grads": (),
    "requires_grad": True, "grad": 0.0,
}  # fmt: skip
_TRACKED = ("requires_grad", "needs_grad", "track", "track_grad", "trainable", "differentiable")
"""A leaf is one that a gradient is wanted of."""
TRIED = 2.5


def constructor(cls: type) -> Callable[[float], Any] | None:
    """Return what makes a leaf of the class, or of a subclass of it, of a number; None for nothing."""
    for kind in (cls, *_subclasses(cls)):
        for make in _ways(kind):
            try:
                made = make(TRIED)
            except Exception:
                continue
            if isinstance(made, cls) and any(as_number(x) == TRIED for x in stored(made).values()):
                return make
    return None


def _subclasses(cls: type) -> Iterator[type]:
    below: list[type] = cls.__subclasses__()
    for kind in below:
        yield kind
        yield from _subclasses(kind)


def _ways(kind: type) -> Iterator[Callable[[float], Any]]:
    try:
        parameters = list(inspect.signature(kind).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for parameter in parameters[1:]:
        if parameter.name in _TRACKED and parameter.default is not True:
            yield partial(kind, **{parameter.name: True})
    yield kind
    needed = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    names = [p.name for p in needed]
    for name in names:
        others = {other: _EMPTY.get(other) for other in names if other != name}
        yield partial(_by_name, kind, name, others)


def _by_name(kind: type, name: str, others: dict[str, Any], x: float) -> Any:
    return kind(**{name: x}, **others)
