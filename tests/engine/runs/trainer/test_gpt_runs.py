"""Runs of a GPT: resumed bit for bit, thinned, gone back in, stopped at nan, and their moments."""

import math
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_gpts import config, stored, tokens, trained, training
from small_runs import pid_of, wait_for

from micrograd_tui.engine.learning.state import Metrics
from micrograd_tui.engine.runs.store.configs import config_from_json
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.engine.runs.trainer.backends import make_training
from micrograd_tui.engine.runs.trainer.launch import launch
from micrograd_tui.engine.runs.trainer.replay import moment
from micrograd_tui.engine.runs.trainer.trainer import prepare


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return trained(tmp_path_factory.mktemp("gpt"))


def test_a_run_is_trained_to_its_end_with_the_losses_of_the_loop(run: Store) -> None:
    assert run.status().state == "finished"
    assert list(run.metrics().loss) == list(training().run(40).loss)
    assert run.scores("validation_loss")


def test_after_a_kill_it_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=150)
    launch(store)
    wait_for(lambda: store.status().step > 10)
    os.kill(pid_of(store), signal.SIGKILL)
    wait_for(lambda: not store.status().live)
    launch(store)
    wait_for(lambda: not store.status().live)

    assert list(store.metrics().loss) == list(training(steps=150).run(150).loss)


@pytest.mark.parametrize("batch", [1, 3])
def test_any_step_opens_with_its_stored_loss(tmp_path: Path, batch: int) -> None:
    store = trained(tmp_path, batch=batch, steps=20)

    for step in (0, 7, 19):
        at = moment(store, step)
        assert at.training.loss_of(step).data == pytest.approx(at.loss, abs=1e-12)


def test_the_old_steps_are_thinned(tmp_path: Path) -> None:
    store = stored(tmp_path, steps=120)
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute("UPDATE facts SET value = '20' WHERE key = 'keep'")
    launch(Store.open(store.path))
    wait_for(lambda: not store.status().live)

    assert store.thinned_before > 0
    assert store.checkpoints()


def test_weights_that_reach_nan_stop_it_at_their_node_and_nothing_is_lost(tmp_path: Path) -> None:
    store = trained(tmp_path, optimizer="sgd", lr=1e200)
    status = store.status()

    assert status.state == "stopped"
    assert "is not finite" in status.message
    assert "position[" in status.message
    assert len(store.metrics()) == status.step + 1
    event = next(event for event in store.events() if event.kind == "nonfinite")
    assert event.place


@pytest.mark.parametrize("batch", [1, 3])
def test_a_reckless_rate_stays_finite_compiled_as_with_values(tmp_path: Path, batch: int) -> None:
    store = trained(tmp_path, lr=1000, batch=batch, backend="numpy")
    losses = list(store.metrics().loss)

    assert store.status().state == "finished"
    assert max(losses) > 1000
    assert losses[:3] == pytest.approx(training(lr=1000, batch=batch).run(3).loss)


def test_a_step_that_overflows_only_compiled_stops_it_with_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so at step 5, since nothing else than rounding tells the two apart any more."""

    def run(steps: int) -> Metrics:
        found = trains(steps)
        for i, step in enumerate(found.step):
            found.loss[i] = math.inf if step == 5 else found.loss[i]
        return found

    store = stored(tmp_path, backend="numpy")
    trainer = prepare(store, Writer(store.path, keep=1000, journal="delete"))
    trains = trainer.training.run
    monkeypatch.setattr(trainer.training, "run", run)
    trainer.run()

    assert store.status().state == "stopped"
    assert "numpy overflows; in Values, with --backend python, it stays finite" in store.status().message
    assert store.checkpoints()
    assert len(store.metrics()) == store.status().step + 1 == 6


def test_no_step_at_all_leaves_a_compiled_training_as_it_was() -> None:
    made = make_training(config(backend="numpy"), tokens().train)
    before = list(made.state().parameters)

    assert not len(made.run(0))
    assert list(made.state().parameters) == before
    assert list(made.run(3).loss) == list(
        make_training(config(backend="numpy"), tokens().train).run(3).loss
    )


def test_its_configuration_is_of_its_own_kind(run: Store) -> None:
    assert run.gpt_config == run.config == config_from_json(run.facts["config"])
    with pytest.raises(BadRun):
        run.network_config  # noqa: B018  # the refusal is what is asked for


def test_a_learning_rate_and_steps_are_changed_on_the_way(tmp_path: Path) -> None:
    store = trained(tmp_path, steps=10)
    launch(store, steps=20, lr=0.001)
    wait_for(lambda: not store.status().live)

    assert store.status().step == 20
    assert store.metrics().lr[10] == pytest.approx(0.001 * 0.5)
