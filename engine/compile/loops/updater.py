"""An optimizer's update in machine code, on the arrays of a program as they lie."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np

from ..ir.dtypes import Floats
from ..ir.update import Update
from ..native import update as native_update
from ..native.jit import lanes
from ..native.kernel import update_code
from ..native.lanes import whole_vectors


class Updater:
    """Moves every parameter by its gradient: whole vectors in place, the few left over in a copy."""

    def __init__(self, parameters: Floats, gradients: Floats, update: Update) -> None:
        self._parameters, self._update = parameters, update
        self._kind = native_update.kind_of(update)
        self._hypers = np.array(native_update.hypers_of(update))
        self._numbers = np.zeros(len(native_update.EACH_STEP))
        self._code, address = update_code(self._kind, lanes())
        self._call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6, ctypes.c_int64)(address)
        count = len(parameters)
        self._whole = count // lanes() * lanes()
        columns = [parameters, gradients[:count], update.first, update.second]
        self._rests = [column[self._whole :] for column in columns]
        self._copy = np.zeros((4, whole_vectors(1)))
        nothing = np.zeros(1)
        self._kept = nothing, columns
        self._in_place = self._addresses([column if len(column) else nothing for column in columns])
        self._in_copy = self._addresses(self._copy)

    def fits(self, parameters: Floats, update: Update) -> bool:
        """Whether it is for these arrays and this formula."""
        return (
            parameters is self._parameters
            and update is self._update
            and self._kind == native_update.kind_of(update)
        )

    def step(self, numbers: Sequence[float]) -> None:
        """Do a training step's update; `numbers` are those of native/update.py's EACH_STEP."""
        self._numbers[:] = numbers
        if self._whole:
            self._call(*self._in_place, self._whole)
        if len(self._rests[0]):
            self._step_rest()

    def _step_rest(self) -> None:
        for mine, rest in zip(self._copy, self._rests, strict=True):
            mine[: len(rest)] = rest
        self._call(*self._in_copy, self._copy.shape[1])
        for mine, rest in zip(self._copy[[0, 2, 3]], [self._rests[i] for i in (0, 2, 3)], strict=True):
            rest[:] = mine[: len(rest)]

    def _addresses(self, columns: Sequence[Floats] | Floats) -> list[int]:
        arrays = (*columns, self._hypers, self._numbers)
        return [array.ctypes.data for array in arrays]
