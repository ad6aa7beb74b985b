"""Recording our own graphs: run the backward pass once and write down everything it does."""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

from ..graph import toposort
from ..value import Value
from .log import HAS_AMOUNT, SLOT, Recording
from .own_rule import outsiders, record_own_rule

Progress = Callable[[float], None]
CHUNK = 4096
_TWO = array("H", [HAS_AMOUNT | slot + 1 << SLOT for slot in (0, 1)])
_ONE = _TWO[:1]


def record(root: Value, progress: Progress = lambda fraction: None) -> Recording:
    """Record how the graph was made (phase forward) and its backward pass (phase backward).

    The nodes' data and grad are afterwards as they were before. `progress` gets a fraction 0..1.
    """
    order = toposort(root)
    index = places(order)
    log = Recording(root=index[root])
    with gradients_restored(order):
        record_nodes(log, order, index)
        progress(0.2)
        log.forward([node.data for node in order])
        progress(0.3)
        record_backward(log, order, index, progress)
    index.clear()  # the sort to come is what takes most memory
    return log.close()


class ByIdentity(dict[Any, int]):
    """Where nodes stand, of a class of the user's whose nodes are equal where their numbers are."""

    def __getitem__(self, node: Value) -> int:
        return super().__getitem__(id(node))

    def __contains__(self, node: object) -> bool:
        return super().__contains__(id(node))


def places(order: list[Value]) -> dict[Value, int]:
    """Return where each node stands."""
    if all(cls.__eq__ is object.__eq__ for cls in {node.__class__ for node in order}):
        return {node: i for i, node in enumerate(order)}
    return ByIdentity({id(node): i for i, node in enumerate(order)})


@contextmanager
def gradients_restored(order: list[Value]) -> Iterator[None]:
    """Put every gradient back, whatever happens in between; nothing else is touched.

    A rule of the user's may write to nodes that are no part of the graph: those too.
    """
    nodes = [*order, *outsiders(order)]
    grads = [node.grad for node in nodes]
    try:
        yield
    finally:
        for node, grad in zip(nodes, grads, strict=True):
            node.grad = grad


def record_nodes(log: Recording, order: list[Value], index: dict[Value, int]) -> None:
    """Note what the nodes are, in topological order; `index` is a node's place in it."""
    log.ops = [node.op for node in order]
    log.scopes = [node.notes.scope for node in order]
    ids, end = [], log.parent_start.append
    shared = None  # the notes that many nodes share, a scope's, have nothing of their own to copy
    labels, sources = log.labels, log.sources
    for node in order:
        a, b, notes = node.first, node.second, node.notes
        if a is not None:
            ids.append(index[a])
        if b is not None:
            ids.append(index[b])
        if notes is shared:
            pass
        elif not (notes.more_parents or notes.label or notes.source):
            shared = notes
        else:
            ids += [index[parent] for parent in notes.more_parents]
            if notes.label:
                labels[index[node]] = notes.label
            if notes.source:
                sources[index[node]] = notes.source
        end(len(ids))
    log.parent_ids.extend(ids)


def record_backward(
    log: Recording, order: list[Value], index: dict[Value, int], progress: Progress
) -> None:
    """Run the first backward pass and note everything it does, as the next phase."""
    _start_grads(log, order)
    record_pass(log, order, index, progress)


def record_forward(log: Recording, order: list[Value], kept: Container[Value]) -> None:
    """Compute the graph again and note it as the next phase; only what is `kept` is not made anew.

    Running the code again makes every node again: its gradient is 0 until the next backward pass.
    """
    ids, data = [], []
    for i, node in enumerate(order):
        if node in kept:
            continue
        op, b = node.op, node.second
        if op is not None and op.forward is not None:
            a: Any = node.first
            node.data = op.forward(a.data) if b is None else op.forward(a.data, b.data)
        node.grad = 0.0
        ids.append(i)
        data.append(node.data)
    log.forward_again(ids, data)


def record_pass(log: Recording, order: list[Value], index: dict[Value, int], progress: Progress) -> None:
    """Run a backward pass on the gradients there are and note it as the next phase."""
    log.begin("backward")
    root = order[log.root]
    root.grad += 1.0
    log.step(None)
    log.write(log.root, "grad", root.grad, amount=1.0)
    cells = array("I", [2 * parent + 1 for parent in log.parent_ids])
    for end in range(len(order), 0, -CHUNK):
        _record_visits(log, order, range(end - 1, max(0, end - CHUNK) - 1, -1), index, cells)
        progress(1.0 - 0.7 * end / len(order))


def _record_visits(
    log: Recording, order: list[Value], which: range, index: dict[Value, int], cells: array[int]
) -> None:
    """Do what `propagate` does and what `Recording.write` notes, written out in one loop.

    It runs for every edge of the graph: through calls of those two it takes three times as long.
    `cells` are the gradients of all nodes' parents, in one row.
    """
    step_start, write_cell, first = log.step_start.append, log.write_cell.extend, log.parent_start
    flags, written = log.write_flags.extend, log.write_cell
    amount, after = log.write_amount.append, log.write_after.append
    log.step_node.extend(which)
    for i in which:
        step_start(len(written))
        node = order[i]
        op, b = node.op, node.second
        a: Any = node.first
        if op is None:
            if node.notes.backward:
                record_own_rule(log, node, index)
            continue
        vjps = op.vjps
        if vjps is None:
            record_own_rule(log, node, index)
            continue
        write_cell(cells[first[i] : first[i + 1]])
        g, ans, x = node.grad, node.data, a.data
        if b is None:
            flags(_ONE)
            to_a = vjps[0]
            added = to_a(g, ans, x)
            a.grad = now = a.grad + added
            amount(added)
            after(now)
        else:
            flags(_TWO)
            y = b.data
            to_a, to_b = vjps
            added = to_a(g, ans, x, y)
            a.grad = now = a.grad + added
            amount(added)
            after(now)
            added = to_b(g, ans, x, y)
            b.grad = now = b.grad + added
            amount(added)
            after(now)


def _start_grads(log: Recording, order: list[Value]) -> None:
    """Begin as backward() does: inner nodes at 0, leaves with what they have accumulated."""
    for i, node in enumerate(order):
        if node.op is not None or node.grad is None:
            node.grad = 0.0
        elif node.grad:
            log.initial[2 * i + 1] = float(node.grad)
