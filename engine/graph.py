"""Topological order of a graph, its leaves, its edges; zero_grad and recalculate walk along it."""

import os
from collections.abc import Iterable
from operator import attrgetter
from threading import RLock

from .value import Value

_serial = attrgetter("serial")


walking = RLock()
"""Held by whoever walks a graph: the marks on nodes that threads share are of one walk at a time."""
if hasattr(os, "register_at_fork"):  # a walk of another thread does not go on in a child
    os.register_at_fork(after_in_child=getattr(walking, "_at_fork_reinit", RLock))


def toposort(root: Value) -> list[Value]:
    """Return every node `root` depends on, and `root`, parents before the nodes made from them.

    The order is that of creation, which is a topological order of anything built by running code,
    the same in every process; no recursion, so a chain of a million nodes is fine.
    """
    with walking:
        return walked(root)


def walked(root: Value) -> list[Value]:
    """Do what `toposort` does, for a caller who holds the lock."""
    # A mark on the node is quicker than a set of those seen: this loop is a third of a backward pass.
    root.mark = walk = object()
    found: list[Value] = []
    waiting: list[Value] = []
    node: Value | None = root
    while node is not None:  # depth first, as memory lies; of two parents one is gone on with at once
        found.append(node)
        a, b, onward = node.first, node.second, None
        if b is not None:
            if b.mark is not walk:
                b.mark = walk
                onward = b
            if node.notes.more_parents:
                for parent in node.notes.more_parents:
                    if parent.mark is not walk:
                        parent.mark = walk
                        waiting.append(parent)
        if a is not None and a.mark is not walk:
            a.mark = walk
            if onward is None:
                onward = a
            else:
                waiting.append(a)
        node = waiting.pop() if onward is None and waiting else onward
    found.sort(key=_serial)
    return found


def leaves(root: Value) -> list[Value]:
    """Return the nodes of the graph that no op made, in creation order."""
    return [node for node in toposort(root) if node.op is None]


def consumers(root: Value) -> dict[Value, list[tuple[Value, int]]]:
    """Return for every node who uses it and in which argument slot, in creation order."""
    uses: dict[Value, list[tuple[Value, int]]] = {}
    for node in toposort(root):
        uses[node] = []
        for slot, parent in enumerate(node.parents):
            uses[parent].append((node, slot))
    return uses


def zero_grad(nodes: Value | Iterable[Value]) -> None:
    """Set gradients to 0: of a whole graph, given its root, or of a list of parameters."""
    for node in toposort(nodes) if isinstance(nodes, Value) else nodes:
        node.grad = 0.0


def recalculate(root: Value) -> None:
    """Compute every inner node again from the leaves, as a spreadsheet does after an edit.

    Nodes made by hand keep their number: their formula is not known here.
    """
    for node in toposort(root):
        if node.op is not None and node.op.forward is not None:
            node.data = node.op.forward(*(parent.data for parent in node.parents))
