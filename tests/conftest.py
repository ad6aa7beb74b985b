"""What every test may ask of the machine it runs on, which share a worker, and how Hypothesis searches.

A test that needs something a machine may lack says so by name:

    @pytest.mark.requires("torch", "tmux")  # a file: pytestmark = pytest.mark.requires(...)
    def test_something(): ...

    def test_another(require):
        torch = require("torch")  # the module, or for a command its path

    def test_a_third(pytorch):
        theirs = pytorch(lambda torch: ...)  # numbers: computed, or as `make figures` stored them

Where it is missing the test is skipped with a sentence. MICROGRAD_TUI_REQUIRE=torch,tmux turns the
skip of a named requirement into a failure; `.ci/run` sets it for what it installed.
"""

import filecmp
import importlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pytorch_figures import Compute, Figures

ROOT = Path(__file__).resolve().parent.parent

# Requirement -> what is missing without it.
MODULES = {
    "build": "the Python package build",
    "llvmlite": "the Python package llvmlite",
    "micrograd": "the Python package micrograd",
    "numpy": "the Python package numpy",
    "pyte": "the Python package pyte",
    "termios": "a Unix terminal",
    "torch": "PyTorch",
}
COMMANDS = {
    "sshd": "an OpenSSH server",
    "tmux": "the command tmux",
}
# Where servers lie that a user's PATH may not name.
SEARCHED = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
REQUIREMENTS = MODULES | COMMANDS

# Whose tests start processes and wait for them: under pytest-xdist they run in one worker, one after the
# other, so that an app, its trainer and a slow link share the processor with one other test at most.
PROCESSES = ("engine/runs", "tui/commands", "tui/terminal")

# The files that are compared to see whether an installed copy is that of this checkout.
INSTALLED = {".csv", ".md", ".py", ".tcss"}

# What the app keeps of its user goes into a folder that nobody else has.
_STATE = TemporaryDirectory(prefix="micrograd-tui-tests-")
os.environ["XDG_STATE_HOME"] = _STATE.name

settings.register_profile("local", deadline=None)
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("quick", deadline=None, max_examples=10, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def pytest_configure(config: pytest.Config) -> None:
    unknown = sorted(_named() - REQUIREMENTS.keys())
    if unknown:
        raise pytest.UsageError(
            f"MICROGRAD_TUI_REQUIRE names {', '.join(unknown)}, which no test can require; "
            f"the names are {', '.join(sorted(REQUIREMENTS))}."
        )
    stale = _stale()
    if stale:
        raise pytest.UsageError(stale)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.pluginmanager.hasplugin("xdist"):
        return
    folders = [ROOT / "tests" / folder for folder in PROCESSES]
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker(pytest.mark.xdist_group("processes"))


@pytest.fixture(autouse=True, scope="session")
def _same_terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """True colour wherever the tests run, and no theme that whoever runs them has chosen for themselves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLORTERM", "truecolor")
        for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
            patch.delenv(name, raising=False)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("configuration")))
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("requires"):
        for name in marker.args:
            _need(name)


@pytest.fixture(scope="session")
def require() -> Callable[[str], Any]:
    """Return the module, or the command's path, or end the test as the marker does."""
    return _need


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """PyTorch's stored answers, written anew at the end where MICROGRAD_TUI_FIGURES says so."""
    writing = os.environ.get("MICROGRAD_TUI_FIGURES") == "write"
    there = writing or "torch" in _named() or importlib.util.find_spec("torch")
    made = Figures(_need("torch") if there else None, writing)
    yield made
    made.save()


@pytest.fixture
def pytorch(figures: Figures, request: pytest.FixtureRequest) -> Callable[[Compute], list[float]]:
    """Return what asks PyTorch once for numbers: those it computes, which must be those stored."""
    test, case = request.node.originalname, getattr(request.node, "callspec", None)
    path = request.path.parent / "figures" / f"{request.path.stem}.json"
    return lambda compute: figures.answer(path, test, case.id if case else "", compute)


def _need(name: str) -> Any:
    if name not in REQUIREMENTS:
        pytest.fail(f"No requirement is called {name}: see tests/conftest.py.", pytrace=False)
    if name in COMMANDS:
        found: Any = shutil.which(name, path=SEARCHED)
    else:
        found = importlib.util.find_spec(name) and importlib.import_module(name)
    if found:
        return found
    sentence = f"This needs {REQUIREMENTS[name]}, which is not here."
    if name in _named():
        pytest.fail(f"{sentence} MICROGRAD_TUI_REQUIRE names {name}.", pytrace=False)
    pytest.skip(sentence)


def _named() -> set[str]:
    names = os.environ.get("MICROGRAD_TUI_REQUIRE", "").split(",")
    return {name.strip() for name in names} - {""}


def _stale() -> str | None:
    """Say what to do where the tests would run against another copy of the code than this one."""
    for folder in ("datasets", "engine", "tui"):
        if not (ROOT / folder).is_dir():
            continue
        try:
            spec = importlib.util.find_spec(f"micrograd_tui.{folder}")
        except ModuleNotFoundError:
            spec = None
        if spec is None or spec.origin is None:
            return "micrograd-tui is not installed in this environment: pip install -e '.[test]'"
        installed = Path(spec.origin).resolve().parent
        if installed == ROOT / folder:
            continue
        for file in _differing(ROOT / folder, installed):
            return (
                f"The installed micrograd-tui is not this checkout's: {folder}/{file} differs. "
                "rm -rf build, then pip install -e '.[test]'"
            )
    return None


def _differing(here: Path, there: Path) -> Iterator[Path]:
    names = {
        file.relative_to(top)
        for top in (here, there)
        for file in top.rglob("*")
        if file.suffix in INSTALLED
    }
    for name in sorted(names):
        pair = here / name, there / name
        if not all(file.is_file() for file in pair) or not filecmp.cmp(*pair, shallow=False):
            yield name
