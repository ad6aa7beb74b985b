"""Program: a compiled graph that trains. `compile_graph` and `compile_function` make one.

What a program cannot see: a raw read of `.data` while it was traced. `if a.data > 0` is frozen at the
answer it had; write `if a > 0`, which becomes a guard that every pass checks. `verify` compares a program
with a fresh trace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..learning.optim import Optimizer
from ..value import Value
from .fold import build as numpy_fold
from .fold.too_deep import DoesNotFold, refuse_deep
from .ir.beside import Comparison, recorded_comparisons
from .ir.dtypes import Floats
from .ir.guards import broken_sentence, holds
from .ir.job import Job, Kernel
from .ir.trace import (
    CannotCompile,
    Trace,
    collector_off,
    trace_graph,
    trace_penalty,
    trace_sample,
)
from .ir.update import Update
from .python_kernel import ReplayKernel, replay
from .specialise import ByLength, Variants
from .verify import Verified, gradients_of

Slots = Sequence[Any]
"""What a function is traced with: the inputs and targets of one row, as leaf Values or numbers."""


class GuardFailed(RuntimeError):
    """A comparison made while the graph was built has another answer now; the sentence says which."""


@dataclass(frozen=True, eq=False)
class StepMetrics:
    """The metrics of training steps, one entry a step; a step's loss and norm are before its update."""

    loss: Floats
    grad_norm: Floats
    lr: Floats


