"""Training, written with Values: a configuration, the loop of four phases, and its exact state.

The same seed gives the same numbers to the bit, however the loop is cut into pieces: the order of
epoch e derives from the seed and e alone, and everything else a step depends on is in `State` and in
the changes made on the way.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any, Protocol

from ..backward import backward
from ..origin import scope
from ..value import Value
from .config import BACKENDS, Config
from .losses import LOSSES, encode, l2, predicted_class
from .nn import MLP
from .optim import OPTIMIZERS, SCHEDULES, Adam, Optimizer
from .predict import predict

__all__ = [
    "Change",
    "Columns",
    "Config",
    "Row",
    "Schedule",
    "Score",
    "State",
    "Training",
    "Trains",
    "best_backend",
    "make_training",
    "score",
]

Row = tuple[Sequence[float], float]


@dataclass(frozen=True)
class Change:
    """From training step `step` on, `name` ("lr" or "steps") has another value than the config's."""

    step: int
    name: str
    value: float


@dataclass(frozen=True, eq=False)
class State:
    """Where training stands: before training step `step`, with these parameters."""

    step: int
    parameters: array[float]
    optimizer: list[list[float]]


@dataclass(eq=False)
class Columns:
    """What training steps brought, one entry a step. The loss is that before the step's update."""

    step: array[int] = field(default_factory=lambda: array("q"))
    loss: array[float] = field(default_factory=lambda: array("d"))
    lr: array[float] = field(default_factory=lambda: array("d"))
    grad_norm: array[float] = field(default_factory=lambda: array("d"))

    def __len__(self) -> int:
        return len(self.step)

    def append(self, step: int, loss: float, lr: float, grad_norm: float) -> None:
        """Add a training step."""
        self.step.append(step)
        self.loss.append(loss)
        self.lr.append(lr)
        self.grad_norm.append(grad_norm)

    def first(self, count: int) -> Columns:
        """Return the first `count` training steps."""
        return Columns(self.step[:count], self.loss[:count], self.lr[:count], self.grad_norm[:count])

    def first_bad(self) -> int | None:
        """Return the index of the first step whose loss or gradient is not finite."""
        for i, pair in enumerate(zip(self.loss, self.grad_norm, strict=True)):
            if not all(map(math.isfinite, pair)):
                return i
        return None


@dataclass(frozen=True)
class Score:
    """How well the network does on some rows. No accuracy where the target is a number."""

    loss: float
    accuracy: float | None


class Trains(Protocol):
    """What the trainer process asks of a backend; `Training` is the one written with Values."""

    config: Config
    step: int
    changes: list[Change]

    @property
    def told(self) -> str:
        """What there is to tell of how it trains, in a sentence; mostly nothing."""

    def run(self, count: int) -> Columns:
        """Do `count` training steps."""

    def state(self) -> State:
        """Return a copy of where training stands."""

    def restore(self, state: State) -> None:
        """Go back, or forward, to what `state()` gave."""

    def set_lr(self, lr: float) -> None:
        """Train with this learning rate from the next step on."""

    def score(self, rows: Sequence[Row]) -> Score:
        """Return the mean loss, without the L2 term, and the accuracy on `rows`."""

    def gradients(self) -> Sequence[float]:
        """Return the gradient of every parameter in the last training step, 0 before the first."""


