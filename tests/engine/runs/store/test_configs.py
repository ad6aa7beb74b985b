"""A run trained here and a run of a user's script are two kinds of configuration, in files of old too."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from small_runs import config, stored

from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.runs import Run
from micrograd_tui.engine.runs.store.configs import ScriptConfig, config_from_json
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store

OLD = {
    "name": "mine", "dataset": "", "inputs": [], "target": "loss", "classes": [], "hidden": [16, 16],
    "activation": "relu", "loss": "mse", "optimizer": "sgd", "lr": 0.1, "momentum": 0.0, "weight_decay": 0.0,
    "schedule": "constant", "l2": 0.0, "batch": 16, "steps": 7, "seed": 0, "backend": "python",
    "check_every": 25,
}  # fmt: skip
"""What version 0.1 wrote of a script's run."""


@pytest.mark.parametrize("made", [config(hidden=(5, 3)), ScriptConfig("mine", 7), ScriptConfig("mine")])
def test_a_configuration_comes_back_as_the_kind_it_was(made: Config | ScriptConfig) -> None:
    assert config_from_json(json.loads(json.dumps(made.to_json()))) == made


def test_what_a_script_left_before_it_had_a_type_of_its_own_still_opens(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(loss=1.0)
    with closing(sqlite3.connect(run.store.path)) as db:
        db.execute("UPDATE facts SET value = ? WHERE key = 'config'", (json.dumps(OLD),))
        db.commit()

    store = Store.open(run.store.path)

    assert store.config == ScriptConfig("mine", 7)
    assert store.metrics().loss.tolist() == [1.0]


def test_what_is_written_of_a_script_can_be_read_by_what_knew_one_kind_only() -> None:
    written = ScriptConfig("mine", 7).to_json()

    assert written == {name: OLD[name] for name in written}


def test_a_script_has_no_network_to_ask_for(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        pass

    assert not run.store.has_model
    with pytest.raises(BadRun, match="mine was logged by a program of its own"):
        _ = run.store.training_config
    assert stored(tmp_path).training_config == config()


def test_a_network_without_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="needs an input"):
        Config("n", "d", ())
