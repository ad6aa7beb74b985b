"""The numpy backend row after row: for rows whose own graph is large, as that of a document is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..ir.dtypes import Floats, Ints
from ..ir.job import Job
from ..ir.trace import SLOT
from ..ir.update import Update
from .choices import RowChoices
from .fold import Fold
from .kernel import Bound, NumpyKernel


@dataclass(frozen=True, eq=False, slots=True)
class ReadyRow:
    """A row, looked up: where the numbers lie that it chooses, for the kernel of its length."""

    kernel: RowByRow
    numbers: Floats
    chosen: Ints
    words: bytes = b""
    """What machine code wants to know of it (loops/steps.py)."""


Batches = Sequence[Sequence[ReadyRow]]


class RowByRow(NumpyKernel):
    """A job whose rows run one after the other, each alone in `values`."""

    def __init__(self, job: Job, made: Fold) -> None:
        sample = job.sample
        given = [sample.a, np.delete(sample.b, list(sample.tables)), *sample.largest.values()]
        read = np.concatenate([*given, [sample.root]])
        reads = bool((sample.kind[read[read >= 0]] == SLOT).any())
        self.reads_slots = reads or bool(sample.guards)
        super().__init__(job, made)
        self._seed_values()

    @cached_property
    def only(self) -> Bound:
        """The arrays of the one row there is at a time."""
        return self._for(1)

    @cached_property
    def _row_choices(self) -> RowChoices:
        return RowChoices(self.choices)

    def ready(self, row: Floats) -> ReadyRow:
        """Look a row up, to be trained on as often as wanted."""
        return ReadyRow(self, row, self._row_choices.of(row))

    def set_rows(self, rows: Floats) -> None:
        """Train on these rows."""
        self.count = len(rows)
        self._rows = [self.ready(row) for row in rows]

    def run_batches(
        self,
        batches: Batches,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for each mini-batch of rows; kernels of several lengths may take part."""
        g, root, step = gradients, math.sqrt, update.step
        with np.errstate(all="ignore"):
            for i, batch in enumerate(batches):
                losses[i], g = mean_of(batch, parameters)
                norms[i] = root(g.dot(g))
                step(parameters, g, lrs[i])
        gradients[:] = g

    def one_row(self, row: ReadyRow, parameters: Floats, back: bool) -> float:
        """Compute the loss of a row, and its gradients if it shall go `back`."""
        self.values[: len(parameters)] = parameters
        self._load_row(row)
        if back:
            self.only.forth_and_back()
        else:
            self.only.values_phase()
        return self._loss(None)

    def _pass(self, parameters: Floats, back: bool) -> float:
        if self.count == 1 and not self._guards:
            return self.one_row(self._rows[0], parameters, back)
        gradients, loss = self.value_gradients[: len(parameters)], 0.0
        total = np.zeros(len(parameters))
        for i, row in enumerate(self._rows):
            loss += self.one_row(row, parameters, back)
            self._check(self.only, slice(i, i + 1))
            if back:
                total += gradients
        if back:
            np.divide(total, self.count, out=gradients)
        return loss / self.count

    def _load_row(self, row: ReadyRow) -> None:
        self.only.chosen_of_a_row[:] = row.chosen
        if self.reads_slots:
            self.values[self._slots] = row.numbers


def mean_of(batch: Sequence[ReadyRow], parameters: Floats) -> tuple[float, Any]:
    """Return the mean loss of some rows, and its gradients, which stand where the next pass writes."""
    count, loss, total = len(parameters), 0.0, None
    for row in batch:
        loss += row.kernel.one_row(row, parameters, back=True)
        mine = row.kernel.value_gradients[:count]
        if len(batch) == 1:
            return loss, mine
        total = mine.copy() if total is None else np.add(total, mine, out=total)
    assert total is not None
    return loss / len(batch), np.divide(total, len(batch), out=total)
