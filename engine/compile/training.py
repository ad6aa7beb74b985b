"""Training by a compiled program: the same rows, learning rates and formulas as with Values."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..learning.config import Config
from ..learning.language.arrays import Reader
from ..learning.language.config import GPTConfig
from ..learning.language.training import GPTTraining
from ..learning.loop import Training, TrainingLoop, score
from ..learning.losses import LOSSES, encode, l2
from ..learning.state import Metrics, Row, Score, State
from ..value import Value
from .ir.update import Update
from .native.jit import is_installed
from .program import Program, compile_function


class Compiled(TrainingLoop):
    """A training whose steps are done by a compiled program; `loss_of` still gives a graph."""

    backend = "numpy"
    program: Program
    update: Update

    @property
    def fallback(self) -> str:
        """Which backend took over from the config's, and why, in a sentence; empty where none did."""
        program = self.program
        if program.backend == self.backend:
            return ""
        return f"{program.backend} trains it, not {self.backend}: {program.declined}"

    def rows_of(self, step: int) -> Any:
        """Return the rows of that step's mini-batch as the program takes them."""
        raise NotImplementedError

    def run(self, count: int) -> Metrics:
        """Do `count` training steps in one call."""
        done, steps = Metrics(), range(self.step, self.step + count)
        batches = [self.rows_of(step) for step in steps] if self.config.batch else None
        made = self.program.train(self.update, [self.lr_at(step) for step in steps], batches)
        done.step.extend(steps)
        for column, numbers in (
            (done.loss, made.loss),
            (done.lr, made.lr),
            (done.grad_norm, made.grad_norm),
        ):
            column.extend(numbers.tolist())
        self.step += count
        return done

    def loss_of(self, step: int) -> Value:
        """Return the loss of that step's mini-batch at the parameters of now, as a graph."""
        self.program.write_back()
        for p in self.parameters:
            p.grad = 0.0
        return super().loss_of(step)

    def state(self) -> State:
        """Return a copy of where training stands."""
        return State(self.step, array("d", self.program.parameters.tolist()), self.update.state())

    def restore(self, state: State) -> None:
        """Go back, or forward, to what `state()` gave."""
        super().restore(state)
        self.program.parameters[:] = state.parameters
        self.update.restore(state.optimizer)

    def gradients(self) -> Sequence[float]:
        """Return the gradient of every parameter in the last training step, 0 before the first."""
        return list(self.program.gradients.tolist())


class CompiledTraining(Compiled, Training):
    """The training of a network on rows."""

    def __init__(self, config: Config, rows: Sequence[Row]) -> None:
        super().__init__(config, rows)
        self._numbers = np.array([(*x, *encode(config.loss, y, config.classes)) for x, y in rows], float)
        penalty = (lambda: l2(self.parameters, config.l2)) if config.l2 else None
        self.program = compile_function(
            self._loss_of_slots, self.parameters, self._numbers, penalty, self.backend
        )
        self.update = Update.of(self.optimizer, len(self.parameters))

    def _loss_of_slots(self, row: Sequence[Value]) -> Value:
        count = len(self.config.inputs)
        outputs = self.model(row[:count])
        loss: Value = LOSSES[self.config.loss](
            outputs if isinstance(outputs, list) else [outputs], row[count:]
        )
        return loss

    def rows_of(self, step: int) -> Any:
        """Return the rows of that step's mini-batch as the program takes them."""
        return self._numbers[list(self.batch_of(step))]

    def score(self, rows: Sequence[Row]) -> Score:
        """Return the mean loss, without the L2 term, and the accuracy on `rows`."""
        return score(self.config, self.program.parameters.tolist(), rows)


class CompiledDocuments(Compiled, GPTTraining):
    """The training of a GPT on documents.

    Each length is traced with the first document that has it, at the parameters training began with:
    so a run that goes on later has the same programs, and the same losses to the bit.
    """

    def __init__(self, config: GPTConfig, rows: Sequence[Row]) -> None:
        super().__init__(config, rows)
        documents = [x for x, _ in rows]
        self.program = compile_function(
            self.model.loss, self.parameters, documents[:1], None, self.backend, documents
        )
        if not config.batch:
            self.program.set_rows(documents)
        self.update = Update.of(self.optimizer, len(self.parameters))

    def rows_of(self, step: int) -> Any:
        """Return the documents of that step."""
        return [self.rows[row][0] for row in self.batch_of(step)]

    def score(self, rows: Sequence[Row]) -> Score:
        """Return the mean loss of these documents, in nats a token."""
        return Score(Reader(self.config, self.program.parameters.tolist()).loss(rows), None)


class NumpyTraining(CompiledTraining):
    """Training by folded numpy statements."""


class NativeTraining(CompiledTraining):
    """Training by native code; what has none is done by numpy."""

    backend = "native"

    def __init__(self, config: Config, rows: Sequence[Row]) -> None:
        _require_llvmlite()
        super().__init__(config, rows)


class NativeDocuments(CompiledDocuments):
    """The training of a GPT by native code."""

    backend = "native"

    def __init__(self, config: GPTConfig, rows: Sequence[Row]) -> None:
        _require_llvmlite()
        super().__init__(config, rows)


def _require_llvmlite() -> None:
    if not is_installed():
        raise ImportError("llvmlite is missing", name="llvmlite (`pip install 'micrograd-tui[native]'`)")


def best() -> str:
    """Return the fastest backend this machine has."""
    return "native" if is_installed() else "numpy"
