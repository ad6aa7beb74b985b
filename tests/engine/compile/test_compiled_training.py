"""A compiled training does what the training written with Values does, step by step."""

import random
from dataclasses import replace

import numpy as np
import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import compile_function
from micrograd_tui.engine.compile.ir.update import Update
from micrograd_tui.engine.compile.training import NumpyTraining
from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.learning.losses import LOSSES
from micrograd_tui.engine.learning.optim import OPTIMIZERS, SCHEDULES, SGD, Adam

RNG = random.Random(5)
ROWS = [((RNG.gauss(0, 1), RNG.gauss(0, 1)), float(i % 2)) for i in range(23)]
CONFIG = Config(
    "a run",
    "rows",
    ("a", "b"),
    classes=("no", "yes"),
    hidden=(5, 4),
    loss="hinge",
    l2=1e-3,
    steps=40,
    lr=0.05,
)


def assert_same_run(config: Config, count: int = 30) -> None:
    ours, theirs = NumpyTraining(config, ROWS), Training(config, ROWS)

    fast, slow = ours.run(count), theirs.run(count)

    assert fast.step == slow.step
    assert fast.lr == slow.lr
    assert fast.loss.tolist() == pytest.approx(slow.loss.tolist(), rel=1e-9)
    assert fast.grad_norm.tolist() == pytest.approx(slow.grad_norm.tolist(), rel=1e-9)
    assert ours.state().parameters.tolist() == pytest.approx(theirs.state().parameters.tolist(), rel=1e-9)
    assert list(ours.gradients()) == pytest.approx(list(theirs.gradients()), rel=1e-9, abs=1e-15)
    for a, b in zip(ours.state().optimizer, theirs.state().optimizer, strict=True):
        assert a == pytest.approx(b, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("batch", [0, 6, 23])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_and_batch(loss: str, batch: int) -> None:
    assert_same_run(replace(CONFIG, loss=loss, batch=batch))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule(optimizer: str, schedule: str) -> None:
    momentum = 0.9 if optimizer == "sgd" else 0.0

    assert_same_run(
        replace(
            CONFIG, optimizer=optimizer, schedule=schedule, momentum=momentum, weight_decay=0.01, lr=0.02
        )
    )


@pytest.mark.parametrize("batch", [0, 6])
def test_a_run_cut_in_pieces_and_restored_is_the_same_to_the_bit(batch: int) -> None:
    config = replace(CONFIG, batch=batch, optimizer="adam")
    whole, pieces, later = (NumpyTraining(config, ROWS) for _ in range(3))

    expected = whole.run(20)
    pieces.run(7)
    later.restore(pieces.state())
    found = later.run(13)

    assert found.loss == expected.loss[7:]
    assert later.state().parameters == whole.state().parameters
    assert later.state().optimizer == whole.state().optimizer


def test_the_graph_of_a_step_has_the_loss_that_was_stored() -> None:
    training = NumpyTraining(CONFIG, ROWS)

    training.run(9)
    graph = training.loss_of(9)

    assert training.run(1).loss[0] == pytest.approx(graph.data, rel=1e-12)
    assert training.score(ROWS).accuracy is not None


def test_a_changed_learning_rate_holds_from_the_next_step_on() -> None:
    training = NumpyTraining(CONFIG, ROWS)

    training.run(3)
    training.set_lr(0.01)

    assert training.run(2).lr.tolist() == [0.01, 0.01]


@pytest.mark.parametrize("nesterov", [False, True])
def test_run_updates_the_optimizer_and_the_values(nesterov: bool) -> None:
    w = Value(0.5)
    program = compile_function(lambda row: (w * row[0] - row[1]) ** 2, [w], [(1.0, 2.0)], backend="numpy")
    twin = Value(0.5)
    fast = SGD([w], lr=0.1, momentum=0.9, nesterov=nesterov)
    slow = SGD([twin], lr=0.1, momentum=0.9, nesterov=nesterov)

    done = program.run(5, fast, SCHEDULES["linear"])
    for step in range(5):
        slow.lr = 0.1 * SCHEDULES["linear"](step, 5)
        slow.zero_grad()
        ((twin * 1.0 - 2.0) ** 2).backward()
        slow.step()

    assert w.data == pytest.approx(twin.data, rel=1e-12)
    assert fast.state()[0] == pytest.approx(slow.state()[0], rel=1e-12)
    assert done.lr == pytest.approx([0.1 * SCHEDULES["linear"](s, 5) for s in range(5)])
    assert len(done.loss) == len(done.grad_norm) == 5


def test_an_update_remembers_as_its_optimizer_does() -> None:
    optimizer = Adam([Value(1.0), Value(2.0)], lr=0.1)
    update = Update.of(optimizer, 2)

    update.step(np.array([1.0, 2.0]), np.array([0.5, -0.5]), 0.1)

    assert [len(column) for column in update.state()] == [2, 2, 1]
    assert update.state()[2] == [1.0]
