"""Breaks of a training on purpose: gradients that are never zeroed, ascent, equal weights and the like.

A broken run and the right one have the same seed and rows, so that what differs between their curves
comes of what is broken alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..graph import toposort
from ..value import Value

HIGH_LR = 100.0
"""How many times as large the learning rate of `high-lr` is."""
EQUAL = 0.5
"""What every weight of `equal-weights` begins with."""


@dataclass(frozen=True)
class Breaks:
    """What is broken in a training; as it stands, nothing."""

    zero_grad: str = "parameters"
    """Whose gradients are set to 0 before each backward pass: "all", "parameters", or "off"."""
    off_from: int = 0
    """With "off": the training step from which on they are not."""
    overwrite: bool = False
    rate: float = 1.0
    equal_weights: bool = False
    linear: bool = False

    def zeroes(self, step: int) -> bool:
        """Whether gradients are set to 0 before the backward pass of a training step."""
        return self.zero_grad != "off" or step < self.off_from

    @property
    def of_gradients(self) -> bool:
        """Whether the gradients themselves go wrong: only the loop written with Values does that."""
        return self.zero_grad == "off" or self.overwrite

    @property
    def keeps_gradients(self) -> bool:
        """Whether a step depends on the gradients before it."""
        return self.zero_grad == "off"


@dataclass(frozen=True)
class TrainingBreak:
    """A row of the table: what is wrong, in a sentence, and what that changes."""

    sentence: str
    apply: Callable[[Breaks, Sequence[str]], Breaks]
    takes: str = ""


def _zero_grad(breaks: Breaks, words: Sequence[str]) -> Breaks:
    match list(words):
        case [] | ["off"]:
            return replace(breaks, zero_grad="off")
        case ["off", "from", step] if step.isdecimal():
            return replace(breaks, zero_grad="off", off_from=int(step[:15]))
        case ["all" | "parameters" as which]:
            return replace(breaks, zero_grad=which)
    raise ValueError(f"no-zero-grad takes all, parameters, off or `off from K`, not {' '.join(words)!r}")


TRAINING_BREAKS = {
    "no-zero-grad": TrainingBreak(
        "gradients are not set to 0 before backward, which adds to them", _zero_grad, "[off from K]"
    ),
    "overwrite": TrainingBreak(
        "gradients are assigned (=), not added (+=)", lambda b, words: replace(b, overwrite=True)
    ),
    "ascent": TrainingBreak(
        "parameters move along the gradient, uphill", lambda b, words: replace(b, rate=-b.rate)
    ),
    "high-lr": TrainingBreak(
        f"the learning rate is {HIGH_LR:g} times as large",
        lambda b, words: replace(b, rate=HIGH_LR * b.rate),
    ),
    "equal-weights": TrainingBreak(
        f"every weight begins with {EQUAL:g}: neurons of a layer stay equal",
        lambda b, words: replace(b, equal_weights=True),
    ),
    "no-nonlinearity": TrainingBreak(
        "neurons have no activation: layers on layers are one line",
        lambda b, words: replace(b, linear=True),
    ),
}
"""All breaks of a training, by name."""


def parse_breaks(texts: Sequence[str]) -> Breaks:
    """Return what some breaks come to; raise ValueError with a sentence for any that is none."""
    breaks, seen = Breaks(), set[str]()
    for text in texts:
        name, *words = text.split() or [""]
        row = TRAINING_BREAKS.get(name)
        if row is None:
            there = ", ".join(TRAINING_BREAKS)
            raise ValueError(f"no break of a training is called {name!r}; there are {there}")
        if words and not row.takes:
            raise ValueError(f"{name} takes nothing after it, not {words[0]!r}")
        if name in seen:
            raise ValueError(f"{name} is named twice")
        seen.add(name)
        breaks = row.apply(breaks, words)
    return breaks


def backward_overwriting(root: Value) -> None:
    """Run a backward pass that assigns where it should add: the last use of a node wins."""
    order = toposort(root)
    for node in order:
        if node.op is not None:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        op = node.op
        if op is None or op.vjps is None:
            continue
        parents = node.parents
        numbers = [parent.data for parent in parents]
        for parent, vjp in zip(parents, op.vjps, strict=True):
            parent.grad = vjp(node.grad, node.data, *numbers)
