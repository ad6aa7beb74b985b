"""The dry run: we call the graph's nodes ourselves, as PyTorch's engine would, and add to no `.grad`.

Equal to the engine bit for bit because it does what the engine does around each call: of the nodes that
are ready, the one made last goes first, so that three gradients are added up in the same order; a
gradient that broadcasting made too large is summed to size; another dtype is cast. What it leaves out
are the user's hooks.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import torch

from .backward_call import BackwardCall
from .graph import Graph, edge_of


@dataclass(frozen=True, eq=False, slots=True)
class Sent:
    """What a node gives through one of its edges; None where it carries nothing."""

    target: int
    slot: int
    amount: Any
    summed_from: tuple[int, ...] | None = None
    cast_from: Any = None


@dataclass(frozen=True, eq=False, slots=True)
class Visit:
    """A node visited: the gradients that arrived, one an output of its op, and what it gives on."""

    node: int
    arrived: tuple[Any, ...]
    sent: tuple[Sent, ...]


_PASSES = itertools.count(1 << 40)
"""Numbers of our passes, far from those that the engine gives to its own."""


class NodeFailed(Exception):
    """A node's own rule raised an error."""

    def __init__(self, node: int, error: BaseException) -> None:
        super().__init__(str(error))
        self.node, self.error = node, error


def dry_run(graph: Graph, call: BackwardCall) -> Iterator[Visit]:
    """Visit the nodes one by one; raise NodeFailed where one of them does."""
    runs, wanted = asked_for(graph, call)
    missing = _edges_to_come(graph, runs)
    buffers: dict[int, list[Any]] = {}
    ready: list[tuple[int, int]] = []
    for (root, output), seed in zip(graph.roots, call.seeds, strict=True):
        arrive(graph, buffers, root, output, fitted(seed, graph.outputs[root][output])[0])
    for root in dict.fromkeys(root for root, _ in graph.roots):
        if not missing[root]:
            heappush(ready, (-graph.sequence[root], root))
    while ready:
        node = heappop(ready)[1]
        arrived = tuple(buffers.pop(node) if node in buffers else nothing(graph, node))
        if not runs[node]:
            continue
        visit = visited(graph, node, arrived, wanted, call.create_graph)
        yield visit
        for sent in visit.sent:
            target, output = graph.edges[node][sent.slot]
            assert target is not None
            arrive(graph, buffers, target, output, sent.amount)
            missing[target] -= 1
            if not missing[target]:
                heappush(ready, (-graph.sequence[target], target))
        del visit, arrived


def asked_for(graph: Graph, call: BackwardCall) -> tuple[list[bool], list[bool]]:
    """Which nodes the engine runs, and which it gives anything: all, or what leads to `inputs`."""
    if call.inputs is None:
        return [True] * len(graph.nodes), [True] * len(graph.nodes)
    ends = {graph.ids.get(edge_of(tensor)[0], -1) for tensor in call.inputs if tensor.requires_grad}
    leads: list[bool] = []  # whether an end is at a node or behind it; parents stand first
    for node, edges in enumerate(graph.edges):
        leads.append(node in ends or any(to is not None and leads[to] for to, _ in edges))
    behind = (any(to is not None and leads[to] for to, _ in edges) for edges in graph.edges)
    runs = [more or (leads[i] and graph.leaf(i) is not None) for i, more in enumerate(behind)]
    return runs, leads


def _edges_to_come(graph: Graph, runs: Sequence[bool]) -> list[int]:
    """How many edges each node waits for before it is ready."""
    missing = [0] * len(graph.nodes)
    for node, edges in enumerate(graph.edges):
        for target, _ in edges:
            if target is not None and runs[node]:
                missing[target] += 1
    return missing


def nothing(graph: Graph, node: int) -> list[Any]:
    return [None] * max(1, len(graph.outputs[node]))


def arrive(graph: Graph, buffers: dict[int, list[Any]], node: int, output: int, amount: Any) -> None:
    """Add a gradient to those that have arrived at a node, in the engine's own order of operands."""
    buffer = buffers.setdefault(node, nothing(graph, node))
    before = buffer[output]
    if before is None or amount is None:
        buffer[output] = amount if before is None else before
        return
    with torch.no_grad():
        sparse_first = before.is_sparse and not amount.is_sparse
        buffer[output] = amount + before if sparse_first else before + amount