class Schedule:
    """Which rows and which learning rate a training step uses: the same for every backend."""

    def __init__(self, config: Config, rows: Sequence[Row]) -> None:
        self.config = config
        self.rows = rows
        self.changes: list[Change] = []
        self._order = lru_cache(maxsize=4)(self._order_of)

    @property
    def steps_per_epoch(self) -> int:
        """Training steps that see every row once."""
        return -(-len(self.rows) // (self.config.batch or len(self.rows)))

    def batch_of(self, step: int) -> Sequence[int]:
        """Return which rows training step `step` uses, in order."""
        if not self.config.batch:
            return range(len(self.rows))
        epoch, part = divmod(step, self.steps_per_epoch)
        return self._order(epoch)[part * self.config.batch : (part + 1) * self.config.batch]

    def _order_of(self, epoch: int) -> list[int]:
        order = list(range(len(self.rows)))
        random.Random(f"{self.config.seed}/{epoch}").shuffle(order)
        return order

    def lr_at(self, step: int) -> float:
        """Return the learning rate of training step `step`: the base rate times the schedule."""
        steps = int(self.value_at(step, "steps"))
        return self.value_at(step, "lr") * SCHEDULES[self.config.schedule](step, steps)

    def value_at(self, step: int, name: str) -> float:
        """Return a value of the config as it was changed by then."""
        made = [change.value for change in self.changes if change.name == name and change.step <= step]
        return made[-1] if made else float(getattr(self.config, name))


class Training(Schedule):
    """The model, its optimizer and a position `step`: how many training steps are done."""

    def __init__(self, config: Config, rows: Sequence[Row]) -> None:
        super().__init__(config, rows)
        sizes = [*config.hidden, config.outputs]
        rng = random.Random(config.seed)
        self.model = MLP(len(config.inputs), sizes, activation=config.activation, rng=rng)
        self.parameters = self.model.parameters()
        self.optimizer = _optimizer(config, self.parameters)
        self.step = 0

    @property
    def told(self) -> str:
        """What there is to tell of how it trains, in a sentence: nothing, of plain Values."""
        return ""

    def loss_of(self, step: int) -> Value:
        """Return the loss of that step's mini-batch at the parameters of now, as a graph."""
        losses = [self._sample_loss(i) for i in self.batch_of(step)]
        with scope("mean"):
            total = losses[0]
            for loss in losses[1:]:
                total = total + loss
            total = total * (1.0 / len(losses))
        if self.config.l2:
            with scope("L2"):
                penalty = l2(self.parameters, self.config.l2)
            total = total + penalty
        total.label = "loss"
        return total

    def _sample_loss(self, row: int) -> Value:
        config, (x, y) = self.config, self.rows[row]
        with scope(f"sample[{row}]"):
            inputs = [Value(v, label=name) for v, name in zip(x, config.inputs, strict=True)]
            wanted = encode(config.loss, y, config.classes)
            names = [config.target] if len(wanted) == 1 else config.classes
            targets = [Value(v, label=f"y {name}") for v, name in zip(wanted, names, strict=True)]
            loss: Value = LOSSES[config.loss](_listed(self.model(inputs)), targets)
        return loss

    def run(self, count: int) -> Columns:
        """Do `count` training steps: forward, zero_grad, backward, update."""
        done = Columns()
        for _ in range(count):
            loss = self.loss_of(self.step)
            self.optimizer.zero_grad()
            backward(loss)
            self.optimizer.lr = self.lr_at(self.step)
            norm = math.hypot(*(p.grad for p in self.parameters))
            self.optimizer.step()
            done.append(self.step, loss.data, self.optimizer.lr, norm)
            self.step += 1
        return done

    def state(self) -> State:
        """Return a copy of where training stands."""
        return State(self.step, array("d", [p.data for p in self.parameters]), self.optimizer.state())

    def restore(self, state: State) -> None:
        """Go back, or forward, to what `state()` gave; gradients are 0 then."""
        for p, number in zip(self.parameters, state.parameters, strict=True):
            p.data = number
        self.optimizer.restore(state.optimizer)
        self.optimizer.zero_grad()
        self.step = state.step

    def set_lr(self, lr: float) -> None:
        """Train with this learning rate, times the schedule, from the next step on."""
        self.changes.append(Change(self.step, "lr", lr))

    def score(self, rows: Sequence[Row]) -> Score:
        """Return the mean loss, without the L2 term, and the accuracy on `rows`."""
        return score(self.config, [p.data for p in self.parameters], rows)

    def gradients(self) -> Sequence[float]:
        """Return the gradient of every parameter in the last training step, 0 before the first."""
        return [p.grad for p in self.parameters]


def score(config: Config, parameters: Sequence[float], rows: Sequence[Row]) -> Score:
    """Return the mean loss, without the L2 term, and the accuracy of these parameters on `rows`."""
    total, right = 0.0, 0
    for x, y in rows:
        outputs = predict(config, parameters, x)
        wanted = encode(config.loss, y, config.classes)
        total += LOSSES[config.loss]([Value(out) for out in outputs], list(map(Value, wanted))).data
        right += bool(config.classes) and predicted_class(config.loss, outputs) == y
    return Score(total / len(rows), right / len(rows) if config.classes else None)


def make_training(config: Config, rows: Sequence[Row]) -> Trains:
    """Return the training of the config's backend; raise ValueError where it is not to be had."""
    module, name = BACKENDS[config.backend]
    try:
        made: Trains = getattr(import_module(module, __package__), name)(config, rows)
        return made
    except ImportError as error:
        raise ValueError(f"the {config.backend} backend needs {error.name or error}") from None


def best_backend() -> str:
    """Return the backend that `auto` stands for on this machine."""
    try:
        return str(import_module("..compile.training", __package__).best())
    except ImportError:
        return "python"


def _optimizer(config: Config, parameters: Sequence[Value]) -> Optimizer:
    kind = OPTIMIZERS[config.optimizer]
    if issubclass(kind, Adam):
        return kind(parameters, lr=config.lr, weight_decay=config.weight_decay)
    return kind(parameters, lr=config.lr, momentum=config.momentum, weight_decay=config.weight_decay)


def _listed(outputs: Any) -> list[Value]:
    return outputs if isinstance(outputs, list) else [outputs]
