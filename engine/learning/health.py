"""The health of a network in training: dead units, vanishing gradients, plateaus, and what to try.

Pure functions over plain numbers: what the neurons give for some rows, the gradients, the latest losses.
To check MLP(2, [16, 16, 1]) takes about as long as a training step of it on 16 samples, so it belongs on
a clock, not in every step.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .config import Config
from .predict import activations
from .state import Row
from .updates import HEALTHY

LOWER = "lr 10 times smaller"

MOST_ROWS = 128
"""Rows looked at, evenly spaced over all: enough to call a neuron dead or alive."""

FLAT = 0.97
"""|tanh| beyond which a unit counts as saturated: its local derivative is below 1 - 0.97**2 = 0.06."""

SATURATED_ROWS = 0.95
"""The part of the rows on which it must be so."""

VANISHING = 1e-3
"""The part of the largest layer's gradient below which a layer's has vanished."""

EXPLODING = 100.0
"""How many times its weights a layer's gradient may be."""

PLATEAU_STEPS = 100
"""The fewest losses that a plateau is found in."""

PLATEAU_CHANGE = 1e-3
"""The change between two halves of them, relative to the first, that counts as none."""


LARGE = 0.1
"""The part of its weights that a step moves a layer by, from which it tears down what it has learned."""

CONVERGED = 0.01
"""The part of the first loss at which one that stands still has arrived."""

OVER = {
    "dead": "{} is no longer dead",
    "saturated": "{} is no longer saturated",
    "vanishing": "gradients no longer vanish in {}",
    "exploding": "gradients no longer explode in {}",
    "large updates": "updates are of a healthy size again in {}",
    "nonfinite": "{} is finite again",
    "silent": "{} receives gradients again",
    "plateau": "the {} moves again",
    "converged": "the {} moves again",
}


@dataclass(frozen=True)
class Finding:
    """Something found. Two of one kind and place are equal, so that only new ones need be reported."""

    kind: str
    place: str
    sentence: str = field(compare=False)
    advice: str = field(default="", compare=False)
    """What to try; nothing where all is well."""

    @property
    def good(self) -> bool:
        """Whether it is good news."""
        return self.kind == "converged"

    @property
    def text(self) -> str:
        """What is found, and what to try."""
        return f"{self.sentence}; try {self.advice}" if self.advice else self.sentence

    @property
    def over(self) -> str:
        """The sentence for when it is so no longer."""
        return OVER[self.kind].format(self.place)


def health(
    config: Config,
    parameters: Sequence[float],
    gradients: Sequence[float],
    rows: Sequence[Row],
    losses: Sequence[float],
    ratios: Sequence[float] = (),
    first_loss: float | None = None,
    accuracy: float | None = None,
) -> list[Finding]:
    """Return all that is found: of the units, of the gradients and updates by layer, and of the loss.

    `parameters` and `gradients` are in the order of `MLP.parameters()`; `losses` are the latest ones,
    `ratios` those of update to weight by layer.
    """
    return [
        *idle_units(config, parameters, rows),
        *gradient_flow(config, parameters, gradients, ratios),
        *large_updates(ratios),
        *plateau(losses, ratios, first_loss, accuracy),
    ]