@contextmanager
def one_pass() -> Iterator[None]:
    """Have checkpoints recompute each part once, as in the engine's passes, not for every tensor."""
    original, number = torch._C._current_graph_task_id, next(_PASSES)

    def current() -> int:
        inner = int(original())
        return number if inner == -1 else inner

    torch._C._current_graph_task_id = current
    try:
        yield
    finally:
        torch._C._current_graph_task_id = original


def visited(
    graph: Graph, node: int, arrived: tuple[Any, ...], wanted: Sequence[bool], create_graph: bool
) -> Visit:
    try:
        with torch.set_grad_enabled(create_graph):
            if graph.leaf(node) is not None:
                return Visit(node, arrived, ())
            given = _call(graph, node, arrived)
            return Visit(node, arrived, tuple(_sent(graph, node, given, wanted)))
    except Exception as error:
        raise NodeFailed(node, error) from error


def _sent(graph: Graph, node: int, given: tuple[Any, ...], wanted: Sequence[bool]) -> Iterator[Sent]:
    for slot, ((target, output), amount) in enumerate(zip(graph.edges[node], given, strict=True)):
        if target is not None:
            passed_on = amount if wanted[target] else None
            yield Sent(target, slot, *fitted(passed_on, graph.outputs[target][output]))


def _call(graph: Graph, node: int, arrived: tuple[Any, ...]) -> tuple[Any, ...]:
    """Call a node, which gives a gradient an edge: one of C++ by itself, one of Python by its `apply`."""
    function = graph.nodes[node]
    if callable(function):
        given = function(*arrived)
        return given if isinstance(given, tuple) else (given,)
    if wants_zeros(function):
        arrived = tuple(
            torch.zeros(tuple(expected.shape), dtype=expected.dtype, device=expected.device)
            if gradient is None
            else gradient
            for gradient, expected in zip(arrived, graph.outputs[node], strict=True)
        )
    given = function.apply(*arrived)
    return _by_edge(function, given if isinstance(given, tuple) else (given,), graph.edges[node])


def wants_zeros(function: Any) -> bool:
    """Whether a Function of Python is given zeros where nothing arrived: unless it asked not to."""
    if "materializes_zeros" in vars(function):
        return bool(vars(function)["materializes_zeros"])
    return not _may_refuse_zeros(getattr(function, "_forward_cls", None))


def _may_refuse_zeros(cls: Any) -> bool:
    methods = (getattr(cls, name, None) for name in ("forward", "setup_context"))
    codes = (getattr(method, "__code__", None) for method in methods)
    return any(code is not None and "set_materialize_grads" in code.co_names for code in codes)


def _by_edge(
    function: Any, given: tuple[Any, ...], edges: Sequence[tuple[int | None, int]]
) -> tuple[Any, ...]:
    """Spread what a Function returned, one an argument of its forward, over its edges: one a tensor."""
    asked = tuple(function.needs_input_grad)
    if len(given) < len(asked) or any(extra is not None for extra in given[len(asked) :]):
        raise RuntimeError(
            f"{function.name()} returned {len(given)} gradients for {len(asked)} inputs of its forward"
        )
    wanted = iter([gradient for gradient, asks in zip(given, asked, strict=False) if asks])
    return tuple(None if target is None else next(wanted, None) for target, _ in edges)


def fitted(gradient: Any, expected: Any) -> tuple[Any, tuple[int, ...] | None, Any]:
    """Sum a gradient to the expected shape and cast it to the dtype; and say what it was before."""
    if gradient is None:
        return None, None, None
    summed_from = cast_from = None
    shape = tuple(expected.shape)
    if not gradient.is_nested and tuple(gradient.shape) != shape:
        summed_from = tuple(gradient.shape)
        gradient = gradient.sum_to_size(shape)
    if gradient.dtype.is_complex and not expected.dtype.is_complex:
        raise RuntimeError("it gave a complex gradient for a real input")
    if gradient.dtype != expected.dtype:
        cast_from = gradient.dtype
        gradient = gradient.to(expected.dtype)
    if gradient.device != expected.device and not gradient.dim():
        gradient = gradient.to(expected.device)
    return gradient, summed_from, cast_from
