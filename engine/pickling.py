"""Pickling and copying: a graph as a flat list, parents first, whose order is made anew where it arrives.

Two things would go wrong by themselves. Serial numbers are those of one process: a graph that brought
its own would stand in no order beside nodes made later. And pickle follows parents by recursion, which a
chain of a thousand nodes overflows: so the first node of a graph that is met brings all the others along.

What a subclass has added travels as Python has it: `__getstate__` gives it, `__setstate__` takes it.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any

from .ops import op_named
from .origin import Notes, next_serial


class Walk:
    """The mark of nodes that a list on its way already brings along."""

    ended = False


class End:
    """The last of such a list: once it is reached, its nodes are on their own again."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def __reduce__(self) -> tuple[type, tuple[()]]:
        self.walk.ended = True
        return int, ()


class Brought:
    """The nodes that are brought along; a plain list where they arrive."""

    def __init__(self, nodes: list[Any]) -> None:
        self.walk, self.nodes = Walk(), nodes
        for node in nodes:
            node.mark = self.walk

    def __reduce__(self) -> tuple[type, tuple[()], None, Iterator[Any]]:
        return list, (), None, iter([*self.nodes, End(self.walk)])


def _reduced(node: Any, protocol: Any) -> tuple[Any, ...]:
    """Return what pickle makes a node of; raise TypeError for one with a rule of its own."""
    state = _state(node, bring=True)
    return object.__new__, (node.__class__,), state, None, None, restore


def _copied(node: Any) -> Any:
    """Return a node with the same parents."""
    return restore(object.__new__(node.__class__), _state(node, bring=False))


def _deepcopied(node: Any, memo: dict[int, Any]) -> Any:
    """Return a node with copies of its parents."""
    memo[id(node)] = made = object.__new__(node.__class__)
    return restore(made, deepcopy(_state(node, bring=True), memo))


def _state(node: Any, bring: bool) -> tuple[Any, ...]:
    if node.notes.backward:
        raise TypeError(
            f"{node!r} cannot be copied or pickled: it has a _backward of its own, which would go on "
            "writing to the nodes it was made with"
        )
    on_its_own = node.first is not None and (not isinstance(node.mark, Walk) or node.mark.ended)
    brought = Brought(ancestors(node)) if bring and on_its_own else ()
    notes, op = node.notes, node.op and node.op.name
    named = notes.label, notes.scope, notes.source
    return brought, node.data, node.grad, op, node.parents, *named, node.__getstate__()


def restore(node: Any, state: tuple[Any, ...]) -> Any:
    """Give a new node its state, and return it."""
    _, node.data, node.grad, op, parents, label, scope, source, added = state
    node.op = None if op is None else op_named(op)
    node.first, node.second = (*parents, None, None)[:2]
    node.mark = None
    more = tuple(parents[2:])
    node.notes = Notes(scope, label, source, None, more) if label or source or more else _scoped(scope)
    node.serial = next_serial()  # after those of its parents, which came first
    if added:
        node.__setstate__(added)
    return node


def ancestors(root: Any) -> list[Any]:
    """Return every node a node depends on, and no recursion: parents before the nodes made from them."""
    seen, stack, found = {root}, [root], []
    while stack:
        node = stack.pop()
        found.append(node)
        new = [parent for parent in node.parents if parent not in seen]
        seen.update(new)
        stack.extend(dict.fromkeys(new))
    return sorted(found[1:], key=lambda node: node.serial)


@lru_cache(maxsize=1024)
def _scoped(scope: str) -> Notes:
    return Notes(scope)  # one for all nodes of a scope, as where they were made


def _added(node: Any) -> dict[str, Any]:
    """Return what a subclass has added, in its `__dict__` or in slots."""
    added = dict(getattr(node, "__dict__", ()))
    for cls in type(node).__mro__[:-1]:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ENGINES and name not in ("__dict__", "__weakref__") and hasattr(node, name):
                added[name] = getattr(node, name)
    return added


def _set_added(node: Any, state: Any) -> None:
    """Set attributes: of a dict, or of two, as Python has them where there are slots."""
    for part in state if isinstance(state, tuple) else (state,):
        for name, value in (part or {}).items():
            setattr(node, name, value)


METHODS: dict[str, Callable[..., Any]] = {
    "__reduce_ex__": _reduced,
    "__copy__": _copied,
    "__deepcopy__": _deepcopied,
    "__getstate__": _added,
    "__setstate__": _set_added,
}
"""What a Value has of this."""

ENGINES = ("data", "first", "grad", "mark", "notes", "op", "second", "serial")
"""The slots that a node of the engine's own has."""
