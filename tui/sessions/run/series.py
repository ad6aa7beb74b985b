"""Every number a run has logged, by name, read from its store as it grows."""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import math
from array import array
from collections.abc import Sequence

from ....engine.runs.store.loss_names import loss_first, training_loss
from ....engine.runs.store.store import METRICS, Store
from ...charts.series import Series, Window
from .quantities import Quantity, quantities, split
from .stored import Stored

CHUNK = 1000
"""Training steps read at once, in about 2 ms: a key is not kept waiting by a long run."""
OPENING = 50_000
"""Those read before the first picture, in 70 ms: most runs never say that they are being read."""


class RunSeries:
    """The series of one run: loss, lr, grad_norm, and the scores. `first` steps are read at once."""

    def __init__(self, store: Store, chunk: int = CHUNK, first: int = 0) -> None:
        self.store = store
        self.stored = Stored()
        """What the store said of the last numbers when they had not been reached yet."""
        self._chunk = chunk
        self._first = max(first, chunk)
        self.by_name: dict[str, Series] = {name: Series() for name in METRICS}
        self.behind = True
        """Whether there is more to read than one look takes."""
        self.live = False
        """Whether a trainer held the run when it was looked at last."""
        self.broke_at: int | None = None
        """Of a script's run: the step at which a loss was logged that is no finite number, if one was."""
        self.fraction = 1.0
        """How much of the history has been read."""
        self._next = self._changes_seen = 0
        self._old_read = False
        self._filled: tuple[str, ...] = ()
        self._validations: dict[str, list[str]] = {}
        self._names_known = 0
        self._quantities: list[Quantity] = []

    def read(self, done: int) -> bool:
        """Read what is new, given how many training steps are done; say whether anything was."""
        before, cut = self._sizes(), self._cut_rewritten()
        if not self._old_read:
            self._read_thinned()
        if self.store.by_name:
            self._read_by_name(done)
        else:
            self._read_metrics(done)
            for name in self.store.score_names:
                self._read_scores(name, -1)
        if self.behind:
            self.stored = Stored.newest(self.store)
        return cut or self._sizes() != before

    def _cut_rewritten(self) -> bool:
        """Forget what is of a step that was written anew since the last look, and later."""
        if not self.store.by_name:
            return False
        self._changes_seen, first = self.store.rewritten(self._changes_seen)
        if first is not None:
            self.by_name = {name: series.before(first) for name, series in self.by_name.items()}
        return first is not None

    def _read_thinned(self) -> None:
        self._old_read = True
        if end := self.store.thinned_before:
            for name in self.store.thinned_names:
                series = self.by_name.setdefault(name, Series())
                for b in self.store.curve(name, 0, end, 4000):
                    series.add(b.step, b.mean, b.min, b.max)
            self._next = end

    def _read_by_name(self, done: int) -> None:
        """Read so much of every name that a look takes as long for many as for one."""
        names = self.store.score_names
        most = max(self._chunk // 10, max(self._first, 4 * self._chunk) // max(1, len(names)))
        self._first = 0
        left = [self.by_name[name].last_step for name in names if self._read_scores(name, most) == most]
        self.behind = bool(left)
        self.fraction = min(1.0, min(left) / done) if left and done else 1.0

    def _read_scores(self, name: str, most: int) -> int:
        series = self.by_name.setdefault(name, Series())
        found = self.store.scores(name, series.last_step + 1, most=most)
        for step, value in found:
            series.add(step, value)
        return len(found)

    def _read_metrics(self, done: int) -> None:
        end, self._first = self._next + max(self._first, self._chunk), 0
        found = self.store.metrics(self._next, end)
        for name in METRICS:
            self.by_name[name].extend(*self._logged(name, found.step, getattr(found, name)))
        self.fraction = min(1.0, end / done) if done else 1.0
        if end < done:
            self._next, self.behind = end, True
        else:
            self._next, self.behind = (found.step[-1] + 1 if found.step else self._next), False

    def _logged(
        self, name: str, steps: array[int], values: array[float]
    ) -> tuple[array[int], array[float]]:
        """Leave out what a script has not logged: to the store that is the same as a number that is nan.

        A trainer logs all three. A script's loss can be nan only from the step on at which one was noted.
        """
        if self.store.has_model or not any(x != x for x in values):
            return steps, values
        since = self.broke_at if self.broke_at is not None and name == "loss" else None
        pairs = zip(steps, values, strict=True)
        kept = [(i, x) for i, x in pairs if x == x or (since is not None and i >= since)]
        return array("q", [i for i, _ in kept]), array("d", [x for _, x in kept])

    def _sizes(self) -> list[tuple[int, int]]:
        return [(len(series), len(series.broken)) for series in self.by_name.values()]

    # What there is to show

    @property
    def reading(self) -> str:
        """How much of the history has been read, where it is not all of it."""
        return f"reading {self.fraction:.0%}" if self.behind else ""

    def value_at(self, step: int, name: str) -> tuple[float | None, int | None]:
        """A number at a step, or the nearest before it, and the step it is of.

        While the history is being read, the last one is known from the store; others are not known yet.
        """
        if name not in self.by_name:
            return None, None
        if step >= self._read_before(name):
            last, value = self.stored.last.get(name, (-1, None))
            return (value, last) if step >= last >= 0 else (None, None)
        return self.by_name[name].at(step), self.by_name[name].step_at(step)

    def mean_at(self, window: Window, step: int, name: str) -> tuple[float, int] | None:
        """The mean that a plot shows at a step, and of how many values; None until all are read."""
        end = window.start(window.bucket(step) + 1)
        if name not in self.by_name or end > self._read_before(name):
            return None
        return self.by_name[name].mean_at(window, step)

    def has_all(self, name: str) -> bool:
        """Whether all that is stored of a number has been read."""
        return self._read_before(name) == math.inf

    def _read_before(self, name: str) -> float:
        """The step before which all of a number has been read."""
        if not self.behind:
            return math.inf
        if not self.store.by_name:
            return self._next if name in METRICS else math.inf
        last, own = self.stored.last.get(name, (-1, math.nan))[0], self.by_name[name].last_step
        return math.inf if own >= last else own + 1

    @property
    def quantities(self) -> list[Quantity]:
        """What can be plotted, a loss first; the validation's numbers stand with the training's."""
        filled = tuple(name for name, series in self.by_name.items() if len(series))
        if filled != self._filled:
            self._filled, self._quantities = filled, _sorted_out(filled)
        return self._quantities

    def validations(self, quantity: str) -> list[Series]:
        """The series of a quantity's validation, under whatever names it was logged."""
        if self._names_known != len(self.by_name):  # names only come
            self._names_known, self._validations = len(self.by_name), {}
            for name in self.by_name:
                of, part = split(name)
                if part == "validation":
                    self._validations.setdefault(of, []).append(name)
        return [self.by_name[name] for name in self._validations.get(quantity, ())]

    @property
    def names(self) -> list[str]:
        """The names that stand for what can be plotted."""
        return [quantity.lead for quantity in self.quantities]

    @property
    def last_step(self) -> int:
        """The last training step anything is known of; -1 before the first."""
        return max((series.last_step for series in self.by_name.values()), default=-1)


def _sorted_out(filled: Sequence[str]) -> list[Quantity]:
    order = [name for name in sorted(filled) if name not in METRICS]
    named = [name for name in ("loss", *order, "grad_norm", "lr") if name in filled]
    lead = training_loss(named)
    found = quantities(loss_first(named))
    return sorted(found, key=lambda each: not any(name == lead for name, _ in each.members))
