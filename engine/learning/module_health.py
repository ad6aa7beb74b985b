"""The health of a PyTorch model in training, by module: findings from the looks at it, what to try."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from .health import EXPLODING, LARGE, LOWER, VANISHING, Finding, plateau
from .module_look import Look, ModuleLook, placed
from .updates import HEALTHY

DEAD = 0.01
"""The part of a layer's units that has to be dead: of many units one or the other misses any batch."""
SILENT = "so it learns nothing; is its output used for the loss, or detached on the way?"


def module_health(look: Look, alone: bool) -> list[Finding]:
    """Return what is found in a look: of dead units, gradients and updates. `alone`: the only model."""
    modules = [(placed(look.model, each.name, alone), each) for each in look.modules]
    found = [*_gradients(modules)]
    for place, each in modules:
        found += [*_dead(place, each), *_updates(place, each), *_silent(place, each)]
    return found


def loss_health(
    losses: Sequence[float], look: Look | None, first: float | None, counted: str
) -> list[Finding]:
    """Return whether the loss stands still. `counted` says what there is one loss of."""
    ratios = [] if look is None else [each.update for each in look.modules if each.update is not None]
    return plateau(losses, ratios, first, counted=counted)


def nonfinite(look: Look, alone: bool, step: int) -> Finding | None:
    """Return where a look first met nan or inf: in the forward pass, else from the loss backwards."""
    modules = [(placed(look.model, each.name, alone), each) for each in look.modules]
    gradients = [(place, each) for place, each in modules if each.gradients.nonfinite]
    weights = [place for place, each in modules if each.weights.nonfinite]
    where, place = "", ""
    if look.born is not None:
        place = placed(look.model, look.born, alone)
        where = f"first in the output of {place}"
    elif gradients:
        place, each = gradients[-1]  # the first that the gradient came to
        bad = f"{each.gradients.nonfinite:,} of {each.gradients.count:,}"
        forward = "the model's output was finite; " * look.passed
        where = f"{forward}from the loss first in the gradient of {place}, {bad}"
    elif weights:
        place = weights[0]
        where = f"in the weights of {place}"
    if not where:
        return None
    now = f"by now in {_many(gradients, modules, 'gradients')}, {_many(weights, modules, 'weights')}"
    advice = f"{LOWER}, gradients clipped to a norm of 1, or an earlier checkpoint"
    return Finding("nonfinite", place, f"nan or inf at step {step:,}: {where}; {now}", advice)


def _many(some: Sequence[object], of: Sequence[object], what: str) -> str:
    return f"{len(some)} of {len(of)} modules' {what}"


def _gradients(modules: Sequence[tuple[str, ModuleLook]]) -> Iterator[Finding]:
    """Yield the modules whose gradients vanish or explode, by their root mean squares.

    Embeddings are left out of the former: of them a batch uses some rows only.
    """
    sizes = {
        place: each.gradients.rms
        for place, each in modules
        if each.gradients.count and math.isfinite(each.gradients.norm)
    }
    largest = max(sizes, key=sizes.__getitem__, default="")
    for place, each in modules:
        size, weight = sizes.get(place), each.weights.rms
        if size is None:
            continue
        if size < VANISHING * sizes[largest] and "Embedding" not in each.kind:
            told = f"{size:.2g} there, {sizes[largest]:.2g} in {largest} (root mean square)"
            advice = "relu with He initialisation, or skip connections"
            yield Finding(
                "vanishing", place, f"gradients vanish in {place}: {told}{_moved(each)}", advice
            )
        if weight and size > EXPLODING * weight:
            told = f"{size:.2g} for weights of {weight:.2g} (root mean square){_moved(each)}"
            advice = f"{LOWER}, or gradients clipped to a norm of 1"
            yield Finding("exploding", place, f"gradients explode in {place}: {told}", advice)


def _dead(place: str, each: ModuleLook) -> Iterator[Finding]:
    dead = each.still_dead
    if dead and dead >= DEAD * each.units:
        many = dead != 1
        what = f"{dead:,} of {each.units:,} units of {place} {'are' if many else 'is'} dead"
        why = "the relu behind it gives 0 for all of two batches looked at"
        learn = "they learn" if many else "it learns"
        advice = f"{LOWER} from the start, or He initialisation"
        yield Finding("dead", place, f"{what}: {why}, so {learn} nothing", advice)


def _updates(place: str, each: ModuleLook) -> Iterator[Finding]:
    if each.update is not None and each.update > LARGE:
        yield Finding("large updates", place, f"updates are large in {place}{_moved(each)}", LOWER)


def _silent(place: str, each: ModuleLook) -> Iterator[Finding]:
    if each.silent and not each.gradients.count:
        yield Finding("silent", place, f"{place} receives no gradient: .grad is None, {SILENT}")


def _moved(each: ModuleLook) -> str:
    if each.update is None or not math.isfinite(each.update):
        return ""
    return f", update/weight {each.update:.1g} (healthy: {HEALTHY:g})"
