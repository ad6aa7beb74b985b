"""Verification: a program's gradients against those of Value.backward() on a fresh graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph import toposort
from ..value import Value
from .ir.dtypes import Floats


@dataclass(frozen=True)
class Verified:
    """How far a program is from a fresh trace, relative to the size of what was added up."""

    loss: float
    gradient: float

    def __bool__(self) -> bool:
        return self.loss <= 1e-9 and self.gradient <= 1e-9


def gradients_of(loss: Value, parameters: Sequence[Value]) -> tuple[Floats, Floats]:
    """Return the gradients by Value.backward(), and for each the sum of its |contributions|."""
    before = [p.grad for p in parameters]
    nodes = toposort(loss)
    for node in (*nodes, *parameters):
        node.grad = 0.0
    loss.backward()
    found = np.array([p.grad for p in parameters], float)
    size = contributions(nodes, parameters)
    for p, grad in zip(parameters, before, strict=True):
        p.grad = grad
    return found, size


def contributions(nodes: Sequence[Value], parameters: Sequence[Value]) -> Floats:
    """Return for each parameter the sum of the |contributions| to its gradient."""
    size = dict.fromkeys(parameters, 0.0)
    for node in nodes:
        vjps: Any = node.op.vjps if node.op else ()
        numbers = [parent.data for parent in node.parents]
        for parent, vjp in zip(node.parents, vjps, strict=True):
            if parent in size:
                size[parent] += abs(vjp(node.grad, node.data, *numbers))
    return np.array(list(size.values()), float)
