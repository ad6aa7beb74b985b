"""Names of runs, where they are kept, and finding them."""

import os
import sys
from pathlib import Path

import pytest
from small_runs import config, stored

from micrograd_tui.engine.runs.store.directory import create_unique, find_run, runs, runs_directory
from micrograd_tui.engine.runs.store.names import free_name, path_of, safe
from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        ".hidden",
        "-x",
        "a\x1b[31m",
        "",
        " x",
        "nul",
        "COM1.txt",
        "a\nb",
        "x" * 81,
        "a/b",
    ],
)
def test_what_is_no_good_file_name_is_refused_as_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadRun):
        path_of(tmp_path, name)
    assert path_of(tmp_path, safe(name)).parent == tmp_path


@pytest.mark.parametrize("name", ["moons-1", "my experiment", "é", "v1.2_b", "迷"])
def test_plain_words_are_names(tmp_path: Path, name: str) -> None:
    assert path_of(tmp_path, name) == tmp_path / f"{name}.sqlite"


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for what in (
        lambda: list(runs(tmp_path / "file")),
        lambda: create_unique(
            tmp_path / "file", "x", lambda path, name: Store.create(path, config(name))
        ),
        lambda: find_run(tmp_path / "file"),
    ):
        with pytest.raises(BadRun, match="file"):
            what()


@pytest.mark.skipif(sys.platform == "win32", reason="Unix permissions")
def test_a_directory_closed_to_the_user_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path, *ignored: object, **named: object) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))  # root is never refused

    monkeypatch.setattr(Path, "iterdir", closed)
    monkeypatch.setattr(Path, "exists", closed)

    for what in (
        lambda: list(runs(tmp_path)),
        lambda: find_run(tmp_path),
        lambda: find_run(tmp_path, "x"),
        lambda: free_name(tmp_path, "x"),
    ):
        with pytest.raises(BadRun, match="Permission denied"):
            what()


def test_names_are_counted_up(tmp_path: Path) -> None:
    def make(path: Path, name: str) -> Store:
        return Store.create(path, config(name))

    names = [create_unique(tmp_path, "moons", make).name for _ in range(3)]

    assert names == ["moons-1", "moons-2", "moons-3"]
    assert free_name(tmp_path, "moons") == "moons"


def test_the_directory_is_given_or_in_the_environment_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROGRAD_TUI_RUNS", str(tmp_path / "env"))
    assert runs_directory(tmp_path / "given") == tmp_path / "given"
    assert runs_directory() == tmp_path / "env"

    monkeypatch.delenv("MICROGRAD_TUI_RUNS")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert "micrograd-tui" in str(runs_directory())


def test_the_newest_run_is_found_and_what_is_damaged_comes_last(tmp_path: Path) -> None:
    for created, name in ((3.0, "old"), (5.0, "new"), (4.0, "middle")):
        stored(tmp_path, name, facts={"created": created})
    (tmp_path / "zero.sqlite").touch()

    assert [one.path.stem for one in runs(tmp_path)] == ["new", "middle", "old", "zero"]
    assert find_run(tmp_path).name == "new"
    assert find_run(tmp_path, "old").name == "old"
    with pytest.raises(BadRun, match="did you mean middle"):
        find_run(tmp_path, "midle")
    with pytest.raises(BadRun, match="no runs yet"):
        find_run(tmp_path / "empty")
