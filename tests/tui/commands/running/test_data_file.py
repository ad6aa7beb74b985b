"""`train --data`: the options about a file, the advice of its refusals, and the progress of its reading."""

import re
from pathlib import Path

import pytest
from public_tables import TABLES

from micrograd_tui.datasets.cells import MISSING, MISSING_AMONG_NUMBERS
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.tui.cli import main
from micrograd_tui.tui.commands.running import data_file
from micrograd_tui.tui.commands.running.data_file import Progress

DOCS = Path(__file__).resolve().parents[4] / "docs" / "data.md"


@pytest.fixture
def titanic(tmp_path: Path) -> Path:
    file = tmp_path / "titanic.csv"
    file.write_text(TABLES["titanic"])
    return file


def train(folder: Path, file: Path, *options: str) -> tuple[int, Store | None]:
    """Train a few steps and return the exit code and the run."""
    runs = folder / "runs"
    code = main([
        "train", "--data", str(file), "--headless", "--steps", "3", "--backend", "python", "--name", "run",
        "--runs-dir", str(runs), *options,
    ])  # fmt: skip
    store = runs / "run.sqlite"
    return code, Store.open(store) if store.exists() else None


def test_titanic_trains_at_once_and_says_what_was_decided(
    tmp_path: Path, titanic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, run = train(tmp_path, titanic, "--target", "Survived")
    printed = capsys.readouterr().out

    assert code == 0
    assert run
    assert getattr(run.training_config, "classes", ()) == ("0", "1")
    for words in ("Left out: PassengerId", "Missing cells are filled", "Texts become inputs", "Age (12)"):
        assert words in printed


def test_columns_are_chosen_by_name_or_number_with_commas_between(tmp_path: Path, titanic: Path) -> None:
    _, run = train(tmp_path, titanic, "--target", "2", "--columns", 'Age, "Fare",3', "--drop", "Fare")

    assert run
    assert getattr(run.training_config, "inputs", ()) == ("Pclass", "Age")


def test_a_regression_tells_its_error_in_the_units_of_the_target_and_r2(
    tmp_path: Path, titanic: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, run = train(tmp_path, titanic, "--target", "Fare", "--task", "regression")

    assert run
    assert {"rmse", "r2", "validation_rmse", "validation_r2"} <= set(run.score_names)
    assert 1 < run.scores("validation_rmse")[-1][1] < 200
    assert re.search(
        r"off by [\d.]+ in Fare \(rmse of the validation rows\), R2 -?[\d.]+", capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        (("--task", "guess"), "--task is auto, classification or regression, not 'guess'"),
        (("--missing", "zero"), "--missing is fill, skip or refuse, not 'zero'"),
        (("--missing", "refuse"), "cells are missing in Age (12), the target Embarked (1)"),
        (("--columns", "Nope"), "no column is called 'Nope'"),
        (("--drop", "Nope"), "no column is called 'Nope'"),
        (("--target", "Sex", "--drop", "Sex"), "'Sex' is the target, and --drop leaves it out"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    tmp_path: Path,
    titanic: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    printed: str,
) -> None:
    code, run = train(tmp_path, titanic, *options)
    complaint = capsys.readouterr().err

    assert (code, run) == (2, None)
    assert printed in complaint
    assert len(complaint.splitlines()) == 1


@pytest.mark.parametrize("option", ["--drop", "--columns", "--missing", "--task"])
def test_options_about_a_file_need_one(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "moons", option, "x", "--headless"]) == 2
    assert f"{option} is about the file in --data" in capsys.readouterr().err


def test_the_progress_of_a_long_reading_is_a_line_a_quarter_in_a_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    progress = Progress("big.csv", lambda: now[0])
    for part in range(101):
        progress(part / 100)
        now[0] += 0.1
    progress.end()

    assert capsys.readouterr().err.splitlines() == [
        f"reading big.csv: {part}%" for part in (25, 50, 75, 100)
    ]


def test_a_short_reading_shows_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("small.csv", lambda: data_file.SHOWN_AFTER / 2)
    progress(0.5)
    progress.end()

    assert not capsys.readouterr().err


def test_the_docs_list_every_marker_of_a_missing_cell() -> None:
    page = DOCS.read_text(encoding="utf-8").lower()

    for marker in (MISSING - {""}) | MISSING_AMONG_NUMBERS:
        assert f"`{marker}`" in page
