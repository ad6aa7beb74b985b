"""The numpy backend: a folded job, run over a batch whose rows are the last axis of every array.

A large batch goes through in chunks whose numbers fit the processor's cache; what one chunk adds to
the gradients of what exists once is summed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..ir.dtypes import Flags, Floats
from ..ir.guards import SIGNS
from ..ir.job import Job
from ..ir.trace import Trace
from ..ir.update import Update
from .arrays import bind
from .choices import choices_of
from .fold import Fold

_CACHE = 1 << 19
_LEAST_CHUNK = 256
_KEPT = 4

# The only names that generated statements may use, beside those of their arrays.
_WORDS = (
    "absolute",
    "add",
    "copyto",
    "cos",
    "divide",
    "einsum",
    "equal",
    "exp",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "log",
    "logical_and",
    "matmul",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "power",
    "putmask",
    "sign",
    "sin",
    "sqrt",
    "square",
    "subtract",
    "take",
    "tanh",
)


class Bound:
    """The phases of a program on arrays for a number of rows."""

    def __init__(self, kernel: NumpyKernel, row_count: int) -> None:
        layout = kernel.fold.layout
        self.rows = self.room(layout.rows, row_count)
        self.rows[list(layout.ones)] = 1.0
        self.line = self.rows.strides[0] // 8
        self.count = row_count
        self.gradients = self.room(layout.rows, row_count)
        memories: dict[str, NDArray[Any]] = {
            "values": kernel.values,
            "dvalues": kernel.value_gradients,
            "rows": self.rows,
            "drows": self.gradients,
            "chosen": np.zeros(kernel.fold.arrays.chosen_of_a_row, np.int64),
        }
        self.chosen_of_a_row = memories["chosen"]
        made = self._phases(kernel, memories)
        self.values_phase, self.rows_phase = made["values_phase"], made["rows_phase"]
        self.rows_back, self.values_back = made["rows_back_phase"], made["values_back_phase"]

    def room(self, rows: int, row_count: int) -> Floats:
        """Return zeros, for a number of every row on each line."""
        return np.zeros((rows, row_count))

    def forth_and_back(self) -> None:
        """Compute what there is once, and its gradients."""
        self.values_phase()
        self.values_back()

    def _phases(self, kernel: NumpyKernel, memories: dict[str, Any]) -> dict[str, Callable[[], None]]:
        space: dict[str, Any] = {"__builtins__": {}, "width": self.count, **memories}
        space |= {word: getattr(np, word) for word in _WORDS}
        space |= bind(kernel.fold.arrays.bindings, memories, self.count, kernel.buffers)
        self.chosen = [space[choice.name] for choice in kernel.choices]
        exec(kernel.code, space)  # statements made of array names and the words above, no text of a user
        return space


class NumpyKernel:
    """A compiled job (ir/job.py has what it promises)."""

    bound = Bound
    """What executes the statements."""

    def __init__(self, job: Job, made: Fold) -> None:
        self.job = job
        self.fold = made
        self.code = compile("\n".join(made.functions), "<fold>", "exec")
        self.choices = choices_of(made)
        self.values = np.zeros(made.layout.values)
        self.values[made.layout.address[made.columns.known]] = made.columns.data[made.columns.known]
        self.value_gradients = np.zeros(made.layout.values)
        self.buffers: dict[str, NDArray[Any]] = {}
        self.weight = 1.0
        first = job.sample.parameters
        self._slots = made.layout.address[first : first + job.sample.slots]
        self._guards = [_Check(self, trace, i) for i, trace in enumerate(job.traces) if trace.guards]
        self._bound: dict[int, Bound] = {}
        self.root, *self._penalty = (int(made.layout.address[root]) for root in made.columns.roots)
        self.root_per_row = bool(made.columns.per_row[made.columns.roots[0]])
        self._sum = np.zeros(made.layout.values)
        per_row = 16 * made.layout.rows
        self._chunk = max(_LEAST_CHUNK, _CACHE // per_row // 64 * 64) if per_row else 1
        self.set_rows(np.zeros((1, job.sample.slots)))

    def set_rows(self, rows: Floats) -> None:
        """Train on these rows."""
        self._inputs = np.ascontiguousarray(rows.T)
        self.count = len(rows)
        self.weight = 1.0 / self.count
        self._chunks = self._cut() if self.fold.layout.rows else [(self._for(1), slice(0, 1))]
        for bound, part in self._chunks if len(self._chunks) == 1 else ():
            self._load(bound, part)
        self._seed()

    def forward(self, parameters: Floats) -> float:
        """Return the loss."""
        with np.errstate(all="ignore"):
            return self._pass(parameters, back=False)

    def gradient(self, parameters: Floats, gradients: Floats) -> float:
        """Write d(loss)/d(parameters) into `gradients` and return the loss."""
        with np.errstate(all="ignore"):
            loss = self._pass(parameters, back=True)
        gradients[:] = self.value_gradients[: len(gradients)]
        return loss

    def run(
        self,
        parameters: Floats,
        gradients: Floats,
        update: Update,
        lrs: Sequence[float],
        losses: Floats,
        norms: Floats,
    ) -> None:
        """Do a training step for every learning rate."""
        g = self.value_gradients[: len(gradients)]
        dot, root, step = g.dot, math.sqrt, update.step
        with np.errstate(all="ignore"):
            for i, lr in enumerate(lrs):
                losses[i] = self._pass(parameters, back=True)
                norms[i] = root(dot(g))
                step(parameters, g, lr)
        gradients[:] = g

    def broken(self) -> Flags:
        """Return for every row whether a guard failed in the last pass; all of them for a penalty's."""
        found = np.zeros(self.count, bool)
        for check in self._guards:
            found |= check.failed
        return found

    def _pass(self, parameters: Floats, back: bool) -> float:
        self.values[: len(parameters)] = parameters
        first = self._chunks[0][0]
        first.values_phase()
        if len(self._chunks) == 1:
            first.rows_phase()
            self._check(first, slice(0, self.count))
            if back:
                first.rows_back()
                first.values_back()
            return self._loss(first)
        return self._pass_in_chunks(back)

    def _pass_in_chunks(self, back: bool) -> float:
        total = 0.0
        self._sum[:] = 0.0
        for bound, part in self._chunks:
            self._load(bound, part)
            bound.rows_phase()
            self._check(bound, part)
            total += float(np.add.reduce(bound.rows[self.root])) if self.root_per_row else 0.0
            if back:
                bound.rows_back()
                self._sum += self.value_gradients
        if back:
            self.value_gradients[:] = self._sum
            self._seed_values()
            self._chunks[0][0].values_back()
        return self._loss(None) + total * self.weight

    def _loss(self, bound: Bound | None) -> float:
        loss = sum(self.values[at] for at in self._penalty) if self._penalty else 0.0
        if not self.root_per_row:
            return float(loss + self.values[self.root])
        if bound is not None:
            loss += np.add.reduce(bound.rows[self.root]) * self.weight
        return float(loss)

    def _check(self, bound: Bound, part: slice) -> None:
        for check in self._guards:
            check(bound.rows, part)

    def _cut(self) -> list[tuple[Bound, slice]]:
        starts = range(0, self.count, self._chunk)
        cuts = [slice(start, min(start + self._chunk, self.count)) for start in starts]
        return [(self._for(cut.stop - cut.start), cut) for cut in cuts]

    def _for(self, row_count: int) -> Bound:
        if row_count not in self._bound:
            if len(self._bound) >= _KEPT:
                del self._bound[next(iter(self._bound))]
            self._bound[row_count] = self.bound(self, row_count)
        return self._bound[row_count]

    def _load(self, bound: Bound, part: slice) -> None:
        bound.rows[self._slots] = self._inputs[:, part]
        for choice, at in zip(self.choices, bound.chosen, strict=True):
            choice.write(self._inputs[:, part], at, bound.line)

    def _seed(self) -> None:
        """Put the gradients of the roots in place: no statement ever writes there."""
        self._seed_values()
        for bound, _ in self._chunks if self.root_per_row else ():
            bound.gradients[self.root] = self.weight

    def _seed_values(self) -> None:
        for at in self._penalty:
            self.value_gradients[at] = 1.0
        if not self.root_per_row:
            self.value_gradients[self.root] = 1.0


class _Check:
    """The guards of a trace, compared again after every pass."""

    def __init__(self, kernel: NumpyKernel, trace: Trace, number: int) -> None:
        self.kernel, self.trace, self.numbers = kernel, trace, kernel.fold.columns.maps[number]
        self.failed = np.zeros(1, bool)

    def __call__(self, rows: Floats, part: slice) -> None:
        if part.start == 0:
            self.failed = np.zeros(self.kernel.count, bool)
        for guard in self.trace.guards:
            right = guard.right if guard.plain else self._value(rows, int(guard.right))
            answer = SIGNS[guard.sign](self._value(rows, guard.left), right)
            self.failed[part] |= np.asarray(answer != guard.answer)

    def _value(self, rows: Floats, node: int) -> Any:
        fold, number = self.kernel.fold, self.numbers[node]
        at = int(fold.layout.address[number])
        if at < 0:
            return fold.columns.data[number]
        return rows[at] if fold.columns.per_row[number] else self.kernel.values[at]
