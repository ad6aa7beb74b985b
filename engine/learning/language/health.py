"""The health of a GPT in training: gradients by block and head, dead hidden units, plateaus."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..health import EXPLODING, LOWER, VANISHING, Finding, plateau
from ..state import Row
from .config import GPTConfig

MOST_DOCUMENTS = 32
"""Documents looked at, evenly spaced over all: some two hundred tokens of names."""


def gpt_health(
    config: GPTConfig,
    parameters: Sequence[float],
    gradients: Sequence[float],
    rows: Sequence[Row],
    losses: Sequence[float],
    ratios: Sequence[float] = (),
    first_loss: float | None = None,
) -> list[Finding]:
    """Return all that is found: of the hidden units, of the gradients by block and head, of the loss."""
    return [
        *dead_units(config, parameters, rows),
        *gradient_flow(config, parameters, gradients),
        *plateau(losses, ratios, first_loss),
    ]


def gradient_flow(
    config: GPTConfig, parameters: Sequence[float], gradients: Sequence[float]
) -> Iterator[Finding]:
    """Yield the matrices and heads whose gradients vanish or explode, by their root mean squares.

    The two tables of embeddings are left out of the former: of them a document uses some rows only.
    """
    sizes = {part.name: _rms(part.of(gradients)) for part in config.parts if len(gradients)}
    largest = max(sizes, key=sizes.__getitem__, default="")
    for part in config.parts if sizes else ():
        place, size, weight = part.name, sizes[part.name], _rms(part.of(parameters))
        if size < VANISHING * sizes[largest] and "/" in place:
            told = f"{size:.2g} there, {sizes[largest]:.2g} in {largest} (root mean square)"
            advice = "a smaller lr, or fewer layers"
            yield Finding("vanishing", place, f"gradients vanish in {place}: {told}", advice)
        if size > EXPLODING * weight:
            told = f"{size:.2g} for weights of {weight:.2g} (root mean square)"
            advice = f"{LOWER}, or gradients clipped to a norm of 1"
            yield Finding("exploding", place, f"gradients explode in {place}: {told}", advice)


def dead_units(config: GPTConfig, parameters: Sequence[float], rows: Sequence[Row]) -> Iterator[Finding]:
    """Yield the layers some of whose hidden units give 0 for every token looked at."""
    from .arrays import Reader  # numpy

    sample = rows[:: max(1, -(-len(rows) // MOST_DOCUMENTS))]
    if not sample:
        return
    reader, count = Reader(config, parameters), 0
    alive: list[set[int]] = [set() for _ in range(config.depth)]
    for at in range(max(len(x) for x, _ in sample) - 1):
        left = [i for i, (x, _) in enumerate(sample) if at < len(x) - 1]
        count += len(left)
        reader.logits([int(x[at]) if at < len(x) else 0 for x, _ in sample])
        for layer, hidden in enumerate(reader.hidden):
            # nan is something too
            alive[layer].update((~(hidden[left] <= 0)).any(axis=0).nonzero()[0].tolist())
    for layer, units in enumerate(alive):
        if dead := 4 * config.embed - len(units):
            place, many = f"layer[{layer}]/mlp", dead != 1
            what = f"{dead} of {4 * config.embed} hidden units of {place} {'are' if many else 'is'} dead"
            why = f"their relu gives 0 for all {count:,} tokens looked at, so they learn nothing"
            why = why if many else why.replace("their", "its").replace("they learn", "it learns")
            yield Finding("dead", place, f"{what}: {why}", f"{LOWER} from the start")


def _rms(numbers: Sequence[float]) -> float:
    return math.hypot(*numbers) / math.sqrt(max(1, len(numbers)))
