"""What a backend is given, and what it gives back: a `Job` becomes a `Kernel`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .dtypes import Floats
from .trace import Trace
from .update import Update

_LARGE = 1_000
"""Nodes of a row from which on they fill statements by themselves."""


@dataclass(frozen=True, eq=False)
class Job:
    """What is compiled: loss = mean over the rows of `sample`, + `penalty`.

    A graph given as a whole is a `sample` without slots, of which there is one row.
    """

    sample: Trace
    penalty: Trace | None = None

    @property
    def traces(self) -> list[Trace]:
        """The sample, and the penalty if there is one."""
        return [self.sample, self.penalty] if self.penalty else [self.sample]

    @property
    def parameters(self) -> int:
        """How many parameters there are; some may not reach the loss."""
        return self.sample.parameters

    @property
    def row_by_row(self) -> bool:
        """Whether a row's own graph is large: its rows are run one after the other, not side by side.

        Statements for one row are then matrix products; with an axis of rows they would be stacks of
        products of a matrix and a vector. So it is only where rows choose from tables: others come by
        the hundred.
        """
        return bool(self.sample.tables) and len(self.sample) > _LARGE

    @property
    def has_guards(self) -> bool:
        """Whether comparisons were made while it was traced."""
        return any(trace.guards for trace in self.traces)


class Kernel(Protocol):
    """A compiled job. `parameters` and `gradients` are contiguous arrays that the caller keeps."""

    def set_rows(self, rows: Floats) -> None:
        """Train on these rows, one a line, one column a slot; any number of rows, at least one."""

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""

    def forward(self, parameters: Floats) -> float:
        """Return the loss."""

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate: gradient, its norm, `update` in place.

        The loss and the gradient norm of a step are those before its update.
        """


class StepByStep:
    """The rest of a kernel that has a `gradient`: a training step is that, then the update."""

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""
        raise NotImplementedError

    def forward(self, parameters: Floats) -> float:
        """Return the loss."""
        return self.gradient(parameters, np.zeros(len(parameters)))

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate."""
        for i, lr in enumerate(lrs):
            losses[i] = self.gradient(parameters, gradients)
            norms[i] = math.sqrt(gradients @ gradients)
            update.step(parameters, gradients, lr)
