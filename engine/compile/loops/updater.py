"""An optimizer's update in machine code, on the arrays of a program as they lie."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ir.dtypes import Floats
from ..ir.update import Update
from ..native import update as native_update
from ..native.jit import lanes
from ..native.kernel import update_code


class Updater:
    """Moves every parameter by its gradient: whole vectors of them, then those that are left."""

    def __init__(self, parameters: Floats, gradients: Floats, update: Update) -> None:
        self._parameters, self._update = parameters, update
        self._kind = native_update.kind_of(update)
        self._hypers = np.array(native_update.hypers_of(update))
        self._numbers = np.zeros(len(native_update.EACH_STEP))
        self._kept: list[Any] = []
        count, columns = len(parameters), [parameters, gradients, update.first, update.second]
        whole = count // lanes() * lanes()
        self._calls = [
            self._call(width, [column[first:] for column in columns], length)
            for width, first, length in ((lanes(), 0, whole), (1, whole, count - whole))
            if length
        ]

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
        for call, given in self._calls:
            call(*given)

    def _call(self, width: int, columns: Sequence[Floats], count: int) -> tuple[Any, list[int]]:
        code, address = update_code(self._kind, width)
        signature = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6, ctypes.c_int64)
        self._kept.append((code, columns))
        arrays = (*columns, self._hypers, self._numbers)
        return signature(address), [*(array.ctypes.data for array in arrays), count]
