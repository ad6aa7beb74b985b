"""Run, for a user's own script: it never harms the script, whatever happens to it."""

import math
import os
import resource
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from unittest.mock import Mock

import pytest
from small_runs import wait_for

from micrograd_tui.engine.runs import Run
from micrograd_tui.engine.runs.script import run as run_module
from micrograd_tui.engine.runs.script.ring_buffer import Ring
from micrograd_tui.engine.runs.store.lock import held
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store

START = "import os, sys\nfrom micrograd_tui.engine.runs import Run\n"


def script(directory: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a script of a user's, its runs in this directory."""
    env = os.environ | {"MICROGRAD_TUI_RUNS": str(directory)}
    return subprocess.run([sys.executable, "-c", START + text], env=env, capture_output=True, text=True)


def stored(directory: Path, name: str = "mine") -> Store:
    return Store.open(directory / f"{name}.sqlite")


def test_what_is_logged_is_stored_exactly(tmp_path: Path) -> None:
    with Run("my experiment", runs_dir=tmp_path) as run:
        for i in range(10):
            run.log(step=i, loss=1 / (i + 1), accuracy=i / 3)

    made = stored(tmp_path, "my experiment")
    assert made.metrics().loss.tolist() == [1 / (i + 1) for i in range(10)]
    assert made.scores("accuracy") == [(i, i / 3) for i in range(10)]
    assert made.status().state == "finished"


def test_it_is_watched_while_it_runs(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(loss=0.5)
        wait_for(lambda: stored(tmp_path).status().step == 1)

        assert stored(tmp_path).status().state == "running"
        for kind in ("pause", "stop"):
            with pytest.raises(BadRun, match="takes no such order"):
                stored(tmp_path).order(kind)


def test_steps_count_by_themselves(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(loss=3)
        run.log(loss=2)
        run.log(step=10, loss=1)
        run.log(loss=0)

    assert stored(tmp_path).metrics().step.tolist() == [0, 1, 10, 11]


def test_a_block_that_raises_leaves_a_dead_run_with_the_message(tmp_path: Path) -> None:
    def work() -> None:
        with Run("mine", runs_dir=tmp_path) as run:
            run.log(loss=1.0)
            raise ValueError("no such luck")

    with pytest.raises(ValueError, match="no such luck"):
        work()

    status = stored(tmp_path).status()
    assert (status.state, status.message, status.step) == ("died", "ValueError: no such luck", 1)


def test_log_never_raises(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Rude:
        def __float__(self) -> float:
            raise RuntimeError("no")

    word: Any = "seven"
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=word)
        run.log(loss=Rude(), accuracy=0.5)
        run.log(loss=None, other=[1, 2])
        run.log(loss=math.nan)
        run.log(**{"a name, with a comma": 1})
    run.log(loss=1)
    run.finish()

    assert stored(tmp_path).scores("accuracy") == [(0, 0.5)]
    assert "were lost" in capsys.readouterr().err


class Scores(NamedTuple):
    loss: float
    accuracy: float


@dataclass
class Measured:
    loss: float
    accuracy: float


@pytest.mark.parametrize(
    "given",
    [
        ({"loss": 0.5, "accuracy": 0.75}, 3),  # as wandb takes them
        (3, {"loss": 0.5, "accuracy": 0.75}),
        ({"loss": 0.5}, {"accuracy": 0.75}, 3),
        (Scores(0.5, 0.75), 3),
        (Measured(0.5, 0.75), 3),
    ],
)
def test_numbers_by_place(given: tuple[Any, ...], tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(*given)

    assert stored(tmp_path).scores("accuracy") == [(3, 0.75)]
    assert list(stored(tmp_path).metrics().loss) == [0.5]


def test_a_name_and_its_number_by_place(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log("train/loss", 0.5, 3)  # as TensorBoard's writers take them, and MLflow
        run.log("train/loss", 0.25, step=4)
        run.log("train/loss", 0.125)

    assert stored(tmp_path).scores("train/loss") == [(3, 0.5), (4, 0.25), (5, 0.125)]


def test_an_odd_entry_costs_no_other(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=1, loss=0.5)
        run.log(step=2**70, loss=1)
        run.log(step=-1, loss=1)
        run.log(step=2, **{"\ud800": 1, "x" * 100_000: 2})
        run.log(step=3, loss=10**400)
        run.log(4, 5, 6, self=7)
        run.log(step=5, loss=0.25)

    made = stored(tmp_path)
    assert list(zip(made.metrics().step, made.metrics().loss, strict=True)) == [(1, 0.5), (5, 0.25)]
    assert made.scores("self") == [(4, 7.0)]
    assert made.status().state == "finished"


@pytest.mark.requires("numpy")
def test_numbers_of_other_libraries_are_numbers(tmp_path: Path) -> None:
    import numpy as np

    step: Any = np.int64(3)
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=step, loss=np.float32(0.5), accuracy=np.array(0.25))
        run.log(step=4, loss=np.ma.masked, accuracy=np.ma.array([0.5], mask=[False]))

    assert stored(tmp_path).metrics().loss.tolist() == [0.5, pytest.approx(math.nan, nan_ok=True)]
    assert stored(tmp_path).scores("accuracy") == [(3, 0.25), (4, 0.5)]


class OneOfPandas:
    """A Series of one number has a method of this name."""

    def mask(self) -> None:
        """It would be true."""

    def item(self) -> float:
        return 0.5


def test_a_method_called_mask_masks_nothing(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(step=1, loss=OneOfPandas())

    assert stored(tmp_path).metrics().loss.tolist() == [0.5]


def test_a_file_that_is_away_for_a_while_loses_no_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.store.path.rename(tmp_path / "away")
        run.log(loss=1.0)
        time.sleep(0.5)
        (tmp_path / "away").rename(run.store.path)
        run.log(loss=0.5)

    assert stored(tmp_path).metrics().loss.tolist() == [1.0, 0.5]
    assert capsys.readouterr().err == ""


def test_what_comes_faster_than_it_is_written_is_lost_and_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_module, "Ring", Mock(create=partial(Ring.create, 10_000)))
    with Run("mine", runs_dir=tmp_path) as run:
        for i in range(5000):
            run.log(loss=i)

    kept = stored(tmp_path).metrics().loss.tolist()
    lost = f"{5000 - len(kept)} entries were lost: they came faster than they could be written"
    assert kept == list(range(len(kept)))
    assert run.dropped == 5000 - len(kept)
    assert stored(tmp_path).status().message == lost
    assert stored(tmp_path).events()[-1].text == lost
    assert "faster than they could be written" in capsys.readouterr().err


def test_a_file_that_stays_locked_is_reported_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run("mine", runs_dir=tmp_path)
    with closing(sqlite3.connect(run.store.path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        for i in range(10):
            run.log(step=i, loss=i)
        run.finish()

    assert run.dropped == 10
    assert "10 entries of mine were lost" in (error := capsys.readouterr().err)
    assert "locked" in error


def test_a_disk_that_fails_is_reported_at_the_end_and_raises_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.store.path.rename(tmp_path / "gone")
        run.log(loss=1.0)

    assert "entry of mine was lost" in capsys.readouterr().err


def test_a_loss_that_is_no_number_is_reported_though_the_file_was_away(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.store.path.rename(tmp_path / "away")
        run.log(loss=math.inf)
        time.sleep(0.5)
        (tmp_path / "away").rename(run.store.path)

    assert [event.text for event in stored(tmp_path).events()] == ["the loss of step 0 is inf"]


def test_without_a_python_to_write_it_there_is_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(BadRun, match="nothing can be started to write"):
        Run("mine", runs_dir=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_names_are_made_unique(tmp_path: Path) -> None:
    names = []
    for _ in range(3):
        with Run("a/b", runs_dir=tmp_path) as run:
            names.append(run.name)

    assert names == ["a-b", "a-b-2", "a-b-3"]


def test_logging_hands_the_number_over_and_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    run = Run("mine", runs_dir=tmp_path)
    with closing(sqlite3.connect(run.store.path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")  # as long as this is open nothing can be written
        for i in range(1000):
            run.log(step=i, loss=i)
        time.sleep(0.3)
        assert db.execute("SELECT count(*) FROM metrics").fetchone() == (0,)
    run.finish()

    assert len(stored(tmp_path).metrics()) == 1000


@pytest.mark.skipif(not hasattr(resource, "RUSAGE_THREAD"), reason="the system does not count waits")
def test_to_log_is_never_to_wait(tmp_path: Path) -> None:
    """However busy the machine: a process that waits for anything gives the processor back by itself."""
    with Run("mine", runs_dir=tmp_path) as run:
        waits, end = 0, time.monotonic() + 2.0
        while time.monotonic() < end:
            before = voluntary_switches()
            for _ in range(100):
                run.log(loss=0.5, accuracy=1)
            waits += voluntary_switches() - before

    assert waits == 0
    assert run.dropped == 0


def voluntary_switches() -> int:
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def test_threads_that_log_at_once_lose_nothing(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:

        def work(first: int) -> None:
            for i in range(first, 20_000, 4):
                run.log(i, loss=i)

        threads = [Thread(target=work, args=(first,)) for first in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert stored(tmp_path).metrics().loss.tolist() == list(range(20_000))


@pytest.mark.parametrize("count", [1, 1000, 200_000])
def test_a_script_is_killed_and_what_it_logged_is_kept(tmp_path: Path, count: int) -> None:
    script(
        tmp_path,
        f"""
import signal
run = Run("mine")
for i in range({count}):
    run.log(loss=i)
os.kill(os.getpid(), signal.SIGKILL)
""",
    )
    wait_for(lambda: stored(tmp_path).status().step == count)

    assert len(stored(tmp_path).metrics()) == count
    assert stored(tmp_path).status().state == "died"
    assert "without saying why" in stored(tmp_path).status().message


def test_a_script_that_looks_for_it_is_ordered_to_stop(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        assert not run.stopping
        wait_for(lambda: stored(tmp_path).heeds_stop)
        stored(tmp_path).order("stop")
        wait_for(lambda: run.stopping)

    made = stored(tmp_path)
    assert (made.status().state, made.status().message) == ("stopped", "stopped as ordered")
    assert [order.answer for order in made.orders()] == ["done"]
    assert "stop (by" in made.events()[-1].text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_script_may_wait_for_all_its_children(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
with Run("mine") as run:
    run.log(loss=1.0)
    try:
        os.wait()
    except ChildProcessError:
        run.log(loss=2.0)
""",
    )

    assert done.returncode == 0, done.stderr
    assert len(stored(tmp_path).metrics()) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_children_log_nothing_and_harm_nothing(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
with Run("mine") as run:
    for i in range(200):
        run.log(step=i, loss=i)
        if i % 10 == 0:
            child = os.fork()
            if child == 0:
                run.log(step=i, loss=-1.0)
                run.finish()
                sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
""",
    )

    assert done.returncode == 0, done.stderr
    assert stored(tmp_path).metrics().loss.tolist() == list(range(200))
    assert stored(tmp_path).status().state == "finished"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_lives_on_does_not_keep_a_dead_script_alive(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
import signal, time
run = Run("mine")
reading, writing = os.pipe()
if os.fork() == 0:
    os.close(0); os.close(1); os.close(2)
    time.sleep(20)
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL)
""",
    )

    assert done.returncode == -9
    assert not held(tmp_path / "mine.sqlite")
    assert stored(tmp_path).status().state == "died"


@pytest.mark.parametrize(
    ("ending", "state"),
    [("", "finished"), ("sys.exit(0)", "finished"), ("raise KeyError('x')", "died"),
     ("os._exit(0)", "died")],
)  # fmt: skip
def test_without_a_block_the_end_of_the_script_ends_the_run(
    tmp_path: Path, ending: str, state: str
) -> None:
    script(tmp_path, f"run = Run('mine')\nrun.log(loss=1.0)\n{ending}")

    assert stored(tmp_path).status().state == state


def test_a_handler_of_signals_that_raises_in_the_middle_of_it_keeps_no_entry_back(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
import signal

def raises(*ignored):
    raise InterruptedError

i, run = 0, Run("mine")
signal.signal(signal.SIGALRM, raises)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
while i < 20_000:
    try:
        while i < 20_000:
            run.log(i, loss=i)
            i += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
    except InterruptedError:
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
assert not run._putting.locked()
run.finish()
""",
    )

    assert done.returncode == 0, done.stderr
    assert stored(tmp_path).status().state == "finished"
    assert stored(tmp_path).metrics().step[-1] == 19_999


def test_a_script_that_closes_every_descriptor_keeps_what_it_opens_then(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        f"""
run = Run("mine")
run.log(loss=1.0)
os.closerange(3, 100)
files = [open("{tmp_path}/" + str(i), "w+") for i in range(8)]
run.log(loss=2.0)
run.finish()
for file in files:
    file.write("mine")
    file.close()
""",
    )

    assert done.returncode == 0, done.stderr
    assert [(tmp_path / str(i)).read_text() for i in range(8)] == ["mine"] * 8
    assert "the script has closed" in done.stderr


def test_a_script_finds_the_package_where_only_it_looks(tmp_path: Path) -> None:
    """With a relative PYTHONPATH, and with one of its own in sys.path."""
    (tmp_path / "only here").mkdir()
    (tmp_path / "only here" / "sqlite3.py").write_text("raise ImportError('the wrong one')")
    script(
        tmp_path, f"sys.path.insert(0, '{tmp_path}/only here')\nwith Run('mine') as run: run.log(loss=1)"
    )

    assert stored(tmp_path).status().state == "finished"


@pytest.mark.parametrize("steps", [2.5, -1, "many", math.nan])
def test_steps_are_a_whole_number(tmp_path: Path, steps: Any) -> None:
    with pytest.raises(BadRun, match="steps is a whole number, 0 or more"):
        Run("mine", steps=steps, runs_dir=tmp_path)

    hundred: Any = 100.0
    with Run("mine", steps=hundred, runs_dir=tmp_path) as run:
        run.log(loss=1.0)
    assert stored(tmp_path).status().steps == 100


def test_a_message_of_any_signs_is_kept(tmp_path: Path) -> None:
    script(tmp_path, "with Run('mine') as run: raise ValueError('cannot read caf\\udce9.csv')")

    assert stored(tmp_path).status().message == "ValueError: cannot read caf?.csv"


def test_long_names_that_begin_alike_are_two(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        run.log(**{"x" * 300: 1, "x" * 301: 2})

    assert len(stored(tmp_path).score_names) == 2


def test_an_error_at_a_prompt_does_not_end_the_run(tmp_path: Path) -> None:
    env = os.environ | {"MICROGRAD_TUI_RUNS": str(tmp_path)}
    typed = f"1/0\n{START}run = Run('mine')\nrun.log(loss=1)\noops\nrun.log(loss=2)\n"
    subprocess.run([sys.executable, "-i"], env=env, input=typed, capture_output=True, text=True)

    assert stored(tmp_path).status().state == "finished"
    assert len(stored(tmp_path).metrics()) == 2
