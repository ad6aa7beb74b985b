"""The python backend: an interpreter of traces, node by node with the rows of the op table.

It is the last resort for graphs that do not fold, and finds again the numbers that folding absorbed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..learning.largest import largest_number
from .ir.dtypes import Floats
from .ir.guards import holds
from .ir.job import Job, StepByStep
from .ir.trace import PARAMETER, SLOT, Trace


def replay(trace: Trace, parameters: Floats, row: Sequence[float]) -> list[float]:
    """Return the number of every node of a trace, for these parameters and this row."""
    data = trace.data.copy()
    for kind, given in ((PARAMETER, parameters), (SLOT, np.asarray(row, float))):
        which = trace.kind == kind
        data[which] = given[trace.index[which]]
    numbers: list[float] = data.tolist()
    forwards: list[Any] = [op.forward for op in trace.ops]
    tables = trace.tables
    for i, op, a, b in _inner(trace):
        if i in tables:
            numbers[i] = numbers[_chosen(trace, numbers, i, b)]
            continue
        if i in trace.largest:
            numbers[i] = largest_number(numbers[node] for node in trace.largest[i])
            continue
        numbers[i] = forwards[op](numbers[a], numbers[b]) if b >= 0 else forwards[op](numbers[a])
    return numbers


class ReplayKernel(StepByStep):
    """A job of any size, row by row in plain Python: for graphs too irregular to fold."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.rows: list[list[float]] = [[]]

    def set_rows(self, rows: Floats) -> None:
        """Train on these rows."""
        self.rows = rows.tolist()
        self.weight = 1.0 / len(rows)

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""
        gradients[:] = 0.0
        self._broken = np.zeros(len(self.rows), bool)
        loss = 0.0
        for i, row in enumerate(self.rows):
            numbers = replay(self.job.sample, parameters, row)
            _back(self.job.sample, numbers, self.weight, gradients)
            loss += numbers[self.job.sample.root] * self.weight
            self._broken[i] = not holds(self.job.sample, numbers)
        if self.job.penalty is not None:
            numbers = replay(self.job.penalty, parameters, ())
            _back(self.job.penalty, numbers, 1.0, gradients)
            loss += numbers[self.job.penalty.root]
            self._broken |= not holds(self.job.penalty, numbers)
        return loss

    def broken(self) -> Any:
        """Return for every row whether a guard failed in the last pass."""
        return self._broken


def _back(trace: Trace, numbers: list[float], seed: float, gradients: Floats) -> None:
    grads = [0.0] * len(trace)
    grads[trace.root] = seed
    vjps: list[Any] = [op.vjps for op in trace.ops]
    for i, op, a, b in reversed(list(_inner(trace))):
        rule, g, ans = vjps[op], grads[i], numbers[i]
        if i > trace.root or i in trace.largest:  # only looked at by a guard, or given no gradient
            continue
        if i in trace.tables:
            grads[_chosen(trace, numbers, i, b)] += g
        elif b < 0:
            grads[a] += rule[0](g, ans, numbers[a])
        else:
            grads[a] += rule[0](g, ans, numbers[a], numbers[b])
            grads[b] += rule[1](g, ans, numbers[a], numbers[b])
    which = np.flatnonzero(trace.kind == PARAMETER)
    gradients[trace.index[which]] += np.array(grads)[which]


def _chosen(trace: Trace, numbers: Sequence[float], node: int, index: int) -> int:
    """Return which node was selected; raise IndexError for a number that is no place of its table."""
    table, number = trace.tables[node], numbers[index]
    if number not in range(len(table)):
        raise IndexError(f"{number:g} is no place of a table of {len(table)}")
    return int(table[int(number)])


def _inner(trace: Trace) -> list[tuple[int, int, int, int]]:
    inner = np.flatnonzero(trace.op >= 0)
    columns = (inner, trace.op[inner], trace.a[inner], trace.b[inner])
    return list(zip(*(column.tolist() for column in columns), strict=True))
