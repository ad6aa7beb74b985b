"""Recording a rule of the user's own, a `_backward` that was assigned: whom it writes to, and how.

A closure can write to any node it can reach, and it can assign where it should add. Both are legal Python
and wrong gradients, so both are recorded as what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..value import Value, propagate
from .log import MAX_SLOT, Recording


class Accumulated(float):
    """A gradient while a rule runs: it remembers whose it is, and what was added to it."""

    __array_ufunc__ = None  # an np.float64 on the left leaves the sum to us
    of: Value
    added: float | None = None

    def __add__(self, other: float) -> Accumulated:
        total = Accumulated(float(self) + float(other))
        total.of = self.of
        total.added = float(other) if self.added is None else self.added + float(other)
        return total

    __radd__ = __add__

    def __sub__(self, other: float) -> Accumulated:
        return self + -float(other)


def record_own_rule(log: Recording, node: Value, index: dict[Value, int]) -> None:
    """Run a node's own rule and note what it did to each gradient; its local derivative is unknown.

    The amount of an assignment is what was assigned: what the gradient held before is lost. A rule that
    changes its node's own gradient, to clip it, contributes nothing to it: that write has no amount.
    """
    slots = {parent: slot for slot, parent in reversed([*enumerate(node.parents[:MAX_SLOT])])}
    targets = [t for t in dict.fromkeys((*node.parents, *reached(node.notes.backward))) if t is not node]
    before = [float(target.grad) for target in targets]
    own = node.grad
    _watch(targets)
    try:
        propagate((node,))
    finally:
        after = [target.grad for target in targets]
        for target, now in zip(targets, after, strict=True):
            target.grad = float(now)
    if node.grad is not own and node.grad != own:
        node.grad = float(node.grad)
        log.write(index[node], "grad", node.grad)
    for target, was, now in zip(targets, before, after, strict=True):
        amount = _amount(target, was, now)
        if amount is not None and target in index:
            log.write(index[target], "grad", float(now), amount, slots.get(target))


def _watch(targets: list[Value]) -> None:
    for target in targets:
        grad = Accumulated(target.grad)
        grad.of = target
        target.grad = grad


def _amount(target: Value, was: float, now: float) -> float | None:
    """Return what a gradient received: what was added to it, or assigned; None if nothing came."""
    if isinstance(now, Accumulated) and now.of is target:
        return now.added if float(now) != was else None
    return float(now) if now or was else None


def outsiders(order: Iterable[Value]) -> list[Value]:
    """Return the nodes that rules of the user's reach and that are no part of the graph."""
    ruled = [node for node in order if node.notes.backward]
    if not ruled:
        return []
    inside = set(order)
    found = (other for node in ruled for other in reached(node.notes.backward))
    return [node for node in dict.fromkeys(found) if node not in inside]


def reached(rule: Callable[[], Any] | None) -> Iterator[Value]:
    """Yield the nodes that a closure refers to: in its cells, defaults, globals, or bound to it."""
    function = getattr(rule, "__func__", rule)
    code = getattr(function, "__code__", None)
    cells = [cell for cell in getattr(function, "__closure__", None) or () if _filled(cell)]
    named = getattr(function, "__globals__", {})
    things = [cell.cell_contents for cell in cells]
    things += [*(getattr(function, "__defaults__", None) or ()), getattr(rule, "__self__", None)]
    things += [*getattr(rule, "args", ()), *(named.get(name) for name in getattr(code, "co_names", ()))]
    for thing in things:
        yield from _values(thing)


def _filled(cell: Any) -> bool:
    try:
        return bool(cell) or cell.cell_contents is None
    except ValueError:  # a cell that nothing was put into yet
        return False


def _values(thing: Any) -> Iterator[Value]:
    """Yield the nodes in a thing: itself, or those of a list, a tuple, a dict."""
    if isinstance(thing, Value):
        yield thing
    elif isinstance(thing, list | tuple):
        yield from (each for each in thing if isinstance(each, Value))
    elif isinstance(thing, dict):
        yield from (each for each in thing.values() if isinstance(each, Value))
