"""The native backend for large graphs: folded statements, executed by routines of machine code.

Everything but the execution of a phase is the numpy backend's: the memories, the rows in chunks, the
guards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..fold.arrays import Chosen, bind
from ..fold.fold import fold
from ..fold.kernel import Bound, NumpyKernel, RowByRow
from ..fold.statements import PHASES
from ..ir.job import Job
from ..native.jit import lanes
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


class LoopsRowByRow(RowByRow):
    """A compiled job, row after row."""

    bound = _BoundLoops
