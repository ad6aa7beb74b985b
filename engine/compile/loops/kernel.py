"""The native backend for large graphs: folded statements, executed by routines of machine code.

Everything but the execution of a phase is the numpy backend's: the memories, the rows in chunks, the
guards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from ..fold.arrays import Chosen, bind
from ..fold.fold import fold
from ..fold.kernel import Bound, NumpyKernel
from ..fold.row_by_row import Batches, ReadyRow, RowByRow
from ..fold.statements import PHASES
from ..ir.dtypes import Floats, Ints
from ..ir.job import Job
from ..ir.update import Update
from ..native.jit import lanes
from ..native.kernel import aligned
from ..native.lanes import WIDEST
from .chunk import run_chunk
from .library import LIBRARY, WORDS
from .recorder import Instruction, Operand, Recorder

_NOTHING = np.zeros(1)
FEWER = 16
"""By what instructions here must be fewer than those written out for a row, to be worth their loops."""


def build(job: Job) -> Loops:
    """Fold the job for the routines; raise CannotCompile, with the reason, where that cannot be done."""
    lanes()  # first of all: whether there is a compiler at all
    return (LoopsRowByRow if job.row_by_row else Loops)(job, fold(job))


class _Phase:
    """The instructions of a phase."""

    def __init__(self, made: list[Instruction]) -> None:
        addresses = LIBRARY.addresses([key for key, _ in made])
        self._code: Ints = np.zeros((len(made), WORDS), np.int64)
        for line, (key, words) in zip(self._code, made, strict=True):
            line[0] = addresses[key]
            line[1 : len(words) + 1] = words
        self.words: tuple[int, int] = (self._code.ctypes.data, len(made))
        """Where they are, and how many."""

    def __call__(self) -> None:
        LIBRARY.execute(*self.words)


class _BoundLoops(Bound):
    """The phases of a program on arrays for a number of rows, as instructions."""

    def room(self, rows: int, row_count: int) -> Floats:
        """Return zeros, each line of which begins where a vector may."""
        line = -(-row_count // WIDEST) * WIDEST
        return aligned(rows * line).reshape(rows, line)[:, :row_count]

    def _phases(self, kernel: NumpyKernel, memories: dict[str, Any]) -> dict[str, Callable[[], None]]:
        bindings = kernel.fold.arrays.bindings
        arrays = memories | bind(bindings, memories, self.count, kernel.buffers, truth=float)
        self._recorders = []
        made: dict[str, Callable[[], None]] = {}
        instructions: dict[str, list[Instruction]] = {}
        for phase in PHASES:
            recorder = Recorder()
            space: dict[str, Any] = {"__builtins__": {}, "width": self.count, **recorder.words()}
            for name, array in arrays.items():
                space[name] = Operand(recorder, array, isinstance(bindings.get(name), Chosen))
            exec(kernel.code, space)  # the same statements as numpy's, in which nothing of a user's is
            space[f"{phase}_phase"]()
            instructions[phase] = recorder.made
            made[f"{phase}_phase"] = _Phase(recorder.made)
            self._recorders.append((recorder, arrays))  # their arrays are known by address alone
        self.chosen = [arrays[choice.name] for choice in kernel.choices]
        instructions["mean"] = self._mean(kernel)
        self.whole = _Phase([each for phase in (*PHASES, "mean") for each in instructions[phase]])
        return made

    def _mean(self, kernel: NumpyKernel) -> list[Instruction]:
        """Return what computes the mean of the root over these rows, where each row has its own."""
        self.mean = np.zeros(1)
        if not kernel.root_per_row:
            return []
        recorder, weight = Recorder(), np.full(1, 1 / self.count)
        root, weights = self.rows[kernel.root], np.broadcast_to(weight, self.count)
        recorder.einsum("i,i->", *(Operand(recorder, x) for x in (root, weights, self.mean)))
        self._recorders.append((recorder, {"mean": weight}))
        return recorder.made

    def forth_and_back(self) -> None:
        """Compute what there is once, and its gradients, in one call."""
        self.whole()


class Loops(NumpyKernel):
    """A compiled job, rows side by side."""

    bound = _BoundLoops

    @property
    def instructions(self) -> int:
        """How many instructions a pass has."""
        return self._for(1).whole.words[1]

    def _for(self, row_count: int) -> _BoundLoops:
        found = super()._for(row_count)
        assert isinstance(found, _BoundLoops)
        return found

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate, all in one call where nothing is to be checked."""
        rows = [] if self._guards else self.rows_of_a_step()
        if not rows:
            super().run(parameters, gradients, update, lrs, losses, norms)
        elif len(lrs):
            total = run_chunk([rows] * len(lrs), parameters, update, lrs, losses, norms)
            own = self.value_gradients if len(rows) == 1 else total
            gradients[:] = own[: len(gradients)]

    def rows_of_a_step(self) -> list[bytes]:
        """Return the words of what a training step runs; none where the rows are several chunks."""
        several = len(self._chunks) > 1
        return [] if several else [self.words(self._for(self._chunks[0][0].count))]

    def words(
        self, bound: _BoundLoops, chosen: Sequence[int] = (0, 0, 0), inputs: Sequence[int] = (0, 0, 0)
    ) -> bytes:
        """Return what a training step wants to know of a program on some rows (steps.py's ROW)."""
        values, gradients = self.values.ctypes.data, self.value_gradients.ctypes.data
        loss = bound.mean.ctypes.data if self.root_per_row else values + 8 * self.root
        penalty = [values + 8 * at for at in self._penalty] or [_NOTHING.ctypes.data]
        words = (*bound.whole.words, values, gradients, loss, *penalty, *chosen, *inputs)
        return np.array(words, np.int64).tobytes()


class LoopsRowByRow(Loops, RowByRow):
    """A compiled job, row after row."""

    @cached_property
    def only(self) -> _BoundLoops:
        """The arrays of the one row there is at a time, and its instructions."""
        return _BoundLoops(self, 1)

    def ready(self, row: Floats) -> ReadyRow:
        """Look a row up, to be trained on as often as wanted."""
        given = super().ready(np.ascontiguousarray(row))
        chosen = (given.chosen.ctypes.data, self.only.chosen_of_a_row.ctypes.data, len(given.chosen))
        slots = len(given.numbers) if self.reads_slots else 0
        first = self.values.ctypes.data + 8 * int(self._slots[0]) if slots else 0
        inputs = (given.numbers.ctypes.data, first, slots)
        return replace(given, words=self.words(self.only, chosen, inputs))

    def rows_of_a_step(self) -> list[bytes]:
        """Return the words of the rows that are trained on."""
        return [row.words for row in self._rows]

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
        """Do a training step for each mini-batch of rows, all in one call."""
        if not batches:
            return
        words = [[row.words for row in batch] for batch in batches]
        total = run_chunk(words, parameters, update, lrs, losses, norms)
        *_, last = batches
        own = last[0].kernel.value_gradients if len(last) == 1 else total
        gradients[:] = own[: len(gradients)]
