"""`open` and `trace` of a program: what is said before it runs, where its output goes, exit codes."""

import json
import subprocess
from pathlib import Path

import pytest
from programs import LOST, VALUE
from pty_app import COMMAND

LOSS = "print('hello')\na = Value(2.0); b = Value(-3.0)\nloss = a * b + a\nloss.backward()\n"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([COMMAND, *arguments], input="", capture_output=True, text=True)


def test_the_file_is_named_on_stderr_and_its_output_is_kept_and_not_shown() -> None:
    Path("p.py").write_text(VALUE + LOSS)
    done = run("trace", "p.py")

    assert done.returncode == 0
    assert done.stdout.startswith("p.py: 4 nodes, root loss = -4\n")
    assert "hello" not in done.stdout
    first, kept = done.stderr.splitlines()
    assert first == "running p.py ..."
    assert kept.startswith("it printed 1 line, kept in ")
    assert Path(kept.removeprefix("it printed 1 line, kept in ")).read_text() == "hello\n"


def test_stdout_is_json_alone() -> None:
    Path("p.py").write_text(VALUE + LOSS)
    plain = json.loads(run("trace", "p.py", "--json").stdout)

    assert [node["label"] for node in plain["nodes"] if node["label"]] == ["a", "b", "loss"]
    assert {step["phase"] for step in plain["steps"]} == {"forward", "backward"}


def test_a_line_that_loses_a_contribution_is_named() -> None:
    Path("p.py").write_text(LOST + LOSS)

    assert "LOST; " in (text := run("trace", "p.py").stdout)
    assert "lost at p.py:24: self.grad = other.data * out.grad" in text


def test_arguments_of_the_program_stand_after_two_dashes() -> None:
    Path("p.py").write_text(VALUE + "import sys\nloss = Value(float(sys.argv[2])) * 1\nloss.backward()\n")

    assert "= 7\n" in run("trace", "p.py", "--", "--x", "7").stdout
    assert run("trace", "p.py", "x=7").returncode == 2
    refused = run("trace", "neuron", "--", "7")
    assert (refused.returncode, refused.stderr) == (
        2,
        "micrograd-tui: neuron takes no arguments after --; only a program does\n",
    )


def test_what_cannot_be_opened_is_one_sentence_and_exit_code_2() -> None:
    Path("p.py").write_text("1 / 0\n")
    done = run("trace", "p.py")

    assert (done.returncode, done.stdout) == (2, "")
    said = done.stderr.splitlines()[-1]
    assert said.startswith(
        "micrograd-tui: p.py:1: ZeroDivisionError: division by zero; what it printed is in "
    )
    assert Path(said.rpartition(" is in ")[2]).read_text().startswith("Traceback")


@pytest.mark.parametrize("option", [("--backward", "0"), ("--limit", "no"), ("--limit", "-1")])
def test_an_option_that_makes_no_sense_is_refused(option: tuple[str, str]) -> None:
    done = run("trace", "p.py", *option)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_without_a_terminal_open_runs_nothing() -> None:
    Path("p.py").write_text("open('ran', 'w')\n")

    assert run("open", "p.py").returncode == 2
    assert not Path("ran").exists()


def test_an_example_goes_before_a_program_of_its_name() -> None:
    Path("neuron.py").write_text(VALUE + LOSS)

    assert run("trace", "neuron").stdout.startswith("neuron: 12 nodes")
