"""The update-to-weight ratio is what the run's own optimizer does."""

import math

import pytest
from small_runs import ROWS, config

from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.learning.updates import update_ratios


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_ratio_is_of_the_step_that_training_then_does(optimizer: str, momentum: float) -> None:
    made = config(optimizer=optimizer, momentum=momentum, schedule="linear")
    training = Training(made, ROWS)
    training.run(7)
    before = training.state()
    done = training.run(1)
    gradients, after = training.gradients(), training.state().parameters
    ratios = update_ratios(made, before, gradients, done.lr[0])

    for layer, ratio in zip(made.layers, ratios, strict=True):
        moves = [b - a for a, b in zip(layer.of(before.parameters), layer.of(after), strict=True)]
        assert math.isclose(ratio, math.hypot(*moves) / math.hypot(*layer.of(before.parameters)))


def test_without_gradients_there_is_none() -> None:
    assert update_ratios(config(), Training(config(), ROWS).state(), (), 0.1) == []
