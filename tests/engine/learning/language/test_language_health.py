"""The health of a GPT: gradients by block and head, dead hidden units, a loss that stands still."""

import math

import pytest
from small_gpts import config, tokens

from micrograd_tui.engine.learning.gpt import GPT
from micrograd_tui.engine.learning.language.config import GPTConfig
from micrograd_tui.engine.learning.language.health import gpt_health


def parameters(made: GPTConfig) -> list[float]:
    model = GPT(made.vocabulary, made.embed, made.heads, made.depth, made.context)
    return [p.data for p in model.parameters()]


def filled(made: GPTConfig, place: str, inside: float, outside: float = 1.0) -> list[float]:
    part = next(part for part in made.parts if part.name == place)
    return [inside if part.first <= i < part.last else outside for i in range(made.parameters)]


def found(made: GPTConfig, numbers: list[float], gradients: list[float], losses=()) -> dict[str, str]:
    findings = gpt_health(made, numbers, gradients, tokens().train, losses, (), 1.0)
    return {finding.place: finding.kind for finding in findings}


@pytest.mark.parametrize("place", ["layer[0]/head[1]/wq", "layer[0]/head[0]/wv", "layer[0]/fc2"])
def test_gradients_vanish_and_explode_by_head_and_block(place: str) -> None:
    made = config(heads=2)
    ones = [1.0] * made.parameters

    assert found(made, ones, filled(made, place, 1e-5)) == {place: "vanishing"}
    assert found(made, ones, filled(made, place, 1e5, 1e3 / 1e3))[place] == "exploding"
    assert found(made, ones, ones) == {}


def test_rows_of_the_embeddings_that_a_document_does_not_use_have_not_vanished() -> None:
    made = config()

    assert found(made, [1.0] * made.parameters, filled(made, "wte", 0.0)) == {}


def test_dead_hidden_units_are_counted_by_layer() -> None:
    made = config(depth=2)
    numbers = parameters(made)
    fc1 = next(span for span in made.layers if span.name == "layer[1]/fc1")
    numbers[fc1.first : fc1.last] = [0.0] * (fc1.last - fc1.first)

    findings = gpt_health(made, numbers, [1.0] * made.parameters, tokens().train, ())
    dead = next(finding for finding in findings if finding.place == "layer[1]/mlp")

    assert dead.kind == "dead"
    assert "16 of 16 hidden units of layer[1]/mlp are dead" in dead.text


def test_a_loss_that_stands_still_is_a_plateau() -> None:
    made = config()
    ones = [1.0] * made.parameters

    assert found(made, ones, ones, [2.0] * 300)["loss"] == "plateau"


def test_numbers_that_are_none_are_no_finding_and_no_error() -> None:
    made = config()

    assert "layer[0]/mlp" not in found(made, [math.nan] * made.parameters, [math.nan] * made.parameters)
    assert found(made, [1.0] * made.parameters, []) == {}
