"""The trainer: a process of its own that reads one run's store, trains, and writes what it did.

`python -m micrograd_tui.engine.runs.trainer.trainer STORE [steps=N] [lr=X] [start=STEP] [ease=1]`. It
ends when the steps are done, when it is ordered or signalled to stop, or when the loss is no number any
more. Whatever else ends it costs the work of the last fifth of a second, which `resume` does again.
"""

import math
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from ...learning.loop import TrainingLoop, Trains
from ...learning.state import Change, Metrics, State
from ..store.lock import Lock
from ..store.orders import DONE, Order
from ..store.schema import BadRun
from ..store.store import Store
from ..store.writer import Writer
from .backends import make_training, training_of_values
from .control import Control
from .fingerprint import differences, fingerprint
from .first_nonfinite import first_nonfinite
from .monitor import Monitor
from .orders import carry_out
from .replay import state_at
from .rollback import NOT_FINITE, check_rollback, rollback_advice

CHUNK_SECONDS = 0.05
COMMIT_SECONDS = 0.14
CHECKPOINT_SECONDS = 0.2
"""Training time after which a commit's checkpoint is kept for good: with the time to the next commit,
and on a busy machine too, any step is replayed within half a second."""
IDLE_SECONDS = 0.02


class Trainer:
    """The loop of a run: chunks of training steps, between them orders, checks and commits."""

    def __init__(self, store: Store, writer: Writer, training: Trains) -> None:
        self.store = store
        self.writer = writer
        self.training = training
        self.monitor = Monitor(store, writer, training)
        self.control = Control()
        self._loss = store.status().loss
        self._step_seconds = self._since_checkpoint = self._committed = 0.0
        self._passing: int | None = None
        """The step of a checkpoint that the next one replaces."""
        self._kept = training.step

    @property
    def steps(self) -> int:
        """How many training steps the run is to have."""
        made = [change.value for change in self.training.changes if change.name == "steps"]
        return int(made[-1]) if made else self.training.config.steps

    def run(self) -> None:
        """Train until the steps are done or it is to stop."""
        while not self.control.stopping and self.training.step < self.steps:
            self._take_orders()
            self.monitor.check()
            if self.control.idle:
                time.sleep(IDLE_SECONDS)
            elif not self.control.stopping:
                if count := self._chunk():
                    self._train(count)
                else:
                    time.sleep(IDLE_SECONDS)
                self._commit_if_due()
        self._end()

    def commit(self, state: str = "", message: str = "") -> None:
        """Write what has gathered, how the run stands, and the state to go on from after a kill."""
        self.checkpoint(for_good=self._since_checkpoint >= CHECKPOINT_SECONDS)
        state = state or ("paused" if self.control.idle else "running")
        self.writer.commit(state, self.training.step, self.steps, self._loss, message)
        self._committed = time.monotonic()

    def checkpoint(self, for_good: bool = True) -> None:
        """Keep the state of now with the next commit, for good or until the next one."""
        step = self.training.step
        passing = None if for_good or step == self._kept else step
        self.writer.checkpoint(self.training.state(), self._passing)
        self._passing = passing
        if for_good:
            self._kept, self._since_checkpoint = step, 0.0

    def change(self, name: str, value: float) -> None:
        """Change a value of the config from the next step on, where every replay will see it."""
        change = Change(self.training.step, name, value)
        self.training.changes.append(change)
        self.writer.pending.changes.append(change)

    def roll_back(self, step: int) -> None:
        """Go on from before an earlier training step; what was done from there on is given up."""
        steps, gone = self.steps, self.training.step
        check_rollback(self.store, step)
        self.training.restore(state_at(self.store, step))
        self.training.changes[:] = [change for change in self.training.changes if change.step < step]
        self.writer.roll_back(step)
        before = self.store.metrics(step - 1, step).loss
        self._loss = before[0] if before else None
        self.checkpoint()
        self.writer.event(step, "order", f"back from step {gone} to {step}")
        if self.steps != steps:
            self.change("steps", steps)

    def _take_orders(self) -> None:
        orders = self.writer.new_orders()
        for order in orders:
            self.writer.answer(order, self._obey(order))
        if orders:
            self.commit()

    def _obey(self, order: Order) -> str:
        """Carry out an order, write the event of it, and return the answer."""
        step = self.training.step
        done = carry_out(order, self.control, step)
        if not done:
            return f"no order is called {order.kind}"
        if self.control.lr is not None:
            self.change("lr", self.control.lr)
            self.control.lr = None
        if self.control.checkpoint:
            self.checkpoint()
            self.control.checkpoint = False
        self.writer.event(step, "order", f"{done} (by {order.watcher})")
        return DONE

    def _chunk(self) -> int:
        """Return how many training steps to do before the next look at anything else; 0 to wait."""
        throttle = self.control.throttle
        if throttle.rate and not self.control.allowed:
            return min(throttle.due(self.training.step), self._most())
        return self._most() if self.control.allowed else throttle.eased(self.training.step, self._most())

    def _most(self) -> int:
        fitting = int(CHUNK_SECONDS / self._step_seconds) if self._step_seconds else 1
        most = self.steps - self.training.step
        return max(1, min(fitting, most, self.control.allowed or most, self.monitor.steps_to_next()))

    def _train(self, count: int) -> None:
        before, begun = self.training.state(), time.time()
        metrics = self.training.run(count)
        ended = time.time()
        bad = metrics.first_nonfinite()
        if bad is not None:
            metrics = metrics.first(bad + 1)
        self.writer.metrics(metrics, begun, ended)
        self._note(metrics, ended - begun)
        if bad is not None:
            self._stop_at_nonfinite(before, bad, metrics)

    def _note(self, metrics: Metrics, seconds: float) -> None:
        self._loss = metrics.loss[-1]
        self.monitor.note(metrics)
        self.control.allowed = max(0, self.control.allowed - len(metrics))
        each = seconds / len(metrics)
        self._step_seconds = 0.7 * self._step_seconds + 0.3 * each if self._step_seconds else each
        self._since_checkpoint += seconds

    def _commit_if_due(self) -> None:
        if self.control.idle or time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def _stop_at_nonfinite(self, before: State, bad: int, metrics: Metrics) -> None:
        """Go back to the last finite state, find the node where the first bad number came up, stop."""
        self.training.restore(before)
        self.training.run(bad)
        step = self.training.step
        what = "gradient" if math.isfinite(metrics.loss[-1]) else "loss"
        values = training_of_values(self.training.config, self.store.rows)
        values.changes[:] = self.training.changes
        values.restore(self.training.state())
        refusal = values.refusal(step)
        found = None if refusal else first_nonfinite(values, step)
        where = found.sentence if found else refusal or self._only_compiled()
        self.control.stopping = f"the {what} of training step {step} {NOT_FINITE}: {where}"
        self.writer.event(step, "nonfinite", self.control.stopping, found.place if found else "")

    def _only_compiled(self) -> str:
        """Say what to do where Values stay finite: sums are added up in another order there."""
        backend = self.training.config.backend
        return f"{backend} overflows; in Values, with --backend python, it stays finite"

    def _end(self) -> None:
        step, why = self.training.step, self.control.stopping
        self.checkpoint()
        self.monitor.check(last=True)
        self.writer.expire_orders()
        if not why:
            self.writer.event(step, "finish", f"all {step:,} steps are done")
        elif NOT_FINITE not in why:
            self.writer.event(step, "stop", why)
        else:
            self.commit()  # the best of the last steps too
            self.writer.event(step, "stop", rollback_advice(self.store))
        self.commit("stopped" if why else "finished", why)


