"""Computing a step's gradients again, exactly: the nodes that lead to it are called once more.

Where what was sent to a node is kept, or was computed a moment ago, nothing before it is called. What
arrives is added up in the order in which it was, so that the bits are the same.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ....recording.tensor import TensorStep
from ..backward_call import BackwardCall
from ..dry_run import Visit, arrive, asked_for, fitted, nothing, one_pass, visited
from ..graph import Graph
from .kept import Kept, Place, Recent


class Again:
    """A dry run that can be done again up to any step."""

    def __init__(self, graph: Graph, call: BackwardCall, steps: Sequence[TensorStep], kept: Kept) -> None:
        self._graph, self._call, self._steps, self._kept = graph, call, steps, kept
        self._recent = Recent()
        self._step_of = {step.node: index for index, step in enumerate(steps)}
        self._wanted = asked_for(graph, call)[1]
        self._feeders: list[list[tuple[int, int]]] = [[] for _ in steps]
        """Of each step, the steps that send something to it, and through which slot."""
        for index, step in enumerate(steps):
            for write in step.writes:
                if write.target in self._step_of:
                    self._feeders[self._step_of[write.target]].append((index, write.slot))

    def visit(self, step: int, only_arrived: bool, between: Callable[[], None]) -> Visit:
        """Visit a step once more; `only_arrived` leaves its own node uncalled.

        `between` is called before each node; it may raise to end it.
        """
        fresh = Recent()  # apart from the others, which must not be left out while this goes on
        try:
            return self._visit(step, only_arrived, between, fresh)
        finally:
            self._recent.take_in(fresh)

    def _visit(self, step: int, only_arrived: bool, between: Callable[[], None], fresh: Recent) -> Visit:
        needed = self._needed(step)
        buffers: dict[int, list[Any]] = {}
        self._seed(buffers, needed)
        with one_pass():
            for index in sorted(needed | {feeder for at in needed for feeder in self._feeds(at)}):
                between()
                node = self._steps[index].node
                if index not in needed:
                    self._send(buffers, needed, index, None)
                    continue
                arrived = self._arrived(buffers, index)
                if index == step and only_arrived:
                    visit = Visit(node, arrived, ())
                else:
                    visit = visited(self._graph, node, arrived, self._wanted, self._call.create_graph)
                fresh.offer(index, visit)
                if index == step:
                    return visit
                self._send(buffers, needed, index, visit)
        raise AssertionError("a step leads to itself")

    def _needed(self, step: int) -> set[int]:
        """The steps that have to be taken again, this one among them."""
        needed: set[int] = set()
        stack = [step]
        while stack:
            at = stack.pop()
            if at not in needed:
                needed.add(at)
                stack += [
                    feeder
                    for feeder, slot in self._feeds_with_slots(at)
                    if not self._has((feeder, "sent", slot))
                ]
        return needed

    def _feeds_with_slots(self, step: int) -> list[tuple[int, int]]:
        """What sends to a step, unless all that arrived at it is kept."""
        return [] if self._kept_at(step) is not None else self._feeders[step]

    def _feeds(self, step: int) -> list[int]:
        return [feeder for feeder, _ in self._feeds_with_slots(step)]

    def _kept_at(self, step: int) -> tuple[Any, ...] | None:
        outputs = len(self._graph.outputs[self._steps[step].node])
        places = [(step, "grad", output) for output in range(max(1, outputs))]
        return tuple(map(self._tensor, places)) if all(map(self._has, places)) else None

    def _has(self, place: Place) -> bool:
        return self._kept.has(place) or self._recent.has(place)

    def _tensor(self, place: Place) -> Any:
        return (self._kept if self._kept.has(place) else self._recent).tensor(place)

    def _seed(self, buffers: dict[int, list[Any]], needed: set[int]) -> None:
        """What the program gave goes to the roots before all else."""
        for (root, output), seed in zip(self._graph.roots, self._call.seeds, strict=True):
            if self._step_of.get(root) in needed:
                amount = fitted(seed, self._graph.outputs[root][output])[0]
                arrive(self._graph, buffers, root, output, amount)

    def _arrived(self, buffers: dict[int, list[Any]], step: int) -> tuple[Any, ...]:
        node = self._steps[step].node
        added = buffers.pop(node, None)
        kept = self._kept_at(step)
        return kept if kept is not None else tuple(added or nothing(self._graph, node))

    def _send(
        self, buffers: dict[int, list[Any]], needed: set[int], step: int, visit: Visit | None
    ) -> None:
        """Pass on what a step gives: of a visit, or what is kept of it."""
        node = self._steps[step].node
        amounts = {sent.slot: sent.amount for sent in visit.sent} if visit else {}
        for write in self._steps[step].writes:
            target = self._step_of.get(write.target)
            if target not in needed or self._kept_at(target) is not None:
                continue
            kept = None if visit else self._tensor((step, "sent", write.slot))
            output = self._graph.edges[node][write.slot][1]
            arrive(self._graph, buffers, write.target, output, amounts.get(write.slot, kept))
