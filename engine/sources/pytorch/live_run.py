"""The live run: PyTorch's own `backward()`, with gates at each node that note what passes.

It does all that the program asked for: hooks are called, `retain_grad` is filled, reentrant checkpoints
run their inner passes, and `.grad` is written. The gates stand behind the user's hooks.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch

from .dry_run import NodeFailed, Sent, Visit
from .graph import Graph, edge_of

Gather = Callable[[Any, Any], None]


class LiveRun:
    """One real pass. `see` is called with each node visited, in order, while its gradients are there."""

    def __init__(self, graph: Graph, see: Callable[[Visit], None], gather: Gather) -> None:
        """`gather` is called with what a leaf receives from an inner pass, as of a checkpoint."""
        self._graph, self._see, self._gather = graph, see, gather
        self._arrived: dict[int, tuple[Any, ...]] = {}
        self._within: defaultdict[int, list[int]] = defaultdict(list)
        """Thread -> the nodes that it is in: PyTorch has one for the CPU, and one for each GPU."""
        self._gates: list[Any] = []

    def run(self, go: Callable[[], Any], leaves: Iterable[tuple[int, Any]]) -> None:
        """Run it. Some leaves may stand outside of the graph and receive something all the same."""
        for node in range(len(self._graph.nodes)):
            self._gate(node)
        elsewhere = {id(leaf): (edge_of(leaf)[0], leaf) for _, leaf in leaves}
        for function, leaf in elsewhere.values():
            if function not in self._graph.ids:
                self._gates.append(function.register_prehook(self._gatherer(leaf)))
        try:
            go()
        except Exception as error:
            for within in self._within.values():
                if within:
                    raise NodeFailed(within[-1], error) from error
            raise
        finally:
            for gate in self._gates:
                gate.remove()

    def _gate(self, node: int) -> None:
        function, leaf = self._graph.nodes[node], self._graph.leaf(node)
        gather = None if leaf is None else self._gatherer(leaf)

        def before(arrived: Sequence[Any]) -> None:
            within = self._within[threading.get_ident()]
            if within:  # an inner pass: what it brings to a leaf is no step of this one
                if gather is not None:
                    gather(arrived)
                return
            self._arrived[node] = tuple(arrived)
            within.append(node)

        def after(given: Sequence[Any], arrived: Sequence[Any]) -> None:
            if node not in self._arrived:
                return
            self._within[threading.get_ident()].remove(node)
            with torch.no_grad():
                self._see(Visit(node, self._arrived.pop(node), self._sent(node, given)))

        self._gates += [function.register_prehook(before), function.register_hook(after)]

    def _gatherer(self, leaf: Any) -> Callable[[Sequence[Any]], None]:
        def before(arrived: Sequence[Any]) -> None:
            if arrived[0] is not None:
                self._gather(leaf, arrived[0])

        return before

    def _sent(self, node: int, given: Sequence[Any]) -> tuple[Sent, ...]:
        edges = self._graph.edges[node]
        return tuple(
            Sent(target, slot, given[slot] if slot < len(given) else None)
            for slot, (target, _) in enumerate(edges)
            if target is not None
        )