class Program:
    """A compiled loss: `parameters` is a live array, `gradients` that of the last backward pass."""

    def __init__(
        self,
        job: Job,
        values: Sequence[Value],
        backend: str,
        fresh: Callable[[Slots], Job] | None,
        lengths: bool = False,
        examples: Iterable[Slots] = (),
    ) -> None:
        self.job = job
        self._jobs = {job.sample.slots: job}
        self.parameters: Floats = np.array([value.data for value in values], float)
        self.gradients: Floats = np.zeros(len(values))
        self.backend, self.kernel, self.declined = _kernel(job, backend)
        self._values = values
        self._fresh = fresh
        self._lengths = lengths
        self._examples = {len(row): row for row in reversed(list(examples))}
        self._first = self.parameters.copy()
        self._rows: Any = np.zeros((1, job.sample.slots))
        """An array, or a list of arrays where rows may have any length."""
        self._replayed: tuple[Any, ...] = ()
        if fresh is not None:
            self.kernel = self._guarded(job, self.kernel)
        if lengths:
            self.kernel = ByLength(job, self.kernel, self._of_length)
        else:
            self.kernel.set_rows(self._rows)

    @property
    def trace(self) -> Trace:
        """The graph that was compiled; of `compile_function`, that of one sample."""
        return self.job.sample

    def set_rows(self, rows: Iterable[Slots]) -> None:
        """Train on other rows, any number of them; only a length not seen before is traced."""
        self._rows = _of_lengths(rows) if self._lengths else _numbers(rows, self.job.sample.slots)
        self.kernel.set_rows(self._rows)

    def forward(self) -> float:
        """Return the loss at the parameters of now."""
        return self._checked(self.kernel.forward(self.parameters))

    def backward(self) -> float:
        """Compute `gradients`, and return the loss."""
        return self._checked(self.kernel.gradient(self.parameters, self.gradients))

    def run(
        self,
        steps: int,
        optimizer: Optimizer,
        schedule: Callable[[int, int], float] | None = None,
        start: int = 0,
    ) -> StepMetrics:
        """Do `steps` training steps, the update inside; the optimizer remembers what it does by itself.

        `schedule(step, steps)` is a factor of the learning rate; the first of these is step `start`.
        """
        factors = [schedule(start + i, start + steps) if schedule else 1.0 for i in range(steps)]
        update = Update.of(optimizer, len(self.parameters))
        done = self.train(update, [optimizer.lr * factor for factor in factors])
        optimizer.restore(update.state())
        self.write_back()
        return done

    def train(
        self, update: Update, lrs: Sequence[float], batches: Sequence[Sequence[Slots]] | None = None
    ) -> StepMetrics:
        """Do a training step for every learning rate, each on rows of its own if `batches` are given."""
        done = StepMetrics(np.zeros(len(lrs)), np.zeros(len(lrs)), np.array(lrs, float))
        if batches is not None:
            self._train_on(batches, update, lrs, done)
        elif self._fresh is None and self.job.has_guards:
            for i, lr in enumerate(lrs):  # each step by itself, so that none is built on a failed guard
                done.loss[i] = self.backward()
                done.grad_norm[i] = math.sqrt(self.gradients @ self.gradients)
                update.step(self.parameters, self.gradients, lr)
        else:
            self.kernel.run(self.parameters, self.gradients, update, lrs, done.loss, done.grad_norm)
        return done

    def _train_on(
        self, batches: Sequence[Sequence[Slots]], update: Update, lrs: Sequence[float], done: StepMetrics
    ) -> None:
        """Do a training step for each mini-batch; the rows of the last one stay."""
        if isinstance(self.kernel, ByLength):
            given = [[tuple(row) for row in batch] for batch in batches]
            out = done.loss, done.grad_norm
            self.kernel.run_batches(given, self.parameters, self.gradients, update, lrs, *out)
            if batches:  # none, where a run goes back to a first step that was not finite
                self.set_rows(batches[-1])
            return
        for i, (batch, lr) in enumerate(zip(batches, lrs, strict=True)):
            self.set_rows(batch)
            made = self.train(update, [lr])
            done.loss[i], done.grad_norm[i] = made.loss[0], made.grad_norm[0]

    def value_of(self, node: Value, row: int = 0) -> float:
        """Return the number of a node at the parameters of now, for one of the rows.

        Most nodes have no number of their own in a folded program: it is computed again.
        """
        for trace, numbers in self._replay(row):
            if node in trace:
                return numbers[trace.position(node)]
        raise ValueError("this Value is not in the graph that was compiled")

    def write_back(self) -> None:
        """Give the Values the numbers and gradients of the program's parameters."""
        for value, number, grad in zip(
            self._values, self.parameters.tolist(), self.gradients.tolist(), strict=True
        ):
            value.data, value.grad = number, grad

    def verify(self, build: Callable[[], Value] | None = None) -> Verified:
        """Compare loss and gradients with a fresh trace, which sees what a raw `.data` now says.

        A program of `compile_graph` needs `build`, which returns the loss as a new graph.
        """
        loss = self.backward()
        with self._at_parameters():
            fresh = build() if build else self._fresh_loss()
            expected, size = gradients_of(fresh, self._values)
        errors = np.abs(self.gradients - expected) / (1 + size)
        same = (self.gradients == expected) | (np.isnan(self.gradients) & np.isnan(expected))
        worst = float(np.where(same, 0.0, np.where(np.isnan(errors), math.inf, errors)).max(initial=0.0))
        close = fresh.data == loss or (math.isnan(loss) and math.isnan(fresh.data))
        return Verified(0.0 if close else abs(loss - fresh.data) / (1 + abs(fresh.data)), worst)

    def _fresh_loss(self) -> Value:
        if self._fresh is None:
            raise ValueError("verify() of a compiled graph needs the function that builds it")
        jobs = [self._fresh(row.tolist()) for row in self._rows]
        losses = [job.sample.nodes[job.sample.root] for job in jobs]
        total = losses[0]
        for loss in losses[1:]:
            total = total + loss
        total = total * (1.0 / len(losses))
        penalty = jobs[0].penalty
        return total + penalty.nodes[penalty.root] if penalty else total

    def _replay(self, row: int) -> list[tuple[Trace, list[float]]]:
        key = (row, self.parameters.tobytes(), self._rows[row].tobytes())
        if not self._replayed or self._replayed[0] != key:
            traces = self._jobs[len(self._rows[row])].traces
            numbers = [replay(trace, self.parameters, self._rows[row].tolist()) for trace in traces]
            self._replayed = (key, list(zip(traces, numbers, strict=True)))
        found: list[tuple[Trace, list[float]]] = self._replayed[1]
        return found

    def _retraced(self, row: Slots) -> Kernel:
        return _kernel(self._traced(row), self.backend).kernel

    def _of_length(self, row: Slots) -> tuple[Job, Kernel]:
        """Trace and build what rows of another length need."""
        traced = self._traced(self._examples.get(len(row), row), self._first)
        job = self._jobs[len(row)] = Job(traced.sample.without_nodes(), traced.penalty)
        return job, self._guarded(job, _kernel(job, self.backend).kernel)

    def _traced(self, row: Slots, parameters: Floats | None = None) -> Job:
        assert self._fresh is not None
        with self._at_parameters(parameters):
            return self._fresh(row)

    def _guarded(self, job: Job, kernel: Any) -> Kernel:
        return Variants(kernel, self._retraced) if job.has_guards else kernel

    def _checked(self, loss: float) -> float:
        if self._fresh is None and self.job.has_guards:
            numbers = self._replay(0)[0][1]
            if not holds(self.trace, numbers):
                raise GuardFailed(broken_sentence(self.trace, numbers))
        return loss

    @contextmanager
    def _at_parameters(self, parameters: Floats | None = None) -> Iterator[None]:
        """Give the Values the program's parameters, or others, for a while."""
        before = [value.data for value in self._values]
        given = self.parameters if parameters is None else parameters
        for value, number in zip(self._values, given.tolist(), strict=True):
            value.data = number
        try:
            yield
        finally:
            for value, number in zip(self._values, before, strict=True):
                value.data = number


