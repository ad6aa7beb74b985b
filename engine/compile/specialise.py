"""Specialisation: a kernel for each path through the user's function, and for each length of row.

Paths are chosen by guards. A row whose comparisons have other answers than the trace's goes to a variant
where they hold; if there is none, the function is traced again with that row. A row stays with its
variant until a guard fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .ir.dtypes import Floats, Ints
from .ir.job import Job, Kernel, StepByStep
from .ir.trace import SLOT, Trace
from .ir.update import Update

_MOST = 64
"""Paths that one function may take."""
_MOST_READY = 50_000
"""Rows that are kept looked up: of documents of seven predictions some hundred megabytes."""


class ByLength(StepByStep):
    """A kernel for each length of row; the first row of a length has it built."""

    def __init__(
        self, job: Job, kernel: Kernel, build: Callable[[Sequence[float]], tuple[Job, Kernel]]
    ) -> None:
        self._kernels = {job.sample.slots: kernel}
        self._places = {job.sample.slots: _places(job.sample)}
        self._build = build
        self._parts: list[tuple[float, Kernel]] = []
        self._ready: dict[Sequence[float], Any] = {}
        """Rows looked up by their kernels, for mini-batches."""

    def __len__(self) -> int:
        return len(self._kernels)

    def set_rows(self, rows: Any) -> None:
        """Train on these rows, arrays of any lengths."""
        by_length: dict[int, list[Floats]] = {}
        for row in rows:
            by_length.setdefault(len(row), []).append(row)
        for those in by_length.values():
            found = np.array(those)
            self._kernel_for(found).set_rows(found)
        self._parts = [
            (len(those) / len(rows), self._kernels[length]) for length, those in by_length.items()
        ]

    def _kernel_for(self, rows: Floats) -> Kernel:
        """Return the kernel of some rows of one length; one not seen before has it built."""
        length = rows.shape[1]
        if length not in self._kernels:
            job, self._kernels[length] = self._build(rows[0].tolist())
            self._places[length] = _places(job.sample)
        slots, places = self._places[length]
        given = rows if len(slots) == length else rows.take(slots, axis=1)
        fits = (given >= 0) & (given < places) & (given == np.floor(given))
        if not fits.all():
            row, which = np.argwhere(~fits)[0].tolist()
            raise IndexError(f"{given[row, which]:g} is no place of a table of {places[which]:g}")
        return self._kernels[length]

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""
        if len(self._parts) == 1:
            return self._parts[0][1].gradient(parameters, gradients)
        loss, total, part = 0.0, np.zeros(len(gradients)), np.zeros(len(gradients))
        for share, kernel in self._parts:
            loss += share * kernel.gradient(parameters, part)
            part *= share
            total += part
        gradients[:] = total
        return loss

    def forward(self, parameters: Floats) -> float:
        """Return the loss."""
        return sum(share * kernel.forward(parameters) for share, kernel in self._parts)

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate; where rows are of one length, its kernel does."""
        run = self._parts[0][1].run if len(self._parts) == 1 else super().run
        run(parameters, gradients, update, lrs, losses, norms)

    def run_batches(
        self,
        batches: Sequence[Sequence[Sequence[float]]],
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for each mini-batch of rows, tuples of numbers of any lengths."""
        ready = [[self._looked_up(row) for row in batch] for batch in batches]
        kinds = {type(row) for batch in ready for row in batch}
        if len(kinds) == 1 and np.ndarray not in kinds:
            first = ready[0][0].kernel
            first.run_batches(ready, parameters, gradients, update, lrs, losses, norms)
            return
        for i, batch in enumerate(batches):
            self.set_rows([np.array(row, float) for row in batch])
            step = slice(i, i + 1)
            self.run(parameters, gradients, update, lrs[step], losses[step], norms[step])

    def _looked_up(self, row: Sequence[float]) -> Any:
        """Return a row as its kernel wants it, or an array where it wants rows of one length at once."""
        if row not in self._ready:
            if len(self._ready) >= _MOST_READY:
                self._ready.clear()
            numbers = np.array(row, float)
            ready = getattr(self._kernel_for(numbers[None]), "ready", np.asarray)
            self._ready[row] = ready(numbers)
        return self._ready[row]


def _places(trace: Trace) -> tuple[Ints, Floats]:
    """Return which slots choose from tables, and how many places the smallest has for each."""
    found: dict[int, int] = {}
    for node, table in trace.tables.items():
        index = trace.b[node]
        if trace.kind[index] == SLOT:
            slot = int(trace.index[index])
            found[slot] = min(found.get(slot, len(table)), len(table))
    slots = sorted(found)
    return np.array(slots, np.int64), np.array([found[slot] for slot in slots], float)


class Variants(StepByStep):
    """A kernel made of kernels."""

    def __init__(self, kernel: Any, retrace: Callable[[Sequence[float]], Any]) -> None:
        self._kernels = [kernel]
        self._retrace = retrace
        self._rows = np.zeros((1, 0))
        self._home = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return len(self._kernels)

    def set_rows(self, rows: Floats) -> None:
        """Train on these rows."""
        self._rows = rows
        self._home = np.zeros(len(rows), np.int64)

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""
        loss, total = 0.0, np.zeros(len(gradients))
        for share, part_loss, part in self._parts(parameters, len(gradients)):
            loss += share * part_loss
            total += share * part
        gradients[:] = total
        return loss

    def _parts(self, parameters: Floats, count: int) -> Iterator[tuple[float, float, Floats]]:
        """Find every row's variant; yield its share of the rows, its loss and its gradients."""
        self._settle(parameters, count)
        for number in np.unique(self._home).tolist():
            which = np.flatnonzero(self._home == number)
            loss, gradients, _ = self._tried(number, which, parameters, count)
            yield len(which) / len(self._rows), loss, gradients

    def _settle(self, parameters: Floats, count: int) -> None:
        lost = []
        for number in np.unique(self._home).tolist():
            which = np.flatnonzero(self._home == number)
            lost.append(which[self._tried(number, which, parameters, count)[2]])
        rest: Ints = np.sort(np.concatenate(lost))
        number = 0
        while len(rest):
            new = number == len(self._kernels)
            if new:
                self._add(int(rest[0]))
            broken = self._tried(number, rest, parameters, count)[2]
            if new:
                broken[0] = False  # traced with this very row: where last bits decide, it is right
            self._home[rest[~broken]] = number
            rest, number = rest[broken], number + 1

    def _add(self, row: int) -> None:
        if len(self._kernels) >= _MOST:
            raise RuntimeError(
                f"the function takes more than {_MOST} ways for different rows: its comparisons "
                "cannot be compiled; write them with max, min or relu"
            )
        self._kernels.append(self._retrace(self._rows[row].tolist()))

    def _tried(self, number: int, which: Ints, parameters: Floats, count: int) -> Any:
        gradients = np.zeros(count)
        self._kernels[number].set_rows(np.ascontiguousarray(self._rows[which]))
        loss = self._kernels[number].gradient(parameters, gradients)
        return loss, gradients, self._kernels[number].broken()
