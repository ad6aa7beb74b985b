"""The nodes of a graph in words: op, leaf's name, module, line, shapes, saved tensors."""

from functools import cached_property
from typing import Any

from ...recording.tensor import TensorNode
from .forward import ForwardNotes
from .graph import NO_SEQUENCE, Graph
from .lines import source_of
from .modules import Modules
from .saved import SavedTensors
from .summary import dtype_name, shape_of

CHAIN = 3
"""How many ops may stand between a parameter and what uses it."""
SAME_NUMBERS = (
    "T",
    "Transpose",
    "Permute",
    "View",
    "ToCopy",
    "Expand",
    "Unsqueeze",
    "Squeeze",
    "Mt",
    "Clone",
)
"""Ops that give a parameter another shape or dtype, and leave it what it is."""


class Described:
    """What is said of each node."""

    def __init__(self, graph: Graph, modules: Modules, notes: ForwardNotes | None) -> None:
        self._graph, self._modules, self._notes = graph, modules, notes

    def nodes(self) -> tuple[TensorNode, ...]:
        """Return all nodes as plain data; what they have saved is read now, before it is freed."""
        saved = SavedTensors(self._graph.ids, self._modules.name, self._modules.tensors)
        return tuple(self._node(i, saved) for i in range(len(self._graph.nodes)))

    def where(self, i: int) -> str:
        """Name a node, its module and its line."""
        scope, source = self._scopes[i], source_of(self._graph.nodes[i])
        return f"{self._graph.op(i)}{f' of {scope}' if scope else ''}{f' at {source}' if source else ''}"

    def _node(self, i: int, saved: SavedTensors) -> TensorNode:
        node, leaf, outputs = self._graph.nodes[i], self._graph.leaf(i), self._graph.outputs[i]
        edges = self._graph.edges[i]
        shapes = tuple((shape_of(output), dtype_name(output.dtype)) for output in outputs)
        return TensorNode(
            i,
            self._graph.op(i),
            "" if leaf is None else self._modules.name(leaf),
            self._scopes[i],
            source_of(node),
            *(shapes[0] if shapes else ((), "")),
            tuple(target for target, _ in edges),
            shapes,
            tuple(output for _, output in edges),
            () if leaf is not None else saved.of(node),
        )

    @cached_property
    def _scopes(self) -> list[str]:
        return [self._scope(i) for i in range(len(self._graph.nodes))]

    def _scope(self, i: int) -> str:
        """The module whose forward made a node; inside of it, the owner of a parameter that it uses."""
        sequence = self._graph.sequence[i]
        scope = None
        if self._notes is not None and sequence != NO_SEQUENCE:
            scope = self._modules.scope(self._notes.modules_at(sequence))
        owners = (self._modules.owner(leaf, scope) for leaf in self._leaves(i))
        return next((owner for owner in owners if owner is not None), scope or "")

    def _leaves(self, i: int) -> list[Any]:
        """The leaves that a node takes, as they are or transposed or cast, the last one first."""
        if (leaf := self._graph.leaf(i)) is not None:
            return [leaf]
        found = (
            self._through(target) for target, _ in reversed(self._graph.edges[i]) if target is not None
        )
        return [leaf for leaf in found if leaf is not None]

    def _through(self, i: int) -> Any:
        for _ in range(CHAIN):
            if (leaf := self._graph.leaf(i)) is not None:
                return leaf
            targets = [target for target, _ in self._graph.edges[i] if target is not None]
            if len(targets) != 1 or self._graph.op(i).partition("Backward")[0] not in SAME_NUMBERS:
                return None
            i = targets[0]
        return None
