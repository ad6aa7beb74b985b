"""A run as CSV: every training step that is kept, in full precision."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from .looks import module_numbers
from .store import METRICS, Store

Cells = Sequence[object]
Numbers = Mapping[int, float]
"""The numbers of one name, by step."""


def csv_lines(store: Store) -> Iterator[str]:
    """Yield a header and a line a training step; of thinned steps a line a bucket.

    Every step has a line at which anything was logged: what a trained network is scored by at the end,
    after its last training step, has one, too, without a loss. Where steps were thinned there are more
    columns: `steps` that the line stands for, and the smallest and the largest loss; its numbers are
    means. Where a script has restarted, `life` counts from 1, and `life_step` is the step that it gave
    itself. What was measured of the modules of a script's models stands in columns of their own, as
    `fc1/grad_norm`, at the steps at which they were looked at; their histograms do not.
    """
    write = csv.writer(_Echo()).writerow
    with store.reading():
        for cells in _rows(store):
            yield str(write(cells)).removesuffix("\r\n")


class _Echo:
    """A file that gives back what is written to it: the line, which `writerow` returns."""

    def write(self, line: str) -> str:
        return line


def _rows(store: Store) -> Iterator[Cells]:
    measured = _measured(store)
    names = [name for name in store.score_names if name not in measured]
    scores = [dict(store.scores(name)) for name in names]
    modules = module_numbers(store)
    thinned, lives = store.thinned_names, _Lives(store.restarts)
    spans = ("steps", "loss_min", "loss_max") * bool(thinned)
    names += [name for name in thinned if name not in {*names, *METRICS}]
    head = ("step", *METRICS, "time", *spans, *lives.head)
    called = [_apart(name, head) for name in names]
    yield (*head, *called, *(_apart(name, called) for name in modules))
    times = store.times()
    steps = set(times).union(*measured.values(), *scores)
    if thinned:
        yield from _thinned(store, names, lives, modules, min(steps, default=2**62))
    steps.update(step for own in modules.values() for step in own if not thinned or step >= min(steps))
    for step in sorted(steps):
        loss = measured["loss"].get(step)
        own = [numbers.get(step) for numbers in measured.values()]
        span = (int(loss is not None or not store.has_model), loss, loss) if thinned else ()
        others = [numbers.get(step) for numbers in scores]
        fixed = (step, *own, times.get(step), *span, *lives.cells(step))
        own_modules = (numbers.get(step) for numbers in modules.values())
        yield (*fixed, *(cell for cell, _ in zip_longest(others, names)), *own_modules)


def _apart(name: str, head: Sequence[str]) -> str:
    """Return the head of a column of its own: a script may log a `time`, too."""
    return f"{name} (logged)" if name in head else name


def _measured(store: Store) -> dict[str, Numbers]:
    """Return loss, learning rate and norm by step, wherever they are kept."""
    if store.by_name:
        return {name: dict(store.scores(name)) for name in METRICS}
    kept = store.metrics()
    return {name: dict(zip(kept.step, getattr(kept, name), strict=True)) for name in METRICS}


def _thinned(
    store: Store, names: Sequence[str], lives: "_Lives", modules: Mapping[str, Numbers], end: int
) -> Iterator[Cells]:
    """Yield a line for every step at which a bucket begins, with the means of those that do.

    Looks at modules are never thinned: each has its step still, and a line, before `end`.
    """
    found = {name: {b.step: b for b in store.thinned(name)} for name in dict.fromkeys((*METRICS, *names))}
    looked = {step for own in modules.values() for step in own if step < end}
    for step in sorted(looked.union(*found.values())):
        here = {name: buckets[step] for name, buckets in found.items() if step in buckets}
        means = {name: bucket.mean for name, bucket in here.items()}
        loss = here.get("loss")
        first = loss or next(iter(here.values()), None)
        steps = 0 if first is None or (not loss and store.has_model) else first.steps
        span = (steps, loss.min if loss else None, loss.max if loss else None)
        own = (step, *map(means.get, METRICS), None, *span, *lives.cells(step))
        yield (*own, *map(means.get, names), *(numbers.get(step) for numbers in modules.values()))


class _Lives:
    """Which life of a script a step is of, where it has restarted."""

    def __init__(self, restarts: Sequence[int]) -> None:
        self._restarts = restarts
        self.head = ("life", "life_step") * bool(restarts)

    def cells(self, step: int) -> Cells:
        if not self._restarts:
            return ()
        begun = [start for start in self._restarts if start <= step]
        return (len(begun) + 1, step - (begun[-1] if begun else 0))
