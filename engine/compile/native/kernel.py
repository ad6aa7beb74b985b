"""The native backend: a job becomes machine code for its rows side by side, update and steps included."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from ..ir.dtypes import Floats
from ..ir.job import Job
from ..ir.trace import CannotCompile
from ..ir.update import Update
from . import jit
from . import update as native_update
from .code import text_of
from .lanes import WIDEST, Group, Plan
from .layout import Layout
from .plan import plan_of

_POINTER, _COUNT = ctypes.c_void_p, ctypes.c_int64
SLOWLY = 600
"""Instructions up to which code is compiled with care; beyond it that would take more than a second."""


NEAR = 12 * 1024
"""Bytes of gradients, added to once a vector of rows, for which the fastest cache (32 KiB) has room."""


def width_of(plan: Plan) -> int | None:
    """Return how many rows a vector holds: as many as keep the gradients near, or None if none does."""
    widest = jit.lanes()
    return next((w for w in (widest, 4) if w <= widest and Layout(plan, w).parts_bytes <= NEAR), None)


def planned(job: Job) -> Plan:
    """Return the plan of a job; raise CannotCompile, with the reason, where that cannot be done here."""
    if job.has_guards:
        raise CannotCompile("native code does not check the comparisons made while it was traced")
    jit.lanes()  # first of all: whether there is a compiler
    return plan_of(job)


def build(job: Job) -> NativeKernel:
    """Compile a job; raise CannotCompile, with the reason, where that cannot be done here."""
    return compiled(planned(job))


def compiled(plan: Plan) -> NativeKernel:
    """Compile a plan."""
    width = width_of(plan) or min(4, jit.lanes())
    code = jit.Code(text_of(plan, width), quick=plan.instructions() > SLOWLY)
    return NativeKernel(plan, width, code)


class NativeKernel:
    """A compiled job: arrays for its numbers, and the functions that work on them."""

    def __init__(self, plan: Plan, width: int, code: jit.Code) -> None:
        self._plan, self._width, self._code = plan, width, code
        self._work = aligned(Layout(plan, width).size)
        self._gradients = self._work[Layout(plan, width).gradients :][: plan.parameters]
        self._rows = [_side_by_side(group, width) for group in plan.groups]
        self._tables = np.zeros(2 * max(1, len(plan.groups)), np.int64)
        for k, group in enumerate(plan.groups):
            self._tables[2 * k : 2 * k + 2] = self._rows[k].ctypes.data, group.lanes
        signature = ctypes.CFUNCTYPE(ctypes.c_double, _POINTER, _POINTER)
        self._gradient = signature(code.address("gradient"))
        self._run = ctypes.CFUNCTYPE(None, _POINTER, _POINTER, _COUNT, *[_POINTER] * 7)(
            code.address("run")
        )
        self._most = 0
        self._addresses = self._work.ctypes.data, self._tables.ctypes.data

    def set_rows(self, rows: Floats) -> None:
        """Train on these rows, one a line, one column a slot; any number of rows, at least one."""
        count = len(rows)
        self._work[self._plan.inverse] = 1 / count
        for k, group in enumerate(self._plan.groups):
            if group.columns is None:
                if -(-count // self._width) != len(self._rows[k]):
                    self._rows[k] = _room(count, group.slots, self._width)
                _lay(rows, self._rows[k])
                self._tables[2 * k : 2 * k + 2] = self._rows[k].ctypes.data, count

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""
        loss = self.forward(parameters)
        gradients[:] = self._gradients
        return loss

    def forward(self, parameters: Floats) -> float:
        """Return the loss."""
        self._work[: self._plan.parameters] = parameters
        return float(self._gradient(*self._addresses))

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate, all in one call."""
        steps, count = len(lrs), self._plan.parameters
        if not steps:
            return
        if self._most < steps:
            self._make_room(steps)
        columns = (update.first, update.second)
        for kept, column in zip(self._memory, columns, strict=True):
            kept[: len(column)] = column
        self._hypers[:] = native_update.hypers_of(update)
        self._numbers[:steps] = native_update.each_step(update, lrs)
        self._work[:count] = parameters
        _, address = update_code(native_update.kind_of(update), self._width)
        self._run(*self._addresses, steps, *self._out_addresses, address, *self._in_addresses)
        losses[:steps], norms[:steps] = self._out[:, :steps]
        parameters[:], gradients[:] = self._work[:count], self._gradients
        for kept, column in zip(self._memory, columns, strict=True):
            column[:] = kept[: len(column)]
        update.taken += steps

    def _make_room(self, steps: int) -> None:
        """Lay out what a run of so many steps reads and writes; asking an array's address is slow."""
        self._most = steps
        self._memory = np.zeros((2, self._plan.first_derived))
        self._hypers = np.zeros(len(native_update.HYPERS))
        self._numbers = np.zeros((steps, len(native_update.EACH_STEP)))
        self._out = np.zeros((2, steps))
        self._out_addresses = [row.ctypes.data for row in self._out]
        self._in_addresses = [a.ctypes.data for a in (*self._memory, self._hypers, self._numbers)]


@lru_cache(maxsize=32)
def update_code(kind: native_update.Kind, width: int) -> tuple[jit.Code, int]:
    """Return the code of an update (which must be kept) and its address."""
    code = jit.Code(native_update.text_of(kind, width))
    return code, code.address("update")


def aligned(size: int) -> Floats:
    """Return zeros that begin where a cache line does."""
    room = np.zeros(size + WIDEST)
    start = -room.ctypes.data // 8 % WIDEST
    return room[start : start + size]


def _room(count: int, slots: int, width: int) -> Floats:
    blocks = -(-count // width)
    return aligned(blocks * slots * width).reshape(blocks, slots, width)


def _side_by_side(group: Group, width: int) -> Floats:
    """Return the group's data, vector by vector, slot by slot."""
    if group.columns is None:
        return _room(0, group.slots, width)
    rows = _room(len(group.columns), group.slots, width)
    _lay(group.columns, rows)
    return rows


def _lay(rows: Floats, blocks: Floats) -> None:
    """Put rows into vectors; the lanes left over get the last row again."""
    slots, width = blocks.shape[1:]
    whole = len(rows) // width
    blocks[:whole] = rows[: whole * width].reshape(whole, width, slots).transpose(0, 2, 1)
    if whole < len(blocks):
        rest = rows[whole * width :]
        blocks[whole] = rest[-1][:, None]
        blocks[whole, :, : len(rest)] = rest.T
