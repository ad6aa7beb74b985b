"""`train`, `watch`, `runs` and `resume` on the command line, without the app."""

import csv
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pty_app import COMMAND
from small_runs import wait_for

from micrograd_tui.engine.runs import Run
from micrograd_tui.engine.runs.store.lock import held
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.tui.sessions.watching import WatchSession
from micrograd_tui.tui.text.format import cells

SHORT = ("--backend", "python", "--hidden", "4", "--batch", "4", "--steps", "60")
ENDLESS = ("--backend", "python", "--hidden", "4", "--batch", "4", "--steps", "9999999", "--detach")


class Commands:
    """Runs the command with its runs in one directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.env = os.environ | {"MICROGRAD_TUI_RUNS": str(directory)}

    def __call__(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env,
            start_new_session=True,
        )

    def listed(self) -> list[dict[str, Any]]:
        """What `runs --json` prints."""
        found: list[dict[str, Any]] = json.loads(self("runs", "--json").stdout)
        return found


@pytest.fixture
def command(tmp_path: Path):
    made = Commands(tmp_path)
    yield made
    for path in tmp_path.glob("*.sqlite"):
        if held(path):
            os.kill(Store(path).status().pid or 0, signal.SIGKILL)
            wait_for(lambda path=path: not held(path))


def test_training_headless_tells_what_was_done_and_how_it_went(command: Commands) -> None:
    done = command("train", "moons", *SHORT, "--headless")

    assert done.returncode == 0
    assert "80 rows are for training and 20 held out for validation" in done.stdout
    assert "not standardised" in done.stdout
    assert "moons-1 finished: 60 steps, loss" in done.stderr
    assert command.listed()[0]["state"] == "finished"


def test_json_prints_a_line_a_step(command: Commands) -> None:
    done = command("train", "moons", *SHORT, "--json")

    lines = [json.loads(line) for line in done.stdout.splitlines()]

    assert [line["step"] for line in lines] == list(range(60))
    assert {"loss", "lr", "grad_norm", "time", "accuracy", "validation_loss"} <= set(lines[0])
    assert [line["loss"] for line in lines] == Store.open(
        command.directory / "moons-1.sqlite"
    ).metrics().loss.tolist()


def test_detached_training_is_listed_with_its_process_and_outlives_the_command(command: Commands) -> None:
    done = command("train", "xor", *ENDLESS)
    (run,) = command.listed()

    assert done.returncode == 0
    assert set(run) >= {"name", "dataset", "state", "pid", "step", "steps", "loss", "updated"}
    assert (run["name"], run["dataset"], run["state"], run["steps"]) == (
        "xor-1",
        "xor",
        "running",
        9999999,
    )
    os.kill(run["pid"], 0)
    wait_for(lambda: command.listed()[0]["step"] > run["step"])


def test_a_killed_run_is_listed_as_dead_and_resumes(command: Commands) -> None:
    command(
        "train",
        "xor",
        "--backend",
        "python",
        "--hidden",
        "4",
        "--steps",
        "800",
        "--name",
        "mine",
        "--detach",
    )
    wait_for(lambda: command.listed()[0]["step"] > 20)
    os.kill(command.listed()[0]["pid"], signal.SIGKILL)
    wait_for(lambda: not held(command.directory / "mine.sqlite"))
    assert command.listed()[0]["state"] == "died"

    done = command("resume", "mine", "--headless")
    command(
        "train",
        "xor",
        "--backend",
        "python",
        "--hidden",
        "4",
        "--steps",
        "800",
        "--name",
        "whole",
        "--headless",
    )

    assert done.returncode == 0
    assert losses(command, "mine") == losses(command, "whole")


def losses(command: Commands, name: str) -> list[str]:
    """The loss column of `runs export`."""
    text = command("runs", "export", name, "--csv").stdout
    return [row["loss"] for row in csv.DictReader(text.splitlines())]


def test_the_csv_has_every_step_in_full_precision(command: Commands) -> None:
    command("train", "moons", *SHORT, "--headless")

    rows = list(csv.DictReader(command("runs", "export", "moons-1", "--csv").stdout.splitlines()))

    stored = Store.open(command.directory / "moons-1.sqlite").metrics()
    of_steps = [row for row in rows if row["loss"]]  # the last line has the scores of the end
    assert [int(row["step"]) for row in of_steps] == list(stored.step)
    assert [float(row["loss"]) for row in of_steps] == list(stored.loss)
    assert len(rows) == len(of_steps) + 1


def test_a_run_goes_on_after_its_csv_has_moved(command: Commands, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text(
        "a,b,label\n" + "\n".join(f"{i % 7},{i % 5},{'no' if i % 3 else 'yes'}" for i in range(60))
    )
    first = command("train", "--data", str(points), "--target", "label", "--steps", "20", "--headless")
    points.rename(tmp_path / "elsewhere.csv")

    done = command("resume", "points-1", "--steps", "40", "--headless")

    assert "standardised" in first.stdout
    assert done.returncode == 0, done.stderr
    assert command.listed()[0]["step"] == 40


def test_more_steps_can_be_asked_for_and_fewer_not(command: Commands) -> None:
    command("train", "moons", *SHORT, "--headless")

    assert "--steps N goes on to N" in command("resume", "moons-1", "--headless").stderr
    assert command("resume", "moons-1", "--steps", "60", "--headless").returncode == 2
    assert command("resume", "moons-1", "--steps", "70", "--json").stdout.count("\n") == 10


def test_a_run_that_is_not_finite_says_how_to_go_on_and_does(command: Commands) -> None:
    stopped = command(
        "train", "sine", "--loss", "mse", *SHORT, "--optimizer", "sgd", "--lr", "1e99", "--headless"
    )
    assert stopped.returncode == 1
    printed = next(line for line in stopped.stderr.splitlines() if "goes back" in line)
    assert printed.split("`")[1] in command("resume", "sine-1", "--headless").stderr

    done = command(*printed.split("`")[1].split()[1:-1], "0.001", "--headless")

    assert done.returncode == 0, done.stderr
    assert command.listed()[0]["step"] == 60


def test_a_name_with_a_space_is_quoted_where_it_is_to_be_typed(command: Commands) -> None:
    done = command("train", "moons", *SHORT[:-1], "1", "--name", "my run", "--detach")

    assert "`micrograd-tui watch 'my run'`" in done.stdout


def test_runs_are_deleted_by_name_but_not_while_they_train(command: Commands) -> None:
    command("train", "moons", *SHORT, "--headless")
    command("train", "moons", *ENDLESS)

    assert command("runs", "delete", "moons-1").returncode == 0
    assert "is being trained" in command("runs", "delete", "moons-2").stderr

    assert [run["name"] for run in command.listed()] == ["moons-2"]
    assert not list(command.directory.glob("moons-1*"))


def test_the_table_names_every_run(command: Commands) -> None:
    assert "There are no runs" in command("runs").stdout
    command("train", "moons", *SHORT, "--headless")

    head, line = command("runs").stdout.splitlines()

    assert head.split() == ["name", "dataset", "state", "step", "loss", "updated"]
    assert line.startswith("moons-1  moons    finished  60/60")


def test_the_table_stands_straight_with_names_of_wide_letters(command: Commands) -> None:
    for name in ("日本", "mine"):
        command("train", "moons", *SHORT, "--headless", "--name", name)

    head, *lines = command("runs").stdout.splitlines()

    assert {cells(line[: line.index("moons")]) for line in lines} == {head.index("dataset")}


def test_a_file_of_another_program_is_not_deleted(command: Commands) -> None:
    other = command.directory / "other.sqlite"
    other.write_text("mine")
    (command.directory / "empty.sqlite").touch()

    done = command("runs", "delete", "other")

    assert (done.returncode, other.read_text()) == (2, "mine")
    assert "not a run" in done.stderr
    assert command("runs", "delete", "empty").returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="a shell")
def test_a_reader_that_has_enough_leaves_the_run_training_and_is_told_so(command: Commands) -> None:
    training = f"'{COMMAND}' train moons {' '.join(ENDLESS[:-1])} --json"
    done = subprocess.run(
        ["sh", "-c", f"{training} | head -n 1"], capture_output=True, text=True, env=command.env
    )

    assert json.loads(done.stdout)["step"] == 0
    assert "`micrograd-tui watch moons-1`" in done.stderr
    assert "Traceback" not in done.stderr
    assert command.listed()[0]["state"] == "running"


def test_a_damaged_file_is_told_of_and_the_others_are_listed(command: Commands) -> None:
    command("train", "moons", *SHORT, "--headless")
    (command.directory / "bad.sqlite").write_text("no")

    done = command("runs")

    assert "moons-1" in done.stdout
    assert "not a run of micrograd-tui" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (("train", "moon"), "did you mean moons"),
        (("train",), "name a data set"),
        (("train", "points.csv"), "--data points.csv"),
        (("train", "--data", "missing.csv", "--target", "x"), "missing.csv"),
        (("train", "moons", "--target", "x"), "--target"),
        (("train", "moons", "--loss", "\x1b[31m"), "\\x1b[31m"),
        (("train", "moons", "--optimizer", "best"), "sgd, adam, adamw"),
        (("train", "iris", "--loss", "hinge"), "two classes"),
        (("train", "sine", "--loss", "bce"), "mse"),
        (("train", "moons", "--hidden", "0"), "--hidden"),
        (("train", "moons", "--lr", "nan"), "lr must be"),
        (("train", "moons", "--batch", "-1"), "batch must be"),
        (("train", "moons", "--steps", "0"), "1 step"),
        (("train", "moons", "--steps", "9" * 30), "at most"),
        (("train", "moons", "--hidden", "1000,1000"), "parameters"),
        (("train", "moons", "--name", "../x"), "not a valid name"),
        (("train", "moons", "--validation", "2"), "validation"),
        (("train", "moons", "--backend", "abacus"), "numpy"),
        (("resume", "nothing"), "no run called nothing"),
        (("watch", "nothing"), "no run called nothing"),
        (("watch",), "no runs yet"),
        (("runs", "export", "nothing", "--csv"), "no run called nothing"),
        (("runs", "delete", "nothing"), "no run called nothing"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(
    command: Commands, arguments: tuple[str, ...], printed: str
) -> None:
    done = command(*arguments, *(["--headless"] if arguments[0] in ("train", "resume") else []))

    assert done.returncode == 2
    assert printed in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(command.directory.glob("*.sqlite"))


def test_a_name_is_taken_once(command: Commands) -> None:
    command("train", "moons", *SHORT, "--name", "mine", "--headless")

    done = command("train", "moons", *SHORT, "--name", "mine", "--headless")

    assert done.returncode == 2
    assert "there is a run called mine already" in done.stderr


def test_without_a_terminal_the_app_is_refused_before_anything_is_written(command: Commands) -> None:
    done = command("train", "moons")

    assert done.returncode == 2
    assert "--headless" in done.stderr
    assert not list(command.directory.iterdir())


def test_runs_dir_stands_above_the_environment(command: Commands, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    command("train", "moons", *SHORT, "--headless", "--runs-dir", str(elsewhere))

    assert (elsewhere / "moons-1.sqlite").exists()
    assert "moons-1" in command("runs", "--runs-dir", str(elsewhere)).stdout
    assert command("runs", "delete", "moons-1", "--runs-dir", str(elsewhere)).returncode == 0


def test_ctrl_c_stops_a_headless_run_with_its_work_kept(command: Commands) -> None:
    arguments = [COMMAND, "train", "moons", "--hidden", "4", "--steps", "9999999", "--headless"]
    process = subprocess.Popen(
        arguments, env=command.env, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait_for(lambda: command.listed() and command.listed()[0]["step"] > 5)
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate()

    assert process.returncode == 130
    assert "moons-1 stopped" in printed
    assert command.listed()[0]["state"] == "stopped"


def test_killing_the_command_leaves_the_trainer_running(command: Commands) -> None:
    arguments = [COMMAND, "train", "moons", "--hidden", "4", "--steps", "9999999", "--headless"]
    process = subprocess.Popen(
        arguments, env=command.env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    wait_for(lambda: command.listed() and command.listed()[0]["step"] > 5)
    process.kill()
    process.wait()
    step = command.listed()[0]["step"]

    wait_for(lambda: command.listed()[0]["step"] > step)
    assert command.listed()[0]["state"] == "running"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            '{"step": 5, "loss": 0.25}\nnoise\n{"loss": 0.125}\n',
            ["step 5  loss 0.25", "step 6  loss 0.125"],
        ),
        ("step,loss,acc\n1,0.5,1\n2,0.25,1\n", ["step 1  loss 0.5  acc 1", "step 2  loss 0.25  acc 1"]),
        ('{"\\u001b[31mloss": 1}\n', ["step 0  \\x1b[31mloss 1"]),
    ],
)
def test_a_pipe_without_a_terminal_is_followed_in_lines(
    command: Commands, text: str, lines: list[str]
) -> None:
    done = command("watch", "-", stdin=text)

    assert done.stdout.splitlines() == lines
    assert done.returncode == 0


def test_a_pipe_that_held_no_numbers_is_said_to_have_held_none(command: Commands) -> None:
    done = command("watch", "-", stdin="epoch one\nepoch two\n")

    assert (done.returncode, done.stdout) == (2, "")
    assert "2 lines held no numbers, the first: epoch one" in done.stderr


@pytest.mark.requires("pyte", "termios")
def test_a_pipe_is_watched_with_the_keyboard_of_the_terminal(command: Commands) -> None:
    from pty_app import PtyApp

    lines = "".join(f'{{"step": {i}, "loss": {1 / (i + 1)}}}\\n' for i in range(50))
    shell = ["sh", "-c", f"(printf '{lines}'; sleep 60) | '{COMMAND}' watch -"]

    with PtyApp(command=shell, size=(100, 30)) as app:
        app.wait_for("pipe")
        app.wait_for("loss 0.02")
        app.write("?")
        app.wait_for("Esc closes")


def logged(command: Commands, name: str, *losses: float) -> None:
    with Run(name, runs_dir=command.directory) as run:
        for loss in losses:
            run.log(loss=loss)


def test_a_pipe_is_kept_under_a_name_and_exported(command: Commands) -> None:
    done = command("watch", "-", "--name", "mine", stdin="hello\nstep 1 loss 0.5\nstep 2 loss 0.25\n")

    assert done.stdout.splitlines() == ["step 1  loss 0.5", "step 2  loss 0.25"]
    assert "1 line held no numbers: hello" in done.stderr
    assert "kept as mine" in done.stderr
    assert command.listed()[0]["message"] == "1 line held no numbers: hello"
    rows = list(csv.DictReader(command("runs", "export", "mine", "--csv").stdout.splitlines()))
    assert [(row["step"], row["loss"]) for row in rows] == [("1", "0.5"), ("2", "0.25")]


def test_a_file_that_grows_is_followed(command: Commands, tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("step 1 loss 0.5\n")
    arguments = [COMMAND, "watch", str(path), "--wait", "60"]
    process = subprocess.Popen(arguments, env=command.env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    lines = [process.stdout.readline()]
    with path.open("a") as file:
        file.write("step 2 loss 0.25\n")
    lines.append(process.stdout.readline())
    process.terminate()
    process.communicate()

    assert lines == ["step 1  loss 0.5\n", "step 2  loss 0.25\n"]


def test_a_file_without_numbers_is_exit_code_2(command: Commands, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    done = command("watch", str(tmp_path / "empty.txt"), "--wait", "0")

    assert (done.returncode, done.stdout) == (2, "")
    assert "no line held numbers" in done.stderr


def test_runs_are_deleted_by_patterns_all_or_none(command: Commands) -> None:
    for name in ("a1", "a2", "b"):
        logged(command, name, 1.0)

    refused = command("runs", "delete", "a*", "c*")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no run matches c*" in refused.stderr
    assert command("runs", "delete", "a*", "b").stdout.split() == [
        "deleted",
        "a1",
        "deleted",
        "a2",
        "deleted",
        "b",
    ]
    assert command.listed() == []


def test_a_run_is_renamed_and_a_copy_goes_by_its_files_name(command: Commands) -> None:
    logged(command, "first", 1.0)
    (command.directory / "copy.sqlite").write_bytes((command.directory / "first.sqlite").read_bytes())

    assert "first is now second" in command("runs", "rename", "first", "second").stdout
    assert {run["name"] for run in command.listed()} == {"second", "copy"}
    taken = command("runs", "rename", "copy", "second")
    assert (taken.returncode, "called second already" in taken.stderr) == (2, True)


def test_a_trainer_is_stopped_by_a_command(command: Commands) -> None:
    command("train", "moons", *ENDLESS)

    assert "moons-1 stopped" in command("stop", "moons-1").stdout
    again = command("stop", "moons-1")
    assert (again.returncode, "there is nothing to stop" in again.stderr) == (2, True)


def test_a_script_that_never_looks_cannot_be_stopped(command: Commands) -> None:
    with Run("mine", runs_dir=command.directory):
        done = command("stop", "mine")

    assert (done.returncode, "does not look at `run.stopping`" in done.stderr) == (2, True)


def test_the_list_shows_the_last_training_loss_by_whatever_name(command: Commands) -> None:
    with Run("mine", runs_dir=command.directory) as run:
        for i in range(3):
            run.log({"train": {"loss": 3.0 - i}, "aaa": 7}, step=i)
        run.log({"val/loss": 9.0})

    assert command.listed()[0]["loss"] == 1.0
    assert WatchSession(run.store).headline.endswith("train/loss 1 at 2")
