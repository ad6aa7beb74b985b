"""What is wrong with a network is found, named by layer and neuron, and nothing else is."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine import Value
from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.health import (
    Finding,
    gradient_flow,
    health,
    idle_units,
    large_updates,
    plateau,
)
from micrograd_tui.engine.learning.nn import MLP

ROWS = [((x / 10, 1 - x / 10), 0.0) for x in range(-10, 11)]


def network(activation: str = "relu", hidden: tuple[int, ...] = (3, 2)) -> tuple[Config, MLP]:
    config = Config("r", "moons", ("x1", "x2"), hidden=hidden, activation=activation)
    return config, MLP(2, [*hidden, 1], activation=activation, rng=random.Random(4))


def numbers(model: MLP) -> list[float]:
    return [p.data for p in model.parameters()]


def places(findings: list[Finding], kind: str) -> list[str]:
    return [f.place for f in findings if f.kind == kind]


@pytest.mark.parametrize(
    ("kind", "place", "sentence"),
    [
        ("dead", "layer[0]/neuron[1]", "layer[0]/neuron[1] is no longer dead"),
        ("vanishing", "layer[0]", "gradients no longer vanish in layer[0]"),
        ("plateau", "loss", "the loss moves again"),
    ],
)
def test_what_is_over_has_a_sentence(kind: str, place: str, sentence: str) -> None:
    assert Finding(kind, place, "").over == sentence


def test_a_relu_that_gives_0_for_every_row_is_dead_and_named() -> None:
    config, model = network(hidden=(3,))
    for neuron, bias in zip(model.layers[0].neurons, (10.0, -100.0, 10.0), strict=True):
        neuron.b.data = bias
    (found,) = idle_units(config, numbers(model), ROWS)

    assert found.kind == "dead"
    assert found.place == "layer[0]/neuron[1]"
    assert found.sentence == (
        "layer[0]/neuron[1] is dead: its relu gives 0 for all 21 rows looked at, so it learns nothing"
    )


def test_a_dead_relu_is_one_that_backward_gives_no_gradient() -> None:
    """The finding means what it says: on the graphs of all rows its weights get nothing."""
    config, model = network(hidden=(8,))
    model.layers[0].neurons[5].b.data = -100.0
    dead = places(idle_units(config, numbers(model), ROWS), "dead")
    total = sum((model(x) for x, _ in ROWS), Value(0.0))
    total.backward()

    idle = [
        f"layer[0]/neuron[{i}]"
        for i, neuron in enumerate(model.layers[0].neurons)
        if not any(p.grad for p in neuron.parameters())
    ]
    assert "layer[0]/neuron[5]" in dead
    assert dead == idle


def test_a_relu_that_lives_on_one_row_is_not_dead() -> None:
    config, model = network(hidden=(1,))
    neuron = model.layers[0].neurons[0]
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 1.0, 0.0, -0.95

    assert idle_units(config, numbers(model), ROWS) == []


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_a_unit_on_the_flat_of_its_curve_is_saturated_and_named(activation: str) -> None:
    config, model = network(activation, hidden=(3,))
    for neuron in model.layers[0].neurons:
        neuron.w[0].data = neuron.w[1].data = 0.1
    model.layers[0].neurons[2].b.data = 50.0
    (found,) = idle_units(config, numbers(model), ROWS)

    assert (found.kind, found.place) == ("saturated", "layer[0]/neuron[2]")
    assert f"its {activation} is flat for 21 of 21 rows looked at" in found.sentence


def test_tanh_and_sigmoid_are_saturated_at_the_same_bend_of_the_curve() -> None:
    for bias, saturated in ((2.0, False), (2.2, True)):
        for activation, factor in (("tanh", 1.0), ("sigmoid", 2.0)):
            config, model = network(activation, hidden=(1,))
            for p in model.layers[0].parameters():
                p.data = 0.0
            model.layers[0].neurons[0].b.data = -factor * bias

            assert bool(idle_units(config, numbers(model), ROWS)) == saturated


def test_a_linear_network_and_one_without_a_hidden_layer_have_no_idle_units() -> None:
    for config, model in (network("linear"), network("relu", hidden=())):
        assert idle_units(config, [0.0] * len(numbers(model)), ROWS) == []


def test_vanishing_gradients_name_their_layer_and_the_one_they_came_from() -> None:
    config, model = network("sigmoid", hidden=(3, 3))
    sizes = [len(layer.of(numbers(model))) for layer in config.layers]
    gradients = [1e-6] * sizes[0] + [0.5] * sizes[1] + [1.0] * sizes[2]
    (found,) = gradient_flow(config, numbers(model), gradients)

    assert (found.kind, found.place) == ("vanishing", "layer[0]")
    assert "gradients vanish in layer[0]: 1e-06 there, 1 in layer[2]" in found.sentence


def test_exploding_gradients_name_their_layer() -> None:
    config, model = network(hidden=(3,))
    sizes = [len(layer.of(numbers(model))) for layer in config.layers]
    gradients = [1e6] * sizes[0] + [1e4] * sizes[1]

    assert places(gradient_flow(config, numbers(model), gradients), "exploding") == [
        "layer[0]",
        "layer[1]",
    ]


def test_a_deep_stack_of_sigmoids_loses_its_gradients_and_a_shallow_relu_does_not() -> None:
    for activation, hidden, expected in (("sigmoid", (8,) * 10, True), ("relu", (8,), False)):
        config, model = network(activation, hidden)
        sum((model(x) for x, _ in ROWS), Value(0.0)).backward()
        gradients = [p.grad for p in model.parameters()]

        found = places(gradient_flow(config, numbers(model), gradients), "vanishing")
        assert ("layer[0]" in found) == expected


def test_gradients_of_0_everywhere_are_no_finding() -> None:
    config, model = network()

    assert gradient_flow(config, numbers(model), [0.0] * len(numbers(model))) == []
    assert gradient_flow(config, numbers(model), []) == []


@given(level=st.floats(1e-6, 1e6), seed=st.integers(0, 1000))
def test_a_loss_that_goes_down_is_no_plateau_and_one_that_stands_is(level: float, seed: int) -> None:
    rng = random.Random(seed)
    noisy = [level * (1 + rng.gauss(0, 0.05)) for _ in range(200)]

    assert plateau([level * (2 - step / 200) for step in range(200)]) == []
    assert plateau([noise * 0.99**step for step, noise in enumerate(noisy)]) == []
    assert places(plateau([level] * 200), "plateau") == ["loss"]


def test_most_losses_that_only_scatter_are_plateaus() -> None:
    found = 0
    for seed in range(200):
        rng = random.Random(seed)
        found += bool(plateau([0.7 + rng.gauss(0, 0.1) for _ in range(200)]))

    assert found >= 180


def test_a_plateau_says_where_and_how_long() -> None:
    (found,) = plateau([0.6931] * 200)

    assert found.sentence == "the loss stands still at 0.6931: no change in 200 training steps"


@pytest.mark.parametrize("losses", [[], [1.0] * 99, [0.0] * 200, [math.nan] * 200, [1e308, -1e308] * 99])
def test_too_few_losses_none_left_and_no_numbers_are_no_plateau(losses: list[float]) -> None:
    assert plateau(losses) == []


def test_equal_places_of_a_kind_are_equal_so_that_only_new_ones_are_reported() -> None:
    assert Finding("dead", "layer[0]", "on 20 rows") == Finding("dead", "layer[0]", "on 21 rows")
    assert Finding("dead", "layer[0]", "") != Finding("saturated", "layer[0]", "")


awkward = st.floats() | st.sampled_from([0.0, math.inf, -math.inf, math.nan, 1e308, -1e308])


@given(
    activation=st.sampled_from(["relu", "tanh", "sigmoid", "linear"]),
    cells=st.lists(awkward, min_size=3 * 3 + 4 * 2 + 3, max_size=3 * 3 + 4 * 2 + 3),
    losses=st.lists(awkward, max_size=150),
)
def test_numbers_of_any_kind_raise_nothing(
    activation: str, cells: list[float], losses: list[float]
) -> None:
    config, _ = network(activation)
    rows = [((cells[0], cells[1]), 0.0)]
    found = health(config, cells, cells[::-1], rows, list(itertools.islice(itertools.cycle(losses), 300)))

    assert all(f.sentence and "\n" not in f.sentence for f in found)


# What to try, and good news


def test_every_bad_finding_says_what_to_try() -> None:
    config, model = network(hidden=(3,))
    for neuron in model.layers[0].neurons:
        neuron.b.data = -100.0
    gradients = [1e6] * len(numbers(model))
    found = health(config, numbers(model), gradients, ROWS, [0.5] * 200, [0.5, 0.2])

    assert {f.kind for f in found} == {"dead", "exploding", "large updates", "plateau"}
    assert all("; try " in f.text for f in found)
    assert "He initialisation" in next(f for f in found if f.kind == "dead").text
    assert "lr 10 times smaller" in next(f for f in found if f.kind == "exploding").text


def test_a_finding_on_a_layer_says_how_far_its_weights_are_moved() -> None:
    (found,) = large_updates([1e-3, 0.25, math.nan])

    assert found.place == "layer[1]"
    assert found.sentence == "updates are large in layer[1], update/weight 0.2 (healthy: 0.001)"


@pytest.mark.parametrize(
    ("loss", "first", "accuracy", "kind"),
    [
        (0.0, 1.3, 0.5, "converged"),
        (0.0004, 1.3, None, "converged"),
        (0.03, 1.3, 1.0, "converged"),
        (0.03, 1.3, 0.98, "plateau"),
        (0.6931, 0.7, 0.5, "plateau"),
    ],
)
def test_a_loss_that_stands_still_where_it_was_to_go_is_good_news(
    loss: float, first: float, accuracy: float | None, kind: str
) -> None:
    (found,) = plateau([loss] * 200, (), first, accuracy)

    assert found.kind == kind
    assert found.good == (kind == "converged")
    assert bool(found.advice) != found.good


@pytest.mark.parametrize(
    ("ratio", "advice"),
    [
        (0.05, "lr 10 times smaller"),
        (1e-6, "lr 10 times larger"),
        (1e-3, "more neurons, or another lr"),
    ],
)
def test_what_to_try_on_a_plateau_goes_by_the_size_of_the_updates(ratio: float, advice: str) -> None:
    (found,) = plateau([0.7] * 200, [ratio, ratio / 2])

    assert found.advice == advice
