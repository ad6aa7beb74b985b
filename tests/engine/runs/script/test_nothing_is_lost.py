"""What a script logs is kept: in parts, in any order, twice, by any name, from the start again."""

import copy
import math
import pickle
import subprocess
import sys
from csv import DictReader
from pathlib import Path
from typing import Any

import pytest

from micrograd_tui.engine.runs import Run
from micrograd_tui.engine.runs.store.configs import ScriptConfig
from micrograd_tui.engine.runs.store.csv_export import csv_lines
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer


def exported(store: Store) -> list[dict[str, str]]:
    return list(DictReader(csv_lines(store)))


def kinds(store: Store) -> list[str]:
    return [event.kind for event in store.events()]


def test_numbers_of_one_step_that_come_one_by_one_are_one_step(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(100):
            run.log(step=i, loss=float(i))
            run.log(step=i, lr=0.1)
        for i in range(100):
            run.log(step=i, acc=0.5)

    assert run.store.metrics().loss.tolist() == list(range(100))
    assert run.store.metrics().lr.tolist() == [0.1] * 100
    assert run.store.status().loss == 99
    rows = exported(run.store)
    assert [(row["step"], row["loss"], row["lr"], row["acc"]) for row in rows[:2]] == [
        ("0", "0.0", "0.1", "0.5"),
        ("1", "1.0", "0.1", "0.5"),
    ]
    assert kinds(run.store) == []


def test_a_number_logged_again_replaces_the_one_before_and_that_is_said_once(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(10):
            run.log(step=i, loss=i)
        run.log(step=5, loss=50)
        run.log(step=6, loss=60)

    assert run.store.metrics().loss.tolist() == [0, 1, 2, 3, 4, 50, 60, 7, 8, 9]
    assert run.store.status().loss == 9
    assert kinds(run.store) == ["again"]
    assert "loss was logged again for step 5" in run.store.events()[0].text


def test_a_restart_is_an_event_and_its_numbers_stay_apart(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for life in range(2):
            for i in range(3):
                run.log(step=i, loss=10 * life + i)

    assert run.store.metrics().loss.tolist() == [0, 1, 2, 10, 11, 12]
    assert [(event.step, event.text) for event in run.store.events()] == [
        (3, "restarted at step 0: its steps begin at 3 here")
    ]
    rows = exported(run.store)
    assert [(row["step"], row["life"], row["life_step"]) for row in rows[2:4]] == [
        ("2", "1", "2"),
        ("3", "2", "0"),
    ]
    assert run.store.status().loss == 12


def test_the_csv_has_every_step_and_every_name(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=0, reward=1)
        run.log({"time": 5, "step": 7, "loss": math.nan}, step=3)

    first, second = exported(run.store)
    assert (first["step"], first["reward"], first["loss"]) == ("0", "1.0", "")
    assert (second["step"], second["loss"]) == ("3", "nan")
    assert (second["step (logged)"], second["time (logged)"]) == ("7.0", "5.0")
    assert float(second["time"]) > 1e9


def test_thinning_thins_every_name_and_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run("mine", runs_dir=tmp_path)
    run.finish()
    store = run.store
    writer = Writer(store.path, keep=300)
    for name in ("train/loss", "acc"):
        writer.pending.scores += [(name, i, float(i)) for i in range(1000)]
    writer.commit("finished", 1000, None, 1.0)
    writer.close()

    assert store.thinned_before == 700
    assert store.thinned_names == ["acc", "train/loss"]
    assert [len(store.scores(name)) for name in store.score_names] == [300, 300]
    rows = exported(store)
    assert len(rows) == 7 + 300
    assert (rows[0]["steps"], rows[0]["acc"], rows[0]["train/loss"]) == ("100", "49.5", "49.5")


# The shapes in which people call it


@pytest.mark.parametrize(
    "log",
    [
        lambda run: run.log({"loss": 0.5}, step=3),
        lambda run: run.log(3, loss=0.5),
        lambda run: run.log({"loss": 0.5, "step": 3}),
        lambda run: run.log(step="3", loss="0.5"),
        lambda run: run.log(step=3.0, loss=[0.5]),
    ],
)
def test_a_number_and_its_step_in_any_shape(tmp_path: Path, log: Any) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        log(run)
        run.log({"loss": 1.0})

    assert run.store.scores("loss") == [(3, 0.5), (4, 1.0)]


def test_dicts_within_dicts_have_their_names_joined(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log({"train": {"loss": 1, "by": {"class": {0: 2}}}, "val": {"loss": 3}})

    assert run.store.score_names == ["train/by/class/0", "train/loss", "val/loss"]


def test_a_step_that_is_no_whole_number_costs_no_number(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(4):
            run.log({"loss": i}, step=i / 4)

    assert run.store.scores("loss") == [(i, float(i)) for i in range(4)]
    assert run.store.scores("step") == [(1, 0.25), (2, 0.5), (3, 0.75)]


@pytest.mark.requires("torch")
@pytest.mark.filterwarnings("error")
def test_tensors_of_one_number_are_numbers(tmp_path: Path) -> None:
    import torch

    with Run("mine", runs_dir=tmp_path) as run:
        run.log(loss=torch.tensor(0.5, requires_grad=True) * 2, acc=torch.ones(1, 1))

    assert run.dropped == 0
    assert run.store.last_numbers() == {"acc": (0, 1.0), "loss": (0, 1.0)}


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError

    def __float__(self) -> float:
        raise type("Own", (BaseException,), {})("no")


def test_no_argument_raises_into_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    odd: Any = Hostile()
    with Run("mine", runs_dir=tmp_path) as run:
        for given in (odd, endless, [1, 2], "x", {None: 1, (1, 2): 2}, {"a": odd}, object(), b"5"):
            run.log(given)
            run.log(loss=given)
            run.log(loss=1, step=given)
        run.say(odd)

    assert run.store.status().state == "finished"
    assert "were lost" in capsys.readouterr().err


def test_a_copy_in_a_trainer_logs_to_the_same_run_and_one_elsewhere_nothing(tmp_path: Path) -> None:
    class Trainer:
        pass

    with Run("mine", runs_dir=tmp_path) as run:
        trainer: Any = Trainer()
        trainer.run = run
        copy.deepcopy(trainer).run.log(loss=1.0)
        data = pickle.dumps(run)
        assert pickle.loads(data) is run
        script = (
            f"import pickle; run = pickle.loads({data!r}); run.log(loss=9); run.finish(); run.stopping"
        )
        subprocess.run([sys.executable, "-c", script], check=True)
        run.log(loss=2.0)

    assert run.store.metrics().loss.tolist() == [1, 2]
    assert run.store.status().state == "finished"


# Going on


def test_a_run_is_resumed_by_its_name(tmp_path: Path) -> None:
    for first in (0, 2):
        with Run("mine", runs_dir=tmp_path, resume=True) as run:
            run.log(loss=first)
            run.log(loss=first + 1)

    assert [path.name for path in tmp_path.glob("*.sqlite")] == ["mine.sqlite"]
    assert run.store.scores("loss") == [(0, 0.0), (1, 1.0), (2, 2.0), (3, 3.0)]
    assert kinds(run.store) == ["resume"]


def test_a_resumed_script_that_begins_at_0_has_restarted(tmp_path: Path) -> None:
    for _ in range(2):
        with Run("mine", runs_dir=tmp_path, resume=True) as run:
            for i in range(3):
                run.log(step=i, loss=i)

    assert kinds(run.store) == ["resume", "restart"]
    assert run.store.metrics().loss.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "mine.sqlite", ScriptConfig("mine"))
    writer = Writer(store.path, 1000, journal="delete")
    writer.pending.metrics.append((0, 0.5, None, None, 1.0))
    writer.commit("finished", 1, None, 0.5)
    writer.close()

    with Run("mine", runs_dir=tmp_path, resume=True) as run:
        run.log(loss=0.25)

    assert run.store.metrics().loss.tolist() == [0.5, 0.25]


def test_what_is_held_or_trained_here_is_not_resumed(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path), pytest.raises(BadRun, match="held by another process"):
        Run("mine", runs_dir=tmp_path, resume=True)


# Ends


def test_a_generator_that_is_closed_is_no_crash(tmp_path: Path) -> None:
    def steps() -> Any:
        with Run("mine", runs_dir=tmp_path) as run:
            while True:
                run.log(loss=1.0)
                yield

    going = steps()
    next(going)
    going.close()

    status = Store.open(tmp_path / "mine.sqlite").status()
    assert (status.state, "generator" in status.message) == ("stopped", True)


@pytest.mark.parametrize(
    ("text", "state", "message"),
    [
        ("sys.exit(3)", "died", "its program left with exit code 3"),
        ("sys.exit('no data')", "died", "its program left saying: no data"),
        ("sys.exit()", "finished", ""),
        ("raise ValueError('no')", "died", "ValueError: no"),
        ("try: sys.exit(3)\nexcept SystemExit: run.log(loss=2)", "finished", ""),
    ],
)
def test_how_a_script_ended_is_known_without_with(
    tmp_path: Path, text: str, state: str, message: str
) -> None:
    head = f"import sys\nfrom micrograd_tui.engine.runs import Run\nrun = Run('mine', runs_dir={str(tmp_path)!r})\n"
    subprocess.run([sys.executable, "-c", f"{head}run.log(loss=1)\n{text}"], capture_output=True)

    status = Store.open(tmp_path / "mine.sqlite").status()
    assert (status.state, status.message) == (state, message)


def test_a_directory_of_runs_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(BadRun, match="file is a file; runs are kept in a directory"):
        Run("mine", runs_dir=tmp_path / "file" / "runs")


@pytest.mark.requires("termios")
def test_a_limit_of_file_sizes_is_named(tmp_path: Path) -> None:
    script = f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from micrograd_tui.engine.runs import Run
with Run("mine", runs_dir={str(tmp_path)!r}) as run:
    for i in range(5000):
        run.log(loss=i)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "no file may exceed 100,000 bytes here (ulimit -f)" in done.stderr
