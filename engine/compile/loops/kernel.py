"""The native backend for large graphs: folded statements, executed by routines of machine code.

Everything but the execution of a phase is the numpy backend's: the memories, the rows in chunks, the
guards.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..fold.arrays import Chosen, bind
from ..fold.fold import fold
from ..fold.kernel import Bound, NumpyKernel, RowByRow
from ..fold.statements import PHASES
from ..ir.dtypes import Floats
from ..ir.job import Job
from ..ir.update import Update
from ..native import update as native_update
from ..native.jit import lanes
from ..native.kernel import each_step, update_code
from ..native.lanes import whole_vectors
from .recorder import Instruction, Operand, Recorder
from .routines import LIBRARY, WORDS


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
        self._at = self._code.ctypes.data

    def __call__(self) -> None:
        if len(self._code):
            LIBRARY.execute(self._at, len(self._code))


class _BoundLoops(Bound):
    """The phases of a program on arrays for a number of rows, as instructions."""

    def _phases(self, kernel: NumpyKernel, memories: dict[str, Any]) -> dict[str, Callable[[], None]]:
        bindings = kernel.fold.arrays.bindings
        arrays = memories | bind(bindings, memories, self.count, kernel.buffers, truth=float)
        self._recorders = []
        made: dict[str, Callable[[], None]] = {}
        for phase in PHASES:
            recorder = Recorder()
            space: dict[str, Any] = {"__builtins__": {}, "width": self.count, **recorder.words()}
            for name, array in arrays.items():
                space[name] = Operand(recorder, array, isinstance(bindings.get(name), Chosen))
            exec(kernel.code, space)  # the same statements as numpy's, in which nothing of a user's is
            space[f"{phase}_phase"]()
            made[f"{phase}_phase"] = _Phase(recorder.made)
            self._recorders.append((recorder, arrays))  # their arrays are known by address alone
        self.chosen = [arrays[choice.name] for choice in kernel.choices]
        return made


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
        if self._updater is None or not self._updater.fits(update):
            self._updater = _Updater(update, self.value_gradients, len(parameters))
        updater, numbers = self._updater, each_step(update, lrs)
        updater.begin(parameters, update)
        with np.errstate(all="ignore"):
            for i in range(len(lrs)):
                losses[i] = self._pass(updater.parameters, back=True)
                norms[i] = math.sqrt(g.dot(g))
                updater.step(numbers[i])
        updater.end(parameters, update)
        update.taken += len(lrs)
        gradients[:] = g

    _updater: _Updater | None = None


class LoopsRowByRow(Loops, RowByRow):
    """A compiled job, row after row."""


class _Updater:
    """An optimizer's update in machine code, on columns that end where a vector does."""

    def __init__(self, update: Update, gradients: Floats, count: int) -> None:
        self._kind = native_update.kind_of(update)
        self._columns = np.zeros((4, whole_vectors(count)))
        self.parameters = self._columns[0, :count]
        self._gradients, self._count = gradients[:count], count
        self._hypers = np.zeros(len(native_update.HYPERS))
        self._numbers = np.zeros(len(native_update.EACH_STEP))
        code, address = update_code(self._kind, lanes())
        self._code = code
        self._call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6, ctypes.c_int64)(address)
        arrays = (*self._columns, self._hypers, self._numbers)
        self._addresses = [array.ctypes.data for array in arrays]

    def fits(self, update: Update) -> bool:
        """Whether it is for that optimizer's formula."""
        return self._kind == native_update.kind_of(update)

    def begin(self, parameters: Floats, update: Update) -> None:
        """Take the numbers to go on from."""
        self.parameters[:] = parameters
        self._hypers[:] = native_update.hypers_of(update)
        for mine, column in zip(self._columns[2:], (update.first, update.second), strict=True):
            mine[: len(column)] = column

    def step(self, numbers: Sequence[float]) -> None:
        """Move every parameter by its gradient."""
        self._numbers[:] = numbers
        self._columns[1, : self._count] = self._gradients
        self._call(*self._addresses, self._columns.shape[1])

    def end(self, parameters: Floats, update: Update) -> None:
        """Give back the numbers as they are now."""
        parameters[:] = self.parameters
        for mine, column in zip(self._columns[2:], (update.first, update.second), strict=True):
            column[:] = mine[: len(column)]
