"""Every number a run has logged, by name, read from its store as it grows."""

from ....engine.runs.store.store import METRICS, Store
from ...charts.series import Series

CHUNK = 1000
"""Training steps read at once, in about 2 ms: a key is not kept waiting by a long run."""
VALIDATION = "validation_"


class RunSeries:
    """The series of one run: loss, lr, grad_norm, and the scores."""

    def __init__(self, store: Store, chunk: int = CHUNK) -> None:
        self.store = store
        self._chunk = chunk
        self.by_name: dict[str, Series] = {name: Series() for name in METRICS}
        self.behind = True
        """Whether there is more to read than one look takes."""
        self._next = 0
        self._old_read = False

    def read(self, done: int) -> bool:
        """Read what is new, given how many training steps are done; say whether anything was."""
        before = self._sizes()
        if not self._old_read:
            self._read_thinned()
        self._read_metrics(done)
        for name in self.store.score_names:
            series = self.by_name.setdefault(name, Series())
            for step, value in self.store.scores(name, series.last_step + 1):
                series.add(step, value)
        return self._sizes() != before

    def _read_thinned(self) -> None:
        self._old_read = True
        if end := self.store.thinned_before:
            for name in METRICS:
                for b in self.store.curve(name, 0, end, 4000):
                    self.by_name[name].add(b.step, b.mean, b.min, b.max)
            self._next = end

    def _read_metrics(self, done: int) -> None:
        end = self._next + self._chunk
        found = self.store.metrics(self._next, end)
        for name in METRICS:
            self.by_name[name].extend(found.step, getattr(found, name))
        if end < done:
            self._next, self.behind = end, True
        else:
            self._next, self.behind = (found.step[-1] + 1 if found.step else self._next), False

    def _sizes(self) -> list[tuple[int, int]]:
        return [(len(series), len(series.broken)) for series in self.by_name.values()]

    # What there is to show

    @property
    def names(self) -> list[str]:
        """Names of what can be plotted, the loss first; a validation score stands with its own."""
        filled = [name for name, series in self.by_name.items() if len(series)]
        order = [name for name in filled if name not in METRICS]
        order = [name for name in ("loss", *sorted(order), "grad_norm", "lr") if name in filled]
        return [name for name in order if not self._is_companion(name, filled)]

    @staticmethod
    def _is_companion(name: str, filled: list[str]) -> bool:
        return name.startswith(VALIDATION) and name.removeprefix(VALIDATION) in filled

    @property
    def last_step(self) -> int:
        """The last training step anything is known of; -1 before the first."""
        return max((series.last_step for series in self.by_name.values()), default=-1)
