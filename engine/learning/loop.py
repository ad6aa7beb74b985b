"""The training loop, written with Values: forward, zero_grad, backward, update.

The same seed gives the same numbers to the bit, however the loop is cut into pieces: everything a step
depends on is in its `Schedule`, in `State` and in the changes made on the way.
"""

import math
import random
from array import array
from collections.abc import Sequence
from typing import Any, Protocol

from ..backward import backward
from ..origin import scope
from ..value import Value
from .breaks import EQUAL, backward_overwriting
from .config import Config
from .losses import LOSSES, encode, l2, predicted_class
from .nn import MLP
from .predict import predict
from .schedule import Schedule
from .settings import Settings
from .state import Change, Metrics, Row, Score, State
from .updates import make_optimizer, split_memory


class Trains(Protocol):
    """What every backend that trains can do; `Training` is the one written with Values."""

    step: int
    changes: list[Change]

    @property
    def config(self) -> Settings:
        """What the run is configured with."""

    @property
    def fallback(self) -> str:
        """Which backend took the place of the configured one, and why, in a sentence; mostly empty."""

    def run(self, count: int) -> Metrics:
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


class TrainingLoop(Schedule):
    """Parameters, their optimizer and a position `step`: how many training steps are done.

    What the parameters are of, and its loss, is a subclass's.
    """

    def __init__(self, config: Settings, rows: Sequence[Row], parameters: list[Value]) -> None:
        super().__init__(config, rows)
        self.parameters = parameters
        self.optimizer = make_optimizer(config, parameters)
        self.step = 0

    @property
    def fallback(self) -> str:
        """Which backend took over from the configured one: Values need none."""
        return ""

    def loss_of(self, step: int) -> Value:
        """Return the loss of that step's mini-batch at the parameters of now, as a graph."""
        raise NotImplementedError

    def scopes_of(self, step: int) -> list[str]:
        """Return the scopes of that graph that are one sample each, in order."""
        raise NotImplementedError

    def refusal(self, step: int) -> str:
        """Return why the graph of that step is too large to be made; mostly nothing."""
        return ""

    def batch_text(self, step: int) -> str:
        """Return what that step's mini-batch says, where its rows are documents."""
        return ""

    def score(self, rows: Sequence[Row]) -> Score:
        """Return how well the model does on `rows`."""
        raise NotImplementedError

    def run(self, count: int) -> Metrics:
        """Do `count` training steps: forward, zero_grad, backward, update."""
        done, breaks = Metrics(), self.config.breaks
        differentiate = backward_overwriting if breaks.overwrite else backward
        for _ in range(count):
            loss = self.loss_of(self.step)
            if breaks.zeroes(self.step):
                self.optimizer.zero_grad()
            differentiate(loss)
            self.optimizer.lr = self.lr_at(self.step)
            norm = math.hypot(*(p.grad for p in self.parameters))
            self.optimizer.step()
            done.append(self.step, loss.data, self.optimizer.lr, norm)
            self.step += 1
        return done

    def state(self) -> State:
        """Return a copy of where training stands."""
        kept = [list(self.gradients())] if self.config.breaks.keeps_gradients else []
        numbers = array("d", [p.data for p in self.parameters])
        return State(self.step, numbers, [*self.optimizer.state(), *kept])

    def restore(self, state: State) -> None:
        """Go back, or forward, to what `state()` gave; gradients are 0 then."""
        for p, number in zip(self.parameters, state.parameters, strict=True):
            p.data = number
        memory, kept = split_memory(self.config, state)
        self.optimizer.restore(memory)
        for p, grad in zip(self.parameters, kept, strict=False):
            p.grad = grad
        self.step = state.step

    def set_lr(self, lr: float) -> None:
        """Train with this learning rate, times the schedule, from the next step on."""
        self.changes.append(Change(self.step, "lr", lr))

    def gradients(self) -> Sequence[float]:
        """Return the gradient of every parameter in the last training step, 0 before the first."""
        return [p.grad for p in self.parameters]


class Training(TrainingLoop):
    """The training of a network on rows."""

    config: Config

    def __init__(self, config: Config, rows: Sequence[Row]) -> None:
        inputs, *outputs = config.sizes
        rng = random.Random(config.seed)
        self.model = MLP(inputs, outputs, activation=config.activation, rng=rng)
        if config.breaks.equal_weights:
            for layer in self.model.layers:
                for weight in (w for neuron in layer.neurons for w in neuron.w):
                    weight.data = EQUAL
        super().__init__(config, rows, self.model.parameters())

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

    def scopes_of(self, step: int) -> list[str]:
        """Return the scopes of its samples, in the order of the mini-batch."""
        return [f"sample[{row}]" for row in self.batch_of(step)]

    def score(self, rows: Sequence[Row]) -> Score:
        """Return the mean loss, without the L2 term, and the accuracy on `rows`."""
        return score(self.config, [p.data for p in self.parameters], rows)


def score(config: Config, parameters: Sequence[float], rows: Sequence[Row]) -> Score:
    """Return the mean loss, without the L2 term, and the accuracy of these parameters on `rows`."""
    total, right = 0.0, 0
    for x, y in rows:
        outputs = predict(config, parameters, x)
        wanted = encode(config.loss, y, config.classes)
        total += LOSSES[config.loss]([Value(out) for out in outputs], list(map(Value, wanted))).data
        right += bool(config.classes) and predicted_class(config.loss, outputs) == y
    return Score(total / len(rows), right / len(rows) if config.classes else None)


def _listed(outputs: Any) -> list[Value]:
    return outputs if isinstance(outputs, list) else [outputs]