def idle_units(config: Config, parameters: Sequence[float], rows: Sequence[Row]) -> list[Finding]:
    """Return the hidden units that no longer learn: dead relus, saturated tanh and sigmoid units.

    A dead relu gives 0 for every row, so nothing flows back through it (Lu, Shin, Su, Karniadakis,
    Dying ReLU and Initialization, 2019). A saturated unit sits where its curve is flat (Glorot and
    Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010).
    """
    judge = {"relu": _dead, "tanh": _saturated, "sigmoid": _saturated}.get(config.activation)
    sample = rows[:: max(1, -(-len(rows) // MOST_ROWS))]
    if judge is None or not sample or not config.hidden:
        return []
    given = [activations(config, parameters, x)[:-1] for x, _ in sample]
    found: list[Finding] = []
    for layer, size in enumerate(config.hidden):
        for neuron in range(size):
            outputs = [layers[layer][neuron] for layers in given]
            found += judge(config.activation, f"layer[{layer}]/neuron[{neuron}]", outputs)
    return found


def gradient_flow(
    config: Config,
    parameters: Sequence[float],
    gradients: Sequence[float],
    ratios: Sequence[float] = (),
) -> list[Finding]:
    """Return the layers whose gradients vanish or explode, by their root mean squares.

    Vanishing: less than a thousandth of the largest layer's arrives (Hochreiter, The vanishing gradient
    problem, 1998). Exploding: it is a hundred times the weights, so that a learning rate of 0.01 moves
    them by as much as they are (Pascanu, Mikolov, Bengio, On the difficulty of training recurrent
    neural networks, 2013).
    """
    if not gradients:
        return []
    sizes = [_rms(layer.of(gradients)) for layer in config.layers]
    weights = [_rms(layer.of(parameters)) for layer in config.layers]
    largest = max(sizes)
    found = []
    for layer, (size, weight) in enumerate(zip(sizes, weights, strict=True)):
        place = f"layer[{layer}]"
        if size < VANISHING * largest:
            other, moved = f"layer[{sizes.index(largest)}]", _moved(ratios, layer)
            found.append(_vanishing(config.activation, place, size, other, largest, moved))
        if size > EXPLODING * weight:
            found.append(_exploding(place, size, weight, _moved(ratios, layer)))
    return found


def large_updates(ratios: Sequence[float]) -> list[Finding]:
    """Return the layers that a training step moves by a tenth of their weights or more."""
    sentence = "updates are large in layer[{}]{}"
    return [
        Finding("large updates", f"layer[{i}]", sentence.format(i, _moved(ratios, i)), LOWER)
        for i, ratio in enumerate(ratios)
        if ratio > LARGE
    ]


def _moved(ratios: Sequence[float], layer: int) -> str:
    """How far a step moves a layer, if that is known."""
    if layer >= len(ratios) or not math.isfinite(ratios[layer]):
        return ""
    return f", update/weight {ratios[layer]:.1g} (healthy: {HEALTHY:g})"


def plateau(
    losses: Sequence[float],
    ratios: Sequence[float] = (),
    first_loss: float | None = None,
    accuracy: float | None = None,
    counted: str = "training steps",
) -> list[Finding]:
    """Return whether the loss stands still: the mean of the later half is that of the earlier.

    The same to PLATEAU_CHANGE of it, or to twice the standard error of what mini-batches scatter: a
    difference that 1 in 20 stationary losses shows too. Where it has come down to a hundredth of the
    first one, or the network gets every row right, that is good news: it has converged.
    """
    if len(losses) < PLATEAU_STEPS or not all(map(math.isfinite, losses)):
        return []
    half = len(losses) // 2
    before, after = losses[-2 * half : -half], losses[-half:]
    first, second = _mean(before), _mean(after)
    error = math.sqrt((_variance(before, first) + _variance(after, second)) / half)
    same = abs(first - second) <= max(PLATEAU_CHANGE * abs(first), 2 * error)
    if not same or not math.isfinite(first - second + error):
        return []
    still = f"the loss stands still at {second:.4g}: "
    if why := _converged(second, first_loss, accuracy):
        return [Finding("converged", "loss", f"{still}converged, {why}")]
    if second == 0:  # it has nowhere to go
        return []
    sentence = f"{still}no change in {2 * half:,} {counted}"
    return [Finding("plateau", "loss", sentence, _way_on(ratios))]


def _converged(loss: float, first: float | None, accuracy: float | None) -> str:
    """Why a loss that stands still has arrived where it was to go; "" if it has not."""
    if first is not None and 0 <= loss <= CONVERGED * first:
        return f"from {first:.4g} at the start"
    return "every row is right" if accuracy == 1 else ""


def _way_on(ratios: Sequence[float]) -> str:
    """What to try where a loss stands still, by the size of the updates."""
    known = [ratio for ratio in ratios if math.isfinite(ratio)]
    if known and max(known) > 10 * HEALTHY:
        return LOWER
    if known and max(known) < HEALTHY / 10:
        return "lr 10 times larger"
    return "more neurons, or another lr"


def _dead(activation: str, place: str, outputs: Sequence[float]) -> Iterator[Finding]:
    if not any(outputs):  # nan is something
        what = f"{place} is dead: its relu gives 0 for all {len(outputs)} rows looked at"
        advice = f"{LOWER} from the start, or He initialisation"
        yield Finding("dead", place, f"{what}, so it learns nothing", advice)


def _saturated(activation: str, place: str, outputs: Sequence[float]) -> Iterator[Finding]:
    # sigmoid(z) is (1 + tanh(z/2)) / 2: both are measured on tanh's scale.
    scaled = [2 * out - 1 for out in outputs] if activation == "sigmoid" else outputs
    flat = sum(abs(out) > FLAT for out in scaled)
    if flat >= SATURATED_ROWS * len(outputs):
        what = (
            f"{place} is saturated: its {activation} is flat for {flat} of {len(outputs)} rows looked at"
        )
        advice = f"Xavier initialisation, relu, or {LOWER}"
        yield Finding("saturated", place, f"{what}, so it hardly learns", advice)


def _vanishing(
    activation: str, place: str, size: float, other: str, largest: float, moved: str
) -> Finding:
    sentence = (
        f"gradients vanish in {place}: {size:.2g} there, {largest:.2g} in {other} (root mean square)"
    )
    initialisation = "He initialisation" if activation == "relu" else "relu with He initialisation"
    return Finding("vanishing", place, sentence + moved, f"{initialisation}, or fewer layers")


def _exploding(place: str, size: float, weight: float, moved: str) -> Finding:
    sentence = f"gradients explode in {place}: {size:.2g} for weights of {weight:.2g} (root mean square)"
    return Finding("exploding", place, sentence + moved, f"{LOWER}, or gradients clipped to a norm of 1")


def _rms(numbers: Sequence[float]) -> float:
    return math.hypot(*numbers) / math.sqrt(max(1, len(numbers)))


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)  # not fmean(), which raises where a sum overflows


def _variance(numbers: Sequence[float], mean: float) -> float:
    return _mean([(number - mean) * (number - mean) for number in numbers])
