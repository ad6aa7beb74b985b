"""A run as lines of JSON, one a training step, for another program to read."""

import json
import math
import sys

from ....engine.runs.store.store import RunStatus, Store


class JsonLines:
    """Prints a line of JSON for every training step, once."""

    def __init__(self, first: int) -> None:
        self.next = first

    def __call__(self, store: Store, status: RunStatus) -> None:
        """Print what is new."""
        with store.reading():
            m = store.metrics(self.next)
            end = m.step[-1] + 1 if len(m) else self.next
            scores = {name: dict(store.scores(name, self.next, end)) for name in store.score_names}
        for step, loss, lr, norm, when in zip(m.step, m.loss, m.lr, m.grad_norm, m.time, strict=True):
            numbers = {"loss": loss, "lr": lr, "grad_norm": norm, "time": when}
            numbers |= {name: found[step] for name, found in scores.items() if step in found}
            print(json.dumps({"step": step} | {k: finite(v) for k, v in numbers.items()}))
        self.next = end
        sys.stdout.flush()


def finite(x: float | None) -> float | None:
    """Return what JSON has a word for: no nan and no infinity."""
    return x if x is not None and math.isfinite(x) else None
