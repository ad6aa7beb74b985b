"""`kill -9` at any moment costs nothing of the result. MICROGRAD_TUI_KILLS=100 does it a hundred times."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from small_runs import ROWS, config, stored, uninterrupted, wait_for

from micrograd_tui.engine.runs.store.lock import held
from micrograd_tui.engine.runs.trainer.backends import make_training
from micrograd_tui.engine.runs.trainer.launch import launch
from micrograd_tui.engine.runs.trainer.replay import moment

TIMES = int(os.environ.get("MICROGRAD_TUI_KILLS", "3"))
SETTINGS = {"steps": 2500, "schedule": "cosine", "l2": 1e-4, "momentum": 0.9, "optimizer": "sgd"}


@pytest.fixture(scope="module")
def wanted() -> list[float]:
    return uninterrupted(**SETTINGS).loss.tolist()


@pytest.mark.parametrize("seed", range(TIMES))
def test_after_kills_and_resumes_the_losses_are_those_of_an_uninterrupted_run(
    tmp_path: Path, seed: int, wanted: list[float]
) -> None:
    rng, store = random.Random(seed), stored(tmp_path, **SETTINGS)
    done = -1
    while store.status().state != "finished":
        pid = launch(store)
        # At a random moment, but after some progress: else it would be killed for ever.
        time.sleep(rng.uniform(0.0, 0.4))
        wait_for(lambda done=done: store.status().step > done or not held(store.path))
        with suppress(ProcessLookupError):  # it may just have finished
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not held(store.path))
        done = store.status().step

    assert store.metrics().loss.tolist() == wanted
    assert not [event for event in store.events() if event.kind == "difference"]


def test_what_a_kill_costs_is_less_than_what_was_committed(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=10_000_000)
    pid = launch(store)
    wait_for(lambda: store.status().step > 50)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not held(store.path))

    status = store.status()

    assert status.state == "died"
    assert status.step == store.checkpoints()[-1] == store.metrics().step[-1] + 1


def test_any_step_of_a_killed_run_opens_with_its_stored_loss(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=10_000_000)
    pid = launch(store)
    wait_for(lambda: store.status().step > 100)
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not held(store.path))

    for step in (0, 1, 37, 99, store.status().step - 1):
        then = moment(store, step)
        assert then.training.loss_of(step).data == then.loss == store.metrics(step, step + 1).loss[0]


KILLING = """
import os, signal, sys
from contextlib import suppress
from pathlib import Path
from micrograd_tui.engine.runs.store import writer
from micrograd_tui.engine.runs.trainer import trainer
many, count = writer._many, 0
def killing(db, statement, rows):
    global count
    many(db, statement, rows)
    count += 1
    if count == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
writer._many = killing
trainer.train(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("statement", [1, 2, 4, 6, 7, 9, 12, 14, 17])
def test_a_kill_inside_a_commit_or_a_checkpoint_loses_nothing(
    tmp_path: Path, statement: int, wanted: list[float]
) -> None:
    store = stored(tmp_path, **SETTINGS)
    done = subprocess.run([sys.executable, "-c", KILLING, store.path, str(statement)])
    assert done.returncode == -signal.SIGKILL

    launch(store)
    wait_for(lambda: not held(store.path))

    assert store.status().state == "finished"
    assert store.metrics().loss.tolist() == wanted


@pytest.mark.parametrize(
    "backend",
    [
        pytest.param("numpy", marks=pytest.mark.requires("numpy")),
        pytest.param("native", marks=pytest.mark.requires("llvmlite")),
    ],
)
def test_the_fast_backends_lose_nothing_either(tmp_path: Path, backend: str) -> None:
    settings = {"backend": backend, "steps": 40_000, "schedule": "linear", "lr": 0.001}
    store, done = stored(tmp_path, **settings), -1
    for _ in range(3):
        pid = launch(store)
        wait_for(lambda done=done: store.status().step > done or not held(store.path))
        with suppress(ProcessLookupError):  # it may just have finished
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not held(store.path))
        done = store.status().step
    if store.status().state != "finished":
        launch(store)
    wait_for(lambda: not held(store.path))

    assert store.status().state == "finished"
    assert store.metrics().loss == make_training(config(**settings), ROWS).run(40_000).loss
    then = moment(store, 12_345)
    stored_loss = store.metrics(12_345, 12_346).loss[0]
    assert then.training.loss_of(12_345).data == pytest.approx(stored_loss, rel=1e-12, abs=1e-12)
