"""Interleaved rounds: every contender once a round, medians over the rounds, warm-up apart."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from . import contenders, libraries
from .contenders import Train
from .job import Job

CONTENDERS: dict[str, Callable[[Job], Train]] = {
    "ours, native": contenders.native,
    "ours, native, whole graph": contenders.native_graph,
    "ours, numpy": contenders.numpy,
    "ours, numpy, whole graph": contenders.numpy_graph,
    "ours, python": contenders.python,
    "micrograd, as shipped": contenders.micrograd,
    "micrograd, gc off": contenders.micrograd_without_gc,
    "PyTorch eager, 1 thread": libraries.torch_eager,
    "PyTorch eager, 2 threads": libraries.torch_two_threads,
    "JAX, a call a step": libraries.jax_step,
    "JAX, scan": libraries.jax_scan,
    "CasADi": libraries.casadi,
    "numpy by hand": contenders.numpy_by_hand,
    "C by hand": contenders.c_by_hand,
    "C by hand, met margins skipped": contenders.c_skipping,
}

SLOW = ("ours, python", "micrograd, as shipped", "micrograd, gc off")
"""These build 65,818 objects a step, so their rounds are of a single step."""


@dataclass(eq=False)
class Result:
    """What one contender took: seconds a training step, and once before."""

    name: str
    warmup: float
    loss: float
    """After as many steps as every contender did at first; they must agree."""
    steps: int
    times: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Seconds a training step."""
        return statistics.median(self.times)


_FIRST = 3
_ROUND = 0.03


def compare(
    job: Job,
    names: Sequence[str] = tuple(CONTENDERS),
    rounds: int = 7,
    report: Callable[[str], None] = print,
) -> list[Result]:
    """Measure the contenders that are installed; `report` gets a sentence about each that is not."""
    ready = list(_ready(job, names, report))
    gc.collect()
    gc.freeze()  # what is ready is nothing for anyone's collector to look through
    for _ in range(rounds):
        for result, train in ready:
            gc.collect()  # what the one before left behind is not for this one to clear away
            start = time.perf_counter()
            train(result.steps)
            result.times.append((time.perf_counter() - start) / result.steps)
    gc.unfreeze()
    return [result for result, _ in ready]


def _ready(
    job: Job, names: Sequence[str], report: Callable[[str], None]
) -> Iterator[tuple[Result, Train]]:
    for name in names:
        start = time.perf_counter()
        try:
            train = CONTENDERS[name](job)
            loss = train(_FIRST)
        except ImportError as missing:
            report(f"{name}: not here ({missing})")
            continue
        warmup = time.perf_counter() - start
        steps = 1 if name in SLOW else _steps_of_a_round(train)
        train(steps)  # a loop that is compiled for its length is compiled now
        yield Result(name, warmup, loss, steps), train


def _steps_of_a_round(train: Train) -> int:
    start = time.perf_counter()
    train(_FIRST)
    took = (time.perf_counter() - start) / _FIRST
    return max(1, min(500, int(_ROUND / took)))
