"""The autograd graph that some tensors hang on: its nodes, parents first, and its edges."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import torch

from .refused import Refused

NO_SEQUENCE = (1 << 64) - 1
"""The sequence number of a node that no op has made: a leaf's."""


class Graph:
    """All nodes that the roots reach, held alive: PyTorch makes others where nobody holds them."""

    def __init__(self, roots: Sequence[tuple[Any, int]]) -> None:
        """`roots` are edges: a node, and which of its outputs the root is."""
        self.nodes: list[Any] = []
        self.ids: dict[Any, int] = {}
        self.edges: list[tuple[tuple[int | None, int], ...]] = []
        for node, _ in roots:
            self._walk(node)
        self.roots = [(self.ids[node], output) for node, output in roots]
        self.outputs = [_outputs(node) for node in self.nodes]
        self.sequence = [int(node._sequence_nr()) for node in self.nodes]
        self._leaves = [
            getattr(node, "variable", None) if number == NO_SEQUENCE else None
            for node, number in zip(self.nodes, self.sequence, strict=True)
        ]

    def _walk(self, root: Any) -> None:
        """Add what a node reaches, then itself; without recursion, for graphs are thousands deep."""
        stack: list[tuple[Any, Any, Iterator[Any]]] = []
        entered: set[Any] = set()

        def enter(node: Any) -> None:
            edges = node.next_functions
            entered.add(node)
            stack.append((node, edges, iter(edges)))

        if root not in self.ids:
            enter(root)
        while stack:
            node, edges, left = stack[-1]
            for parent, _ in left:
                if parent is not None and parent not in self.ids and parent not in entered:
                    enter(parent)
                    break
            else:
                stack.pop()
                self._add(node, edges)

    def _add(self, node: Any, edges: Iterable[tuple[Any, int]]) -> None:
        self.ids[node] = len(self.nodes)
        self.nodes.append(node)
        self.edges.append(tuple((None if to is None else self.ids[to], output) for to, output in edges))

    def op(self, i: int) -> str:
        """Return PyTorch's name of a node, without its namespace."""
        return str(self.nodes[i].name()).rpartition("::")[2]

    def leaf(self, i: int) -> Any:
        """Return the tensor whose gradient is gathered at a node; None elsewhere."""
        return self._leaves[i]


def edge_of(tensor: Any) -> tuple[Any, int]:
    """Return the node that a tensor's gradient goes to, and as which of its outputs."""
    try:
        edge = torch.autograd.graph.get_gradient_edge(tensor)
    except (AttributeError, RuntimeError):
        raise Refused(
            "it was called on a tensor of torch.func's (vmap, jvp, hessian), whose graph cannot be shown"
        ) from None
    return edge.node, int(edge.output_nr)


def _outputs(node: Any) -> tuple[Any, ...]:
    try:
        outputs = tuple(node._input_metadata)
    except AttributeError:
        raise Refused(
            f"PyTorch {torch.__version__} does not tell what a node expects"
            " (Node._input_metadata): 2.4 or newer is needed"
        ) from None
    if any(getattr(output, "is_nested_tensor", False) for output in outputs):
        raise Refused(
            f"{node.name().rpartition('::')[2]} is of a nested tensor, which cannot be shown yet"
        )
    return outputs
