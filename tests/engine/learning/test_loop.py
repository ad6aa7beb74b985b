"""Training: the same numbers however it is cut into pieces, and the graph of any of its steps."""

import math
import random
from typing import Any

import pytest

from micrograd_tui.engine.backward import backward
from micrograd_tui.engine.graph import toposort
from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.loop import Training, score
from micrograd_tui.engine.learning.optim import OPTIMIZERS, SCHEDULES
from micrograd_tui.engine.learning.predict import activations, predict
from micrograd_tui.engine.value import Value

RNG = random.Random(3)
ROWS = [((RNG.gauss(0, 1), RNG.gauss(0, 1)), float(RNG.random() < 0.5)) for _ in range(23)]


def config(**settings: Any) -> Config:
    plain: dict[str, Any] = {
        "hidden": (3, 2),
        "loss": "bce",
        "optimizer": "adam",
        "lr": 0.05,
        "batch": 5,
        "steps": 40,
    }
    return Config("test", "made", ("x", "y"), "side", ("left", "right"), **(plain | settings))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_however_it_is_cut_the_numbers_are_the_same_to_the_bit(optimizer: str, schedule: str) -> None:
    made = config(optimizer=optimizer, schedule=schedule, momentum=0.9, weight_decay=0.01, l2=1e-3)
    whole = Training(made, ROWS).run(40).loss

    pieces, first = Training(made, ROWS), Training(made, ROWS)
    losses = first.run(7).loss
    pieces.restore(first.state())
    losses += pieces.run(1).loss + pieces.run(32).loss

    assert losses == whole


def test_going_back_gives_the_same_again() -> None:
    training = Training(config(), ROWS)
    training.run(11)
    state = training.state()
    once = training.run(9)

    training.restore(state)
    again = training.run(9)

    assert (once.loss, once.grad_norm) == (again.loss, again.grad_norm)
    assert state.step == 11


def test_the_stored_loss_is_that_of_the_graph_before_the_update() -> None:
    training = Training(config(l2=0.01), ROWS)
    training.run(6)

    loss = training.loss_of(6).data

    assert training.run(1).loss[0] == loss


def test_every_epoch_sees_every_row_once_in_an_order_of_its_own() -> None:
    training = Training(config(), ROWS)
    epochs = [[i for step in range(5 * e, 5 * e + 5) for i in training.batch_of(step)] for e in range(3)]

    assert training.steps_per_epoch == 5
    assert all(sorted(epoch) == list(range(23)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert [list(Training(config(), ROWS).batch_of(7))] == [epochs[1][10:15]]
    assert list(Training(config(batch=0), ROWS).batch_of(4)) == list(range(23))


def test_a_changed_learning_rate_holds_from_the_next_step_on_times_the_schedule() -> None:
    training = Training(config(schedule="linear", optimizer="sgd"), ROWS)
    first = training.run(10).lr.tolist()
    training.set_lr(0.5)
    then = training.run(10).lr.tolist()

    factor = SCHEDULES["linear"]
    assert first == [0.05 * factor(step, 40) for step in range(10)]
    assert then == [0.5 * factor(step, 40) for step in range(10, 20)]


def test_the_graph_has_a_scope_for_every_sample_layer_and_neuron() -> None:
    training = Training(config(l2=0.1), ROWS)

    nodes = toposort(training.loss_of(0))

    scopes = {node.scope for node in nodes}
    first = training.batch_of(0)[0]
    assert {
        f"sample[{first}]/layer[0]/neuron[2]",
        f"sample[{first}]",
        "mean",
        "L2",
        "layer[2]/neuron[0]",
    } <= scopes
    assert {"x", "y", "y side"} <= {node.label for node in nodes if node.scope == f"sample[{first}]"}
    assert nodes[-1].label == "loss"


def test_the_norm_of_the_gradient_is_stored() -> None:
    training = Training(config(optimizer="sgd"), ROWS)
    loss = training.loss_of(0)
    backward(loss)
    norm = math.sqrt(sum(p.grad**2 for p in training.parameters))

    assert training.run(1).grad_norm[0] == pytest.approx(norm, rel=1e-12)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "linear"])
@pytest.mark.parametrize("hidden", [(), (4,), (3, 5)])
def test_the_network_in_plain_floats_gives_what_the_graph_gives(
    activation: str, hidden: tuple[int, ...]
) -> None:
    made = config(activation=activation, hidden=hidden)
    training = Training(made, ROWS)
    parameters = training.state().parameters

    for x, _ in ROWS:
        assert predict(made, parameters, x) == [training.model([Value(v) for v in x]).data]
    assert [len(layer) for layer in activations(made, parameters, ROWS[0][0])] == [*hidden, 1]


def test_a_score_is_the_mean_loss_and_the_part_that_is_right() -> None:
    made = config()
    training = Training(made, ROWS)
    training.run(40)

    found = training.score(ROWS)

    outputs = [predict(made, training.state().parameters, x)[0] for x, _ in ROWS]
    right = sum((out > 0) == (y == 1) for out, (_, y) in zip(outputs, ROWS, strict=True))
    assert found.accuracy == right / 23
    whole = Training(config(batch=0), ROWS)
    whole.restore(training.state())
    assert found.loss == pytest.approx(whole.loss_of(0).data, rel=1e-12)
    number = Config("n", "made", ("x", "y"), loss="mse")
    assert score(number, Training(number, ROWS).state().parameters, ROWS).accuracy is None


def test_a_configuration_is_plain_data_both_ways() -> None:
    import json

    made = config(hidden=(7, 7), l2=0.1)

    assert Config.from_json(json.loads(json.dumps(made.to_json()))) == made
    assert Config.from_json(made.to_json() | {"unknown": 1}) == made


@pytest.mark.parametrize(
    "settings",
    [{"loss": "x"}, {"optimizer": "x"}, {"schedule": "x"}, {"activation": "x"}, {"backend": "x"}, {"lr": math.nan},
     {"lr": -1.0}, {"steps": -1}, {"batch": -1}, {"l2": math.inf}, {"steps": 10**16}],
)  # fmt: skip
def test_what_no_training_can_have_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        config(**settings)


def test_a_network_too_large_for_values_is_refused() -> None:
    assert config(hidden=(16, 16)).parameters == len(Training(config(hidden=(16, 16)), ROWS).parameters)
    with pytest.raises(ValueError, match="1,005,001 parameters"):
        config(hidden=(1000, 1000))
