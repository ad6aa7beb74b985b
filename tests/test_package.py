"""What a user installs: the wheel, the metadata, and the commands that README and CI agree on."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("datasets", "engine", "tui")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PROJECT["project"]["version"]

# What is neither ours nor installed, wherever it lies: caches, editors' and systems' files.
JUNK = re.compile(r"__pycache__|\.pyc$|~$|^\.|/\.")


def files_on_disk():
    """Yield each file that is to be installed, as its path below the repository."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            name = file.relative_to(ROOT).as_posix()
            if file.is_file() and not JUNK.search(name):
                yield name


@pytest.fixture(scope="module")
def wheel(require, tmp_path_factory):
    """Build the wheel without a network, from a copy that has no build/ of an earlier day."""
    require("build")
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in files_on_disk():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    run = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "out", "."],
        cwd=source,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout
    [file] = (source / "out").glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        yield archive


def test_every_folder_with_files_is_a_listed_package():
    folders = {"micrograd_tui." + str(Path(name).parent).replace("/", ".") for name in files_on_disk()}
    assert sorted(folders) == sorted(PROJECT["tool"]["setuptools"]["packages"])


def test_the_wheel_holds_every_file_and_no_other(wheel):
    info = f"micrograd_tui-{VERSION}.dist-info/"
    installed = {name for name in wheel.namelist() if not name.startswith(info)}
    assert sorted(installed) == sorted(f"micrograd_tui/{name}" for name in files_on_disk())


def test_nothing_is_installed_beside_micrograd_tui(wheel):
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"micrograd_tui", f"micrograd_tui-{VERSION}.dist-info"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_package_says_that_it_is_typed(wheel, folder):
    assert f"micrograd_tui/{folder}/py.typed" in wheel.namelist()


def test_the_wheel_has_the_command_and_the_licence(wheel):
    info = f"micrograd_tui-{VERSION}.dist-info"
    commands = wheel.read(f"{info}/entry_points.txt").decode()
    assert "micrograd-tui = micrograd_tui.tui.cli:main" in commands
    for name in ("LICENSE", "datasets/data/README.md"):
        assert wheel.read(f"{info}/licenses/{name}") == (ROOT / name).read_bytes()


def test_the_licence_expression_covers_the_code_and_every_bundled_data_set(wheel):
    from micrograd_tui.datasets.bundled import ORIGINS

    expression = wheel.read(f"micrograd_tui-{VERSION}.dist-info/METADATA").decode()
    found = next(line for line in expression.splitlines() if line.startswith("License-Expression: "))
    named = {"CC0 1.0": "CC0-1.0", "CC BY 4.0": "CC-BY-4.0", "BSD 3-Clause": "BSD-3-Clause"}
    wanted = {"MIT"} | {
        spdx
        for words, spdx in named.items()
        if any(words in origin.licence for origin in ORIGINS.values())
    }

    assert set(found.removeprefix("License-Expression: ").split(" AND ")) == wanted
    assert all(any(words in origin.licence for words in named) for origin in ORIGINS.values())


def test_the_version_is_the_installed_one_and_the_newest_of_the_changelog():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", changelog, re.MULTILINE)
    unreleased, *released = headings

    assert metadata.version("micrograd-tui") == VERSION
    assert unreleased == ("Unreleased", "")
    assert released[0][0] == VERSION
    assert [date for _, date in released] == sorted((date for _, date in released), reverse=True)
    assert all(date for _, date in released)


@pytest.mark.parametrize("module", ["ieee", "ops", "origin", "value", "graph", "backward"])
def test_the_kernel_imports_only_the_standard_library_and_itself(module):
    tree = ast.parse((ROOT / "engine" / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        else:
            continue
        assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_readme_and_ci_agree_on_the_test_command():
    """`.ci/run` runs the block of the README that this comment marks, as it stands there."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("This needs bash, which is not here.")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- test command -->\s*```\w*\n(.*?)\n```", readme, re.DOTALL)
    run = subprocess.run(
        [bash, str(ROOT / ".ci" / "run"), "--print-test-command"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    assert [run.stdout.rstrip("\n")] == blocks
    assert "pip install '.[test]'" in run.stdout
