"""What a program asked for: the roots of a backward pass, the gradients it begins with, where it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .graph import edge_of
from .refused import FaultyGraph, Refused


@dataclass(frozen=True, eq=False)
class BackwardCall:
    """The arguments of `torch.autograd.backward`, each as a tuple; `inputs` None means every leaf."""

    roots: tuple[Any, ...]
    seeds: tuple[Any, ...]
    given: tuple[Any, ...]
    """The seeds as the program gave them, None for ones: torch imports sympy to look at what is given."""
    create_graph: bool = False
    inputs: tuple[Any, ...] | None = None

    @property
    def edges(self) -> list[tuple[Any, int]]:
        """Where the seeds go to."""
        return [edge_of(root) for root in self.roots]

    def asks_for(self, leaf: Any) -> bool:
        """Whether the pass is to bring a leaf its gradient."""
        return self.inputs is None or any(leaf is each for each in self.inputs)

    def run(self) -> None:
        """Have PyTorch run it, and keep the graph."""
        torch.autograd.backward(self.roots, self.given, True, self.create_graph, inputs=self.inputs)


def backward_call(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> BackwardCall:
    """Read the arguments of a `backward()`, which may stand in several forms; raise Refused."""
    roots = _tuple(tensors)
    if not roots:
        raise Refused("it was called on no tensor")
    given = _tuple(grad_variables if grad_tensors is None else grad_tensors) or (None,) * len(roots)
    if len(given) != len(roots):
        raise Refused(f"it was called on {len(roots)} tensors with {len(given)} gradients")
    ends = None if inputs is None else _tuple(inputs)
    if any(not isinstance(each, torch.Tensor) for each in (*roots, *(ends or ()))):
        raise Refused("it was called on the edge of a graph (GradientEdge), and not on a tensor")
    rooted = [(root, seed) for root, seed in zip(roots, given, strict=True) if root.requires_grad]
    if not rooted:
        raise NoGradFn(roots[0])
    seeds = tuple(_seed(root, seed) for root, seed in rooted)
    roots, given = zip(*rooted, strict=True)
    return BackwardCall(roots, seeds, given, bool(create_graph), ends)


def grad_call(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *ignored: Any,
    is_grads_batched: bool = False,
    **more: Any,
) -> BackwardCall:
    """Read the arguments of a `torch.autograd.grad` in the same way."""
    if is_grads_batched:
        raise Refused("it was given a batch of gradients (is_grads_batched), and is many passes at once")
    return backward_call(outputs, grad_outputs, retain_graph, create_graph, inputs=inputs)


class NoGradFn(FaultyGraph):
    """A loss that hangs on no graph."""

    def __init__(self, root: Any) -> None:
        super().__init__(
            "it has no grad_fn: nothing that it was computed from asks for a gradient", "no grad_fn"
        )
        self.root = root


def _tuple(things: Any) -> tuple[Any, ...]:
    if things is None:
        return ()
    if isinstance(things, torch.Tensor) or not isinstance(things, Sequence | Mapping):
        return (things,)
    return tuple(things.values() if isinstance(things, Mapping) else things)


def _seed(root: Any, seed: Any) -> Any:
    """Return the gradient that a root begins with, as the engine would: ones where none is given."""
    shape = "x".join(map(str, root.shape)) or "scalar"
    if seed is None:
        if root.numel() != 1:
            raise FaultyGraph(
                f"it was called on a tensor of {shape}, which is no scalar:"
                " reduce it to one (sum or mean), or give backward() a gradient",
                "no scalar",
            )
        if root.dtype.is_complex:
            raise Refused("it was called on a complex number, which has no order: give it a gradient")
        return torch.ones_like(root, memory_format=torch.preserve_format)
    if seed.shape != root.shape:
        given = "x".join(map(str, seed.shape)) or "scalar"
        raise Refused(f"it was given a gradient of {given} for a tensor of {shape}")
    return seed