def prepare(
    store: Store,
    writer: Writer,
    steps: float | None = None,
    lr: float | None = None,
    start: float | None = None,
    ease: float = 0,
) -> Trainer:
    """Return the trainer where the run was left, or at its beginning, and write so to the store."""
    try:
        training = make_training(store.training_config, store.rows)
    except ValueError as error:
        raise BadRun(str(error)) from None
    if refusal := _refusal(training):
        raise BadRun(refusal)
    now = fingerprint(training.config.backend)
    checkpoint = store.checkpoint_at_or_before(2**62)
    training.changes += store.changes()
    if checkpoint:
        training.restore(checkpoint)
    trainer = Trainer(store, writer, training)
    if start is not None:
        trainer.roll_back(int(start))
    step = training.step
    if not checkpoint:
        writer.fact("fingerprint", now)
        trainer.checkpoint()
    for difference in differences(store.facts.get("fingerprint", now), now):
        writer.event(step, "difference", difference)
    for name, value in (("steps", steps), ("lr", lr)):
        if value is not None:
            trainer.change(name, value)
    writer.expire_orders()
    slowly = ", slowly at first" if ease else ""
    writer.event(step, "start", f"training from step {step:,} to {trainer.steps:,}{slowly}")
    if ease:
        trainer.control.throttle.ease()
    if training.fallback:
        writer.event(step, "backend", training.fallback)
    trainer.commit()
    return trainer


def _refusal(training: Trains) -> str:
    """Why this cannot be trained with Values: the graph of a step is too large."""
    if isinstance(training, TrainingLoop) and training.config.backend == "python":
        return training.refusal(training.step)
    return ""


def train(path: Path, **anew: float) -> None:
    """Train the run in this file to its end; raise BadRun if that cannot be.

    `anew`: `steps` there are to be in all, the `lr` from now on, the step `start` to go back to, and
    whether to `ease` into it, for somebody who watches.
    """
    lock = Lock(path)
    if not lock.acquire(patience=2.0):
        raise BadRun(f"{path.stem} is being trained already")
    store = Store.open(path)
    writer = Writer(path, store.facts["keep"])
    try:
        trainer = prepare(store, writer, **anew)
        _handle_signals(trainer)
        try:
            trainer.run()
        except BadRun:
            raise
        except Exception as error:
            writer.event(trainer.training.step, "error", repr(error))
            trainer.commit("died", f"{type(error).__name__}: {error}")
            raise
    finally:
        writer.close()


def _handle_signals(trainer: Trainer) -> None:
    def stop(number: int, frame: object) -> None:
        trainer.control.stopping = f"stopped by {signal.Signals(number).name}"

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def main(arguments: Sequence[str]) -> int:
    """Run the trainer; what goes wrong is the last line it prints."""
    try:
        given = (argument.split("=") for argument in arguments[1:])
        train(Path(arguments[0]), **{name: float(value) for name, value in given})
    except BadRun as error:
        print(error, file=sys.stderr)
        return 1
    except Exception as error:
        traceback.print_exc()
        print(f"the trainer failed: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
