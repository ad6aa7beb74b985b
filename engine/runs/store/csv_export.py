"""A run as CSV: every training step that is kept, in full precision."""

import csv
from collections.abc import Iterator, Sequence

from .store import METRICS, Store

Cells = Sequence[object]


def csv_lines(store: Store) -> Iterator[str]:
    """Yield a header and a line a training step; of thinned steps a line a bucket.

    Where steps were thinned there are more columns: `steps` that the line stands for, and the smallest
    and the largest loss. Its loss is their mean.
    """
    write = csv.writer(_Echo()).writerow
    for cells in _rows(store):
        yield str(write(cells)).removesuffix("\r\n")


class _Echo:
    """A file that gives back what is written to it: the line, which `writerow` returns."""

    def write(self, line: str) -> str:
        return line


def _rows(store: Store) -> Iterator[Cells]:
    with store.reading():
        names = store.score_names
        scores = {name: dict(store.scores(name)) for name in names}
        thinned = store.thinned_before > 0
        yield ("step", *METRICS, "time", *(("steps", "loss_min", "loss_max") if thinned else ()), *names)
        if thinned:
            yield from _thinned(store, len(names))
        kept = store.metrics()
        for step, loss, *others in zip(
            kept.step, kept.loss, kept.lr, kept.grad_norm, kept.time, strict=True
        ):
            more = (1, loss, loss) if thinned else ()
            yield (step, loss, *others, *more, *(scores[name].get(step) for name in names))


def _thinned(store: Store, scores: int) -> Iterator[Cells]:
    parts = [store.thinned(name) for name in METRICS]
    for loss, lr, norm in zip(*parts, strict=True):
        means = (loss.mean, lr.mean, norm.mean)
        yield (loss.step, *means, None, loss.steps, loss.min, loss.max, *[None] * scores)
