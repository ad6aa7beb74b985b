"""The default settings of `train`: every data set is learnt by it, few steps or many."""

from typing import Any

import pytest

from micrograd_tui.datasets import DATASETS
from micrograd_tui.datasets.prepare import prepare
from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.losses import loss_for
from micrograd_tui.engine.runs.trainer.backends import make_training
from micrograd_tui.tui.cli import main
from micrograd_tui.tui.commands.running.defaults import defaults, told, told_rate


@pytest.mark.requires("numpy")
@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("steps", [500, 5000])
def test_every_data_set_is_learnt_with_what_train_takes_by_itself(name: str, steps: int) -> None:
    made = prepare(DATASETS[name].make())
    settings: dict[str, Any] = {"loss": loss_for(made.classes), "seed": 1337} | defaults(
        name, "numpy", {"steps": steps}
    )
    config = Config(name, name, made.inputs, made.target, made.classes, backend="numpy", **settings)
    training = make_training(config, made.train)
    before = training.score(made.train)

    training.run(steps)
    after = training.score(made.train)

    assert after.loss < before.loss / 2
    assert after.accuracy is None or after.accuracy > 0.85


def test_what_is_given_is_taken() -> None:
    assert defaults("moons", "python", {"lr": 3.0, "steps": 7})["lr"] == 3.0
    assert defaults("moons", "python", {"steps": 7})["steps"] == 7
    assert defaults("moons", "python", {})["steps"] < defaults("moons", "numpy", {})["steps"]
    assert defaults("points", "numpy", {"optimizer": "adamw"})["lr"] > 0


def test_the_help_tells_the_defaults_that_are_taken() -> None:
    assert told("hidden") == "default 16,16; 16 for digits; none for linear"
    assert told("activation") == "default relu; tanh for sine"
    assert told("momentum") == "default 0"
    assert told_rate() == "default sgd: 25 / steps, at most 0.05; adam, adamw: 10 / steps, at most 0.02"


def test_each_option_of_train_tells_its_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    told_of = " ".join(capsys.readouterr().out.split()).split(" --")
    plain = ("help", "version", "headless", "json", "detach", "data")  # switches, and a file

    for option in told_of[4:]:
        if not option.startswith(plain):
            assert "default" in option
