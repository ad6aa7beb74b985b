"""The files opened last: newest first, written atomically, and nothing breaks where they cannot be kept."""

import sys
from pathlib import Path

import pytest

from micrograd_tui.tui.sessions.recent import MOST, recent_files, remember

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where the state is kept is told by XDG")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "micrograd-tui"


def files(folder: Path, count: int) -> list[Path]:
    made = [folder / f"{i}.json" for i in range(count)]
    for path in made:
        path.write_text("{}")
    return made


def test_the_newest_is_first_each_is_there_once_and_no_more_than_a_few(
    state: Path, tmp_path: Path
) -> None:
    made = files(tmp_path, MOST + 3)
    for path in (*made, made[5]):
        remember(path)

    assert recent_files() == [made[5], *(path for path in reversed(made[3:]) if path != made[5])]
    assert [path.name for path in state.iterdir()] == ["recent.json"], "nothing half written is left"


def test_a_file_that_is_gone_is_not_listed(state: Path, tmp_path: Path) -> None:
    one, other = files(tmp_path, 2)
    remember(one)
    remember(other)
    one.unlink()

    assert recent_files() == [other]


@pytest.mark.parametrize("kept", ["", "{", "[1, null]", '{"a": 1}', "\x00", "[" * 5000])
def test_a_damaged_list_is_an_empty_one(state: Path, tmp_path: Path, kept: str) -> None:
    state.mkdir(parents=True)
    (state / "recent.json").write_text(kept)
    assert recent_files() == []
    (path,) = files(tmp_path, 1)
    remember(path)

    assert recent_files() == [path]


def test_where_the_state_cannot_be_kept_nothing_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))  # no folder can be made below a file
    remember(tmp_path / "file")

    assert recent_files() == []