def compile_graph(
    loss: Value,
    parameters: Iterable[Value],
    backend: str = "auto",
    comparisons: Iterable[Comparison] = (),
) -> Program:
    """Compile a finished graph; leaves that are no parameters become constants.

    A finished graph has no branches left in it. Comparisons made while it was built are checked if
    they were recorded, `with recorded_comparisons() as comparisons:`; then a pass raises GuardFailed
    when one of them has another answer.
    """
    if not isinstance(loss, Value):
        raise TypeError(f"compile_graph takes the loss, one Value, not a {type(loss).__name__}")
    values = list(parameters)
    return Program(Job(trace_graph(loss, values, comparisons)), values, backend, None)


def compile_function(
    sample_loss: Callable[[tuple[Value, ...]], Value],
    parameters: Iterable[Value],
    rows: Iterable[Slots],
    penalty: Callable[[], Value | float] | None = None,
    backend: str = "auto",
    examples: Iterable[Slots] = (),
) -> Program:
    """Compile the mean of `sample_loss(row)` over rows, + `penalty()`; one row is traced.

    A row is a tuple of leaf Values or numbers, targets included. Inputs are never taken for
    constants. Where a comparison of Values has another answer for another row, or later on, the
    function is traced again with that row.

    A number of a row may choose from a table, `select(table, row[0])`: another row chooses another
    entry of the same program. If rows do so, or differ in length, later ones may have any length: the
    first of each is traced, at the parameters of this call, and the trace kept. What is read as a plain
    number meanwhile, `max(z.data for z in logits)`, stays as it was (`largest(logits)` is found anew):
    give `examples`, and a length is traced with the first of them that has it, whichever comes first.
    """
    values = list(parameters)
    given = [tuple(row) for row in rows]
    if not given:
        raise ValueError("compile_function needs a row to trace")

    def traced(row: Slots) -> Job:
        penalties = trace_penalty(penalty, values) if penalty else None
        return Job(trace_sample(sample_loss, values, row), penalties)

    first = traced(given[0])
    lengths = bool(first.sample.tables) or len(set(map(len, given))) > 1
    program = Program(first, values, backend, traced, lengths, examples)
    program.set_rows(given)
    return program


class _Built(NamedTuple):
    backend: str
    kernel: Kernel
    declined: str
    """Why it is not the first backend that was asked for, if so."""


def _kernel(job: Job, backend: str) -> _Built:
    """Build the backend, or the next one that can do the job."""
    if backend not in BACKENDS:
        raise ValueError(f"no backend is called {backend!r}; there are {', '.join(BACKENDS)}")
    declined, folds = "", True
    with collector_off():
        for name in BACKENDS[backend]:
            if name == "numpy" and not folds:
                continue
            try:
                return _Built(name, _BUILD[name](job), declined)
            except (CannotCompile, ImportError) as error:
                declined = declined or str(error)
                folds = not isinstance(error, DoesNotFold)
    raise AssertionError("the last backend takes every job")


def _native(job: Job) -> Kernel:
    refuse_deep(job)
    from .loops import kernel as loops  # here: they need ctypes, which not every Python has
    from .native import kernel as native

    try:
        plan = native.planned(job)
    except CannotCompile:
        return loops.build(job)
    if native.width_of(plan) is None:  # gradients that do not stay near: products may do better
        with suppress(CannotCompile):
            folded = loops.build(job)
            if loops.FEWER * folded.instructions <= plan.instructions():
                return folded
    return native.compiled(plan)


_BUILD: dict[str, Callable[[Job], Kernel]] = {
    "native": _native,
    "numpy": numpy_fold.build,
    "python": ReplayKernel,
}


def _of_lengths(rows: Iterable[Slots]) -> list[Floats]:
    """Return the rows as arrays, each of its own length."""
    found = [np.array([x.data if x.__class__ is Value else x for x in row], float) for row in rows]
    if not found:
        raise ValueError("rows must be at least one")
    return found


def _numbers(rows: Iterable[Slots], slots: int) -> Floats:
    if isinstance(rows, np.ndarray):
        found = np.ascontiguousarray(rows, float)
    else:
        plain = [[x.data if isinstance(x, Value) else float(x) for x in row] for row in rows]
        found = np.array(plain, float).reshape(len(plain), -1 if plain and plain[0] else 0)
    if not len(found) or found.shape[1] != slots:
        raise ValueError(f"rows must be at least one, each of {slots} numbers")
    return found


BACKENDS = {
    "auto": ("native", "numpy", "python"),
    "native": ("native", "numpy", "python"),
    "numpy": ("numpy", "python"),
    "python": ("python",),
}
"""What each backend's name stands for: the first that can do the job."""

__all__ = [
    "CannotCompile",
    "GuardFailed",
    "Program",
    "StepMetrics",
    "Verified",
    "compile_function",
    "compile_graph",
    "recorded_comparisons",
]
