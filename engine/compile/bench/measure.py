"""Interleaved rounds: every contender once a round, medians over the rounds, warm-up apart."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import contenders, gpt, gpt_by_hand, libraries
from .contenders import Train
from .job import Compared

CONTENDERS: dict[str, Callable[[Any], Train]] = {
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

GPT_CONTENDERS: dict[str, Callable[[Any], Train]] = {
    "ours, native": gpt.native,
    "ours, numpy": gpt.numpy,
    "ours, python": gpt.values,
    "microgpt-like": gpt.microgpt_like,
    "numpy by hand": gpt_by_hand.numpy_by_hand,
    "C by hand": gpt_by_hand.c_by_hand,
    "C by hand, -ffast-math": gpt_by_hand.c_fast_math,
    "PyTorch eager, 1 thread": gpt_by_hand.torch_eager,
}

SLOW = ("ours, python", "micrograd, as shipped", "micrograd, gc off", "microgpt-like")
"""These build some 60,000 objects a step, so their rounds are as short as can be."""


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


_ROUND, _MOST = 0.03, 5_000
"""Seconds a round takes, and its most steps; fewer would measure what a call costs once."""


def compare(
    job: Compared,
    names: Sequence[str] = tuple(CONTENDERS),
    rounds: int = 7,
    report: Callable[[str], None] = print,
    table: Mapping[str, Callable[[Any], Train]] = CONTENDERS,
) -> list[Result]:
    """Measure the contenders that are installed; `report` gets a sentence about each that is not."""
    ready = list(_ready(job, {name: table[name] for name in names}, report))
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
    job: Compared, table: Mapping[str, Callable[[Any], Train]], report: Callable[[str], None]
) -> Iterator[tuple[Result, Train]]:
    for name, make in table.items():
        start = time.perf_counter()
        try:
            train = make(job)
            loss = train(job.first)
        except ImportError as missing:
            report(f"{name}: not here ({missing})")
            continue
        warmup = time.perf_counter() - start
        steps = job.cycle if name in SLOW else _steps_of_a_round(train, job.cycle)
        train(steps)  # as in a round
        yield Result(name, warmup, loss, steps), train


def _steps_of_a_round(train: Train, cycle: int) -> int:
    steps = 3 if cycle == 1 else cycle
    for _ in range(2):  # of so few steps the first time is mostly that of the call
        train(steps)  # a loop that is compiled for its length is compiled now
        start = time.perf_counter()
        train(steps)
        took = (time.perf_counter() - start) / steps
        steps = cycle * max(1, min(_MOST, int(_ROUND / took)) // cycle)
    return steps
