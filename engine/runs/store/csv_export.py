"""A run as CSV: every training step that is kept, in full precision."""

from collections.abc import Iterator

from .store import METRICS, Store


def csv_lines(store: Store) -> Iterator[str]:
    """Yield a header and a line a training step; of thinned steps a line a bucket.

    Where steps were thinned there are more columns: `steps` that the line stands for, and the smallest
    and the largest loss. Its loss is their mean.
    """
    with store.reading():
        names = store.score_names
        scores = {name: dict(store.scores(name)) for name in names}
        thinned = store.thinned_before > 0
        extra = ["steps", "loss_min", "loss_max"] if thinned else []
        yield ",".join(_quoted(name) for name in ("step", *METRICS, "time", *extra, *names))
        if thinned:
            yield from _thinned(store, len(names))
        metrics = store.metrics()
        columns = zip(
            metrics.step, metrics.loss, metrics.lr, metrics.grad_norm, metrics.time, strict=True
        )
        for step, *numbers in columns:
            more = ["1", repr(numbers[0]), repr(numbers[0])] if thinned else []
            own = [_number(scores[name].get(step)) for name in names]
            yield ",".join((str(step), *map(repr, numbers), *more, *own))


def _thinned(store: Store, names: int) -> Iterator[str]:
    parts = [store.thinned(name) for name in METRICS]
    for loss, lr, norm in zip(*parts, strict=True):
        cells = (loss.mean, lr.mean, norm.mean)
        more = (str(loss.steps), repr(loss.min), repr(loss.max))
        yield ",".join((str(loss.step), *map(repr, cells), "", *more, *[""] * names))


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"\r\n') else name
