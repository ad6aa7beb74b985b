"""`micrograd-tui bench`: a table of one interleaved comparison, printed and kept."""

import re
import subprocess
from pathlib import Path

import pytest
from pty_app import COMMAND

pytestmark = pytest.mark.requires("numpy")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, "bench", *arguments], capture_output=True, text=True)


def test_the_table_states_machine_versions_and_every_contender_there_is(tmp_path: Path) -> None:
    kept = tmp_path / "kept" / "bench.md"

    run = bench("--batch", "2", "--width", "2", "--rounds", "1", "--save", str(kept))

    assert run.returncode == 0, run.stderr
    assert kept.read_text() == run.stdout.removesuffix("\n")
    assert "Python 3." in run.stdout
    assert "numpy 2" in run.stdout or "numpy 1" in run.stdout
    for contender in ("ours, numpy", "ours, python", "numpy by hand"):
        assert f"| {contender} |" in run.stdout
    assert "losses after three steps agree" in run.stdout


@pytest.mark.parametrize("arguments", [("--batch", "0"), ("--rounds", "x"), ("--width", "-1")])
def test_what_no_comparison_can_have_is_refused_in_a_sentence(arguments: tuple[str, ...]) -> None:
    run = bench(*arguments)

    assert run.returncode == 2
    assert len(run.stderr.strip().splitlines()) == 1


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    arguments = ("--batch", "2", "--width", "2", "--rounds", "1")

    run = bench(*arguments, "--save", str(tmp_path / "file" / "bench.md"))

    assert run.returncode == 2
    assert "file" in run.stderr.splitlines()[-1]


def test_a_gpt_is_compared_too(tmp_path: Path) -> None:
    kept = tmp_path / "gpt.md"

    run = bench("gpt", "--rounds", "1", "--save", str(kept))

    assert run.returncode == 0, run.stderr
    assert "losses after 20 steps agree" in run.stdout
    for contender in ("ours, numpy", "microgpt-like", "numpy by hand"):
        assert f"| {contender} |" in run.stdout
    spread = re.search(r"agree to (\S+)\.\n", run.stdout)
    assert spread
    assert float(spread[1]) <= 1e-9


def test_the_gpt_has_one_size() -> None:
    run = bench("gpt", "--width", "8")

    assert run.returncode == 2
    assert "one size" in run.stderr
