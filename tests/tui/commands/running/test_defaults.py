"""The default settings of `train`: every data set is learnt by it, few steps or many."""

import csv
from pathlib import Path
from typing import Any

import pytest
from public_tables import TABLES

from micrograd_tui.datasets import DATASETS, Dataset
from micrograd_tui.datasets.csv_file import read_csv
from micrograd_tui.datasets.prepare import Prepared, prepare
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
    training = make_training(config_of(made, steps=steps), made.train)
    before = training.score(made.train)

    training.run(steps)
    after = training.score(made.train)

    assert after.loss < before.loss / 2
    assert after.accuracy is None or after.accuracy > 0.85


@pytest.mark.requires("numpy")
@pytest.mark.parametrize("name", TABLES)
def test_tables_as_people_have_them_are_learnt_too(tmp_path: Path, name: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(TABLES[name])
    made = prepare(read_csv(file, {"titanic": "Survived", "mushrooms": "1", "auto": "1"}.get(name)))
    training = make_training(config_of(made, steps=500), made.train)
    before = training.score(made.train)

    training.run(500)

    assert training.score(made.train).loss < before.loss


def config_of(made: Prepared, name: str = "run", **given: Any) -> Config:
    settings: dict[str, Any] = {"loss": loss_for(made.classes), "seed": 1337}
    settings |= defaults(made, "numpy", given)
    return Config(name, name, made.inputs, made.target, made.classes, backend="numpy", **settings)


@pytest.mark.parametrize("name", DATASETS)
def test_the_same_rows_train_the_same_whatever_their_file_is_called(tmp_path: Path, name: str) -> None:
    dataset = DATASETS[name].make()
    bundled = prepare(dataset)
    for other in ("moons", "flowers", "digits"):
        file = tmp_path / f"{other}.csv"
        with file.open("w", newline="") as text:
            rows = csv.writer(text)
            rows.writerow((*dataset.inputs, dataset.target))
            # In alphabetical order, as the classes of a file are.
            rows.writerows((*map(repr, x), label(dataset, y)) for x, y in dataset.rows)
        made = prepare(read_csv(file))

        assert (made.train, made.validation) == (bundled.train, bundled.validation)
        assert defaults(made, "native", {}) == defaults(bundled, "native", {})


def label(dataset: Dataset, y: float) -> str:
    return f"{int(y)} {dataset.classes[int(y)]}" if dataset.classes else repr(y)


def test_what_is_given_is_taken() -> None:
    moons = prepare(DATASETS["moons"].make())

    assert defaults(moons, "python", {"lr": 3.0, "steps": 7})["lr"] == 3.0
    assert defaults(moons, "python", {"steps": 7})["steps"] == 7
    assert defaults(moons, "python", {})["steps"] < defaults(moons, "numpy", {})["steps"]
    assert defaults(moons, "numpy", {"optimizer": "sgd"})["lr"] > defaults(moons, "numpy", {})["lr"]


def test_the_help_tells_the_defaults_that_are_taken() -> None:
    assert told("hidden") == "default 16,16; 16 for 30 inputs and more; none for a straight line"
    assert told("activation") == "default relu; tanh for a curve"
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
