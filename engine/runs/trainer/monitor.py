"""The monitor of a training run: accuracy, the validation rows and the network's health, now and then.

A check is due every `check_every` training steps, and never takes more than a tenth of the time. It
changes nothing of the training, so the loss does not depend on when it was.
"""

import math
import time
from collections import deque
from collections.abc import Sequence
from statistics import pvariance

from ...learning.config import Config
from ...learning.health import Finding, health
from ...learning.language.config import GPTConfig
from ...learning.language.health import gpt_health
from ...learning.loop import Trains
from ...learning.state import Metrics, Row
from ...learning.updates import update_ratios
from ..store.store import Store
from ..store.writer import Writer

SHARE = 0.1
MOST_ROWS = 1500
"""Rows a score is of, evenly spaced over all: with more, a check would hold up the training."""
FAR = 2**62
LOSSES = range(200, 5000)
"""How many of the latest losses a plateau is found in: a twentieth of the run, but not less or more."""


class Monitor:
    """When the next check is due, and what it writes: scores, and findings as events."""

    def __init__(self, store: Store, writer: Writer, training: Trains) -> None:
        self.store = store
        self.writer = writer
        self.training = training
        self.every = max(1, training.config.check_every)
        self._not_before = 0.0
        self._checked_at = -1
        many = min(max(training.config.steps // 20, LOSSES.start), LOSSES.stop)
        self._losses: deque[float] = deque(maxlen=many)
        self._lr = training.config.lr
        first = store.metrics(0, 1).loss
        self._first_loss = first[0] if first else None
        self._accuracy: float | None = None
        self._unit = float(store.facts.get("target_scale", 1.0))
        self._variances: dict[str, float] = {}
        """The variance of the target in the rows of each part, which a score is of."""
        self._found: set[Finding] = set()
        self._reported: set[Finding] = set()

    def note(self, metrics: Metrics) -> None:
        """Remember the latest losses, and the first."""
        self._losses.extend(metrics.loss)
        if len(metrics):
            self._lr = metrics.lr[-1]
            self._first_loss = metrics.loss[0] if self._first_loss is None else self._first_loss

    def steps_to_next(self) -> int:
        """Return after how many training steps a check is due."""
        if time.monotonic() < self._not_before:
            return FAR
        return self.every - self.training.step % self.every

    def check(self, last: bool = False) -> None:
        """Check, if it is due, or at the end if the last check was elsewhere."""
        step, now = self.training.step, time.monotonic()
        due = last or (step % self.every == 0 and now >= self._not_before)
        if not due or step == self._checked_at:
            return
        self._score()
        self._find()
        self._checked_at = step
        self._not_before = time.monotonic() + (time.monotonic() - now) / SHARE

    def _score(self) -> None:
        scores, step = self.writer.pending.scores, self.training.step
        config = self.training.config
        # Of the rows trained on the loss is known already; a GPT has nothing else to be scored by.
        own = self.store.rows if isinstance(config, Config) else ()
        for part, rows in (("", own), ("validation_", self.store.validation)):
            if rows:
                rows = rows[:: -(-len(rows) // MOST_ROWS)]
                score = self.training.score(rows)
                scores += [(f"{part}loss", step, score.loss)] if part else []
                self._accuracy = self._accuracy if part else score.accuracy
                scores += [] if score.accuracy is None else [(f"{part}accuracy", step, score.accuracy)]
                if isinstance(config, Config) and not config.classes:
                    scores += [(part + name, step, x) for name, x in self._fit(part, rows, score.loss)]

    def _fit(self, part: str, rows: Sequence[Row], loss: float) -> list[tuple[str, float]]:
        """Return a regression's error in its target's units, and the part of the variance explained."""
        rmse = math.sqrt(loss) * self._unit if loss >= 0 else math.nan
        if part not in self._variances:
            self._variances[part] = pvariance(y for _, y in rows)
        variance = self._variances[part]
        return [("rmse", rmse), *([("r2", 1 - loss / variance)] if variance else [])]

    def _find(self) -> None:
        """Report what is newly wrong, and what no longer is: debounced, so seen by two checks running."""
        training, before = self.training, self._found
        losses, state, gradients = list(self._losses), training.state(), training.gradients()
        ratios = update_ratios(training.config, state, gradients, self._lr)
        seen = state.parameters, gradients, self.store.rows, losses, ratios, self._first_loss
        if isinstance(training.config, Config):
            self._found = set(health(training.config, *seen, self._accuracy))
        elif isinstance(training.config, GPTConfig):
            self._found = set(gpt_health(training.config, *seen))
        for finding in _sorted(self._found & before - self._reported):
            self._reported.add(finding)
            kind = "converged" if finding.good else "health"
            self.writer.event(training.step, kind, finding.text, finding.place)
        for finding in _sorted(self._reported - self._found - before):
            self._reported.discard(finding)
            if not any(other.over == finding.over for other in self._found):  # it still stands, and well
                self.writer.event(training.step, "recovered", finding.over, finding.place)


def _sorted(findings: set[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.kind, one.place))
