"""MICROGRAD_TUI_REQUIRE: a requirement that is missing skips its tests, unless it was named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")

NEEDY = """
import pytest

@pytest.mark.requires("json", "absent")
def test_marked():
    raise AssertionError("it ran")

def test_asked(require):
    assert require("json").dumps([]) == "[]"
    require("absent")
    raise AssertionError("it ran")

@pytest.mark.requires("sh")
def test_command(require):
    assert require("sh").endswith("sh")
"""


NAMES = ["build", "micrograd", "numpy", "pyte", "termios", "tmux", "torch"]


@pytest.mark.parametrize("name", NAMES)
def test_a_named_requirement_is_here(name, require):
    """However a test skips for want of it: this one fails where a named requirement is missing."""
    assert require(name)


def pytest_on(folder, source, named):
    """Run pytest on one file beside a copy of conftest.py that knows two more requirements."""
    tests = folder / "tests"
    tests.mkdir()
    conftest = CONFTEST.read_text(encoding="utf-8") + (
        '\nREQUIREMENTS |= {"absent": "the moon", "json": "JSON", "sh": "a shell"}\n'
        'COMMANDS["sh"] = "a shell"\n'
    )
    (tests / "conftest.py").write_text(conftest, encoding="utf-8")
    (tests / "test_needy.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text(
        "[pytest]\naddopts = -ra --strict-markers\nmarkers = requires(*names): it needs these\n"
        f"pythonpath = {CONFTEST.parent / 'support'}\n"
    )
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests"],
        cwd=folder,
        env={
            **os.environ,
            "COLUMNS": "200",
            "MICROGRAD_TUI_REQUIRE": named,
            "NO_COLOR": "1",
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_missing_requirement_skips_with_a_sentence(tmp_path):
    run = pytest_on(tmp_path, NEEDY, named="json")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed, 2 skipped" in run.stdout
    assert "This needs the moon, which is not here." in run.stdout


def test_a_named_requirement_that_is_missing_fails(tmp_path):
    run = pytest_on(tmp_path, NEEDY, named="json, absent")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "1 failed, 1 passed, 1 error" in run.stdout
    assert "MICROGRAD_TUI_REQUIRE names absent." in run.stdout


def test_a_name_that_no_test_can_require_ends_the_session(tmp_path):
    run = pytest_on(tmp_path, NEEDY, named="torhc,json")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR, run.stdout + run.stderr
    assert "MICROGRAD_TUI_REQUIRE names torhc, which no test can require" in run.stderr


def test_a_test_that_asks_for_an_unknown_requirement_fails(tmp_path):
    run = pytest_on(tmp_path, "def test(require):\n    require('torhc')\n", named="")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "No requirement is called torhc" in run.stdout
