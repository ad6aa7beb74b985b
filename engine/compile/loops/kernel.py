"""The native backend for large graphs: folded statements, executed by routines of machine code.

Everything but the execution of a phase is the numpy backend's: the memories, the rows in chunks, the
guards.
"""

from __future__ import annotations

import math
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
from ..ir.dtypes import Floats
from ..ir.job import Job
from ..ir.update import Update
from ..native.jit import lanes
from ..native.update import each_step
from .chunk import run_chunk
from .library import LIBRARY, WORDS
from .recorder import Instruction, Operand, Recorder
from .updater import Updater

_NOTHING = np.zeros(1)


def build(job: Job) -> NumpyKernel:
    """Fold the job for the routines; raise CannotCompile, with the reason, where that cannot be done."""
    lanes()  # first of all: whether there is a compiler at all
    return (LoopsRowByRow if job.row_by_row else Loops)(job, fold(job))


class _Phase:
    """The instructions of a phase."""

    def __init__(self, made: list[Instruction]) -> None:
        addresses = LIBRARY.addresses([key for key, _ in made])
        self._code = np.zeros((len(made), WORDS), np.int64)
        for line, (key, words) in zip(self._code, made, strict=True):
            line[0] = addresses[key]
            line[1 : len(words) + 1] = words
        self.words = self._code.ctypes.data, len(made)
        """Where they are, and how many."""

    def __call__(self) -> None:
        LIBRARY.execute(*self.words)


class _BoundLoops(Bound):
    """The phases of a program on arrays for a number of rows, as instructions."""

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
        self.whole = _Phase([*instructions["values"], *instructions["values_back"]])
        return made

    def forth_and_back(self) -> None:
        """Compute what there is once, and its gradients, in one call."""
        self.whole()


class Loops(NumpyKernel):
    """A compiled job, rows side by side."""

    bound = _BoundLoops

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate, the update by machine code too."""
        g = self.value_gradients[: len(gradients)]
        if self._updater is None or not self._updater.fits(parameters, update):
            self._updater = Updater(parameters, self.value_gradients, update)
        step, numbers = self._updater.step, each_step(update, lrs)
        with np.errstate(all="ignore"):
            for i in range(len(lrs)):
                losses[i] = self._pass(parameters, back=True)
                norms[i] = math.sqrt(g.dot(g))
                step(numbers[i])
        update.taken += len(lrs)
        gradients[:] = g

    _updater: Updater | None = None


class LoopsRowByRow(Loops, RowByRow):
    """A compiled job, row after row."""

    @cached_property
    def only(self) -> _BoundLoops:
        """The arrays of the one row there is at a time, and its instructions."""
        return _BoundLoops(self, 1)

    def ready(self, row: Floats) -> ReadyRow:
        """Look a row up, to be trained on as often as wanted."""
        given = super().ready(np.ascontiguousarray(row))
        values, gradients = self.values.ctypes.data, self.value_gradients.ctypes.data
        lost = [values + 8 * at for at in (self._root, *self._penalty)]
        chosen = (given.chosen.ctypes.data, self.only.chosen_of_a_row.ctypes.data, len(given.chosen))
        slots = len(given.numbers) if self.reads_slots else 0
        inputs = (given.numbers.ctypes.data, values + 8 * int(self._slots[0]) if slots else 0, slots)
        code = self.only.whole.words
        words = (*code, values, gradients, *(*lost, _NOTHING.ctypes.data)[:2], *chosen, *inputs)
        return replace(given, words=np.array(words, np.int64).tobytes())

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
        total = run_chunk(batches, parameters, update, lrs, losses, norms)
        *_, last = batches
        own = last[0].kernel.value_gradients if len(last) == 1 else total
        gradients[:] = own[: len(gradients)]
