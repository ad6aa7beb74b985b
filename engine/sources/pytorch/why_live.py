"""Whether only PyTorch's own `backward()` runs all of a graph: where hooks are in it."""

import gc
from typing import Any

import torch

from .forward import ForwardNotes
from .graph import Graph

REENTRANT = "CheckpointFunctionBackward"
MODULE_HOOK = "BackwardHookFunctionBackward"


def why_live(graph: Graph, notes: ForwardNotes | None) -> str:
    """Return why a dry run would leave something out; "" where it would not."""
    ops = {graph.op(i) for i in range(len(graph.nodes))}
    leaves = [leaf for i in range(len(graph.nodes)) if (leaf := graph.leaf(i)) is not None]
    if REENTRANT in ops:
        return "a reentrant checkpoint runs a backward pass of its own"
    if any(getattr(leaf, "_post_accumulate_grad_hooks", None) for leaf in leaves):
        return "there is a hook after a gradient is accumulated"
    if MODULE_HOOK in ops or any(leaf._backward_hooks for leaf in leaves):
        return "there are hooks"
    if notes is not None:
        return _noted(graph, notes)
    return _alive(graph)


def is_reentrant(graph: Graph) -> bool:
    """Whether a part of the pass runs behind a node, out of our sight."""
    return any(graph.op(i) == REENTRANT for i in range(len(graph.nodes)))


def _noted(graph: Graph, notes: ForwardNotes) -> str:
    if notes.has_hooks:
        return "there are hooks"
    return "retain_grad was called" if notes.retains_in(graph.ids) else ""


def _alive(graph: Graph) -> str:
    """Look at the tensors that are alive; a hook on one that is gone shows in the gradients."""
    for thing in gc.get_objects():
        if issubclass(type(thing), torch.Tensor) and _in(graph, thing):  # `isinstance` asks proxies
            if thing._backward_hooks:
                return "there are hooks"
            if thing.retains_grad:
                return "retain_grad was called"
    return ""


def _in(graph: Graph, tensor: Any) -> bool:
    return tensor.grad_fn is not None and tensor.grad_fn in graph.ids
