"""The forward pass of a recorded graph in many copies at once: a lane a copy, one cell changed in each.

What is computed from the changed cells is computed once for all lanes, node by node, by the op's
statements of numpy on a row of lanes. A check of every gradient then takes a pass for a block of cells,
and not two for every cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..ops import Op
from ..recording.sheet import Sheet
from .fold.op_table import numpy_op
from .ir.dtypes import Flags, Floats
from .ir.trace import CannotCompile

MOST, LEAST = 1024, 64
"""Lanes of a pass: with fewer the calls into numpy cost most, with more the rows leave the cache."""
NUMBERS = 1 << 26
"""Numbers held at once if every node kept its row to the end, which few do: 512 MB."""
BETWEEN = 64
"""Nodes computed between two looks at whether anybody still wants them."""

Edit = tuple[int, float]
"""A cell, and the number that it holds in a lane."""


class Lanes:
    """A sheet's root where a cell holds another number; CannotCompile if an op has no statements."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        count = sheet.recording.node_count
        self.width = max(LEAST, min(MOST, NUMBERS // max(1, count)))
        self.computed = [sheet.computed(node) for node in range(count)]
        ops = {op for op, computed in zip(sheet.ops, self.computed, strict=True) if op and computed}
        self.forward = {op: _forward(op) for op in ops}

    def roots(self, edits: Sequence[Edit], between: Callable[[], object] = lambda: None) -> list[float]:
        """The root's number for each edit alone; nothing is changed.

        `between` is called now and then, and may raise to end it.
        """
        found: list[float] = []
        with np.errstate(all="ignore"):
            for first in range(0, len(edits), self.width):
                found += _Pass(self, edits[first : first + self.width]).root(between)
        return found

    @cached_property
    def apart(self) -> frozenset[int]:
        """Cells that hold another number than comes of their formula here, be it in the last digit.

        numpy rounds some functions otherwise than Python's `math`, and a file can hold anything.
        """
        held, found = np.array(self.sheet.data), list[int]()
        nodes: dict[Op, list[int]] = {op: [] for op in self.forward}
        for node, op in enumerate(self.sheet.ops):
            if op and self.computed[node]:
                nodes[op].append(node)
        with np.errstate(all="ignore"):
            for op, those in nodes.items():
                arguments = np.array([self.sheet.parents(node) for node in those]).T
                made = self.forward[op](_Scratch(len(those)), *held[arguments])
                found += np.array(those)[~_same(made, held[those])].tolist()
        return frozenset(found)


class _Pass:
    """One pass over what is computed from some cells; a row is dropped once nothing reads it any more."""

    def __init__(self, of: Lanes, edits: Sequence[Edit]) -> None:
        self._of, self._edits = of, edits
        self._lanes: dict[int, list[int]] = {}
        for lane, (node, _) in enumerate(edits):
            self._lanes.setdefault(node, []).append(lane)
        self._scratch = _Scratch(len(edits))
        self._rows: dict[int, Floats] = {}
        self._reached: dict[int, int] = {}
        """The lanes in which a cell depends on what is changed there, a bit for each."""
        self._reads: dict[int, int] = {}

    def root(self, between: Callable[[], object]) -> list[float]:
        """The root's number in each lane."""
        sheet = self._of.sheet
        root, reads = sheet.recording.root, self._reads
        for i, node in enumerate(self._in_order()):
            if i % BETWEEN == 0:
                between()
            row = self._row(node)
            if reads.get(node) or node == root:
                self._rows[node] = row
        found = self._rows.get(root)
        return [sheet.data[root]] * len(self._edits) if found is None else found.tolist()

    def _in_order(self) -> list[int]:
        """The changed cells and all that is computed from them, parents first; counts who reads them."""
        sheet, computed, reads = self._of.sheet, self._of.computed, self._reads
        found, stack = set(self._lanes), list(self._lanes)
        while stack:
            for consumer in sheet.consumers(stack.pop()):
                if computed[consumer] and consumer not in found:
                    found.add(consumer)
                    stack.append(consumer)
        for node in found:
            for parent in sheet.parents(node) if computed[node] else ():
                reads[parent] = reads.get(parent, 0) + 1
        return sorted(found)

    def _row(self, node: int) -> Floats:
        """A cell's numbers: by its formula where a parent's differ, then what is put into it."""
        sheet, rows, reached, op = self._of.sheet, self._rows, 0, self._of.sheet.ops[node]
        parents = sheet.parents(node) if self._of.computed[node] else ()
        for parent in parents:
            reached |= self._reached.get(parent, 0)
        if op and reached:
            arguments = [rows.get(parent, sheet.data[parent]) for parent in parents]
            row = self._of.forward[op](self._scratch, *arguments)
            if node in self._of.apart:
                row[~self._flags(reached)] = sheet.data[node]
        else:
            row = np.full(len(self._edits), sheet.data[node])
        for lane in self._lanes.get(node, ()):
            row[lane] = self._edits[lane][1]
            reached |= 1 << lane
        self._reached[node] = reached
        self._drop(parents)
        return row

    def _flags(self, lanes: int) -> Flags:
        count = len(self._edits)
        packed = np.frombuffer(lanes.to_bytes((count + 7) // 8, "little"), np.uint8)
        return np.unpackbits(packed, count=count, bitorder="little").astype(bool)

    def _drop(self, parents: Iterable[int]) -> None:
        for parent in parents:
            self._reads[parent] -= 1
            if not self._reads[parent] and parent != self._of.sheet.recording.root:
                self._rows.pop(parent, None)


class _Scratch:
    """Arrays that an op's statements may use, all of one length."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.t, self.u = np.empty(length), np.empty(length)
        self.m, self.n = np.empty(length, bool), np.empty(length, bool)


def _same(made: Floats, held: Floats) -> Flags:
    """Where two rows hold the same to the last bit, or both nan."""
    same: Flags = (made.view(np.int64) == held.view(np.int64)) | (np.isnan(made) & np.isnan(held))
    return same


def _forward(op: Op) -> Callable[..., Floats]:
    """An op on rows of lanes, or numbers, by its statements in the table of the numpy backend."""
    try:
        made = numpy_op(op.name, exact_zero=True)
    except (KeyError, ValueError):
        raise CannotCompile(f"no statements of numpy are known for {op.name}") from None
    numbers = {f"{name}_": number for name, number in made.numbers.items()}  # `power` is numpy's word too
    names = {name: name for name in ("out", "t", "u", "m", "n", "a", "b")}
    names |= {name: f"{name}_" for name in made.numbers}
    lines = [
        "def forward(scratch, a, b=None):",
        "out, t, u, m, n = empty(scratch.length), scratch.t, scratch.u, scratch.m, scratch.n",
        *(each.text.format_map(names) for each in made.forward),
        "return out",
    ]
    space: dict[str, Any] = {**vars(np), **numbers}
    exec("\n ".join(lines), space)  # the table's own statements, no text of a user
    found: Callable[..., Floats] = space["forward"]
    return found
