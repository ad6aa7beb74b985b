"""A moment of a run: the gradients of a training step are those of its graph, on every backend."""

from pathlib import Path

import pytest
from small_runs import stored

from micrograd_tui.engine import backward
from micrograd_tui.engine.runs.trainer import trainer
from micrograd_tui.engine.runs.trainer.replay import Replay, moment


@pytest.mark.parametrize(
    "backend",
    [
        "python",
        pytest.param("numpy", marks=pytest.mark.requires("numpy")),
        pytest.param("native", marks=pytest.mark.requires("llvmlite")),
    ],
)
@pytest.mark.parametrize("batch", [0, 4])
def test_the_gradients_of_a_step_are_those_of_its_graph(tmp_path: Path, backend: str, batch: int) -> None:
    store = stored(tmp_path, backend=backend, batch=batch, steps=30)
    trainer.train(store.path)
    replay = Replay(store)

    for step in (0, 7, 29, 30, 3):
        state, gradients = replay.gradients_at(step)
        training = moment(store, step).training
        training.optimizer.zero_grad()
        backward(training.loss_of(step))

        assert state.parameters == training.state().parameters
        assert list(gradients) == pytest.approx(
            [p.grad for p in training.parameters], rel=1e-12, abs=1e-15
        )
