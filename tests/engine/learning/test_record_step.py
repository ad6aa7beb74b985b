"""A whole training step on one timeline: what the trainer's step does, and nothing disturbed."""

import json
from typing import Any

import pytest
from small_runs import ROWS, config

from micrograd_tui.engine.graph import toposort
from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.learning.record_step import record_training_step
from micrograd_tui.engine.recording.json_file import from_plain, to_json
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.engine.recording.playback import Playback

SETTINGS = [
    {"optimizer": "sgd", "momentum": 0.9},
    {"optimizer": "adam"},
    {"optimizer": "adamw", "weight_decay": 0.1},
]


def trained(step: int = 7, **settings: Any) -> Training:
    training = Training(config(**settings), ROWS)
    training.run(step)
    return training


def recorded(training: Training) -> Recording:
    training.optimizer.lr = training.lr_at(training.step)
    return record_training_step(training.loss_of(training.step), training.parameters, training.optimizer)


def test_the_phases_are_those_of_the_loop_in_order() -> None:
    log = recorded(trained())

    assert [phase.name for phase in log.phases] == ["forward", "zero_grad", "backward", "update"]
    assert Playback(log).status.startswith("backward 0 of")


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_end_holds_the_parameters_and_gradients_that_training_gives(
    settings: dict[str, Any],
) -> None:
    training = trained(**settings)
    training.optimizer.lr = training.lr_at(training.step)
    loss = training.loss_of(training.step)
    log = record_training_step(loss, training.parameters, training.optimizer)
    nodes = toposort(loss)
    columns = training.run(1)

    assert log.value(log.root, "data", len(log)) == columns.loss[0]
    for p in training.parameters:
        if p in nodes:
            assert log.value(nodes.index(p), "data", len(log)) == p.data
            assert log.value(nodes.index(p), "grad", len(log)) == p.grad


@pytest.mark.parametrize("settings", SETTINGS)
def test_recording_leaves_the_run_as_it_was(settings: dict[str, Any]) -> None:
    training = trained(**settings)
    before = training.state()
    grads = [p.grad for p in training.parameters]
    recorded(training)
    after = training.state()

    assert (after.parameters, after.optimizer) == (before.parameters, before.optimizer)
    assert [p.grad for p in training.parameters] == grads


def test_zero_grad_starts_from_the_gradients_of_the_step_before() -> None:
    training = trained()
    grads = {p.grad for p in training.parameters if p.grad}
    log = recorded(training)
    phase = log.phases[1]
    writes = [write for step in range(phase.start, phase.end) for write in log.step_at(step).writes]

    assert grads
    assert grads <= {write.before for write in writes}
    assert {write.after for write in writes} == {0.0}


def test_an_update_says_by_how_much_each_parameter_moves() -> None:
    log = recorded(trained())
    phase = log.phases[-1]

    for step in range(phase.start, phase.end):
        (write,) = log.step_at(step).writes
        assert write.field == "data"
        assert write.before is not None
        assert write.amount == write.after - write.before


def test_a_parameter_the_loss_does_not_use_has_no_part_in_it() -> None:
    training = trained()
    (first, *rest) = training.parameters
    loss = first * first
    log = record_training_step(loss, training.parameters, training.optimizer)

    assert log.node_count == 2
    assert log.phases[-1].end - log.phases[-1].start == 1
    assert rest


def test_a_file_keeps_the_four_phases() -> None:
    log = recorded(trained())
    again = from_plain(json.loads("".join(to_json(log))))

    assert [(p.name, p.start, p.end) for p in again.phases] == [
        (p.name, p.start, p.end) for p in log.phases
    ]
