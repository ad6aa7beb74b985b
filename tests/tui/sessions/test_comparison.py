"""Other runs laid over this one: their names are listed and completed before they are typed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from frozen_runs import frozen
from small_runs import stored

from micrograd_tui.tui.sessions.run.comparison import LISTED
from micrograd_tui.tui.sessions.watching import WatchSession


@pytest.fixture
def session(tmp_path: Path) -> Iterator[WatchSession]:
    for name in ("moons-2", "moons-10", "xor-1"):
        stored(tmp_path, name)
    with frozen(tmp_path, "moons-1") as store:
        yield WatchSession(store)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("", ["moons-2", "moons-10", "xor-1"]),
        ("mo", ["moons-2", "moons-10"]),
        ("x", ["xor-1"]),
        ("or", ["xor-1"]),  # in the middle of a name, where none begins so
        ("moons-2,m", ["moons-2,moons-10"]),
        ("moons-2, x", ["moons-2, xor-1"]),
        ("zz", []),
    ],
)
def test_the_names_of_other_runs_are_completed(
    session: WatchSession, typed: str, names: list[str]
) -> None:
    assert session.comparison.completions(typed) == names


def test_what_is_completed_can_be_answered(session: WatchSession) -> None:
    (completed,) = session.comparison.completions("moons-2, x")
    session.note = session.comparison.toggle(completed)

    assert session.note == "a moons-2, b xor-1"


def test_of_many_runs_the_first_are_listed_and_the_others_counted(
    tmp_path: Path, session: WatchSession
) -> None:
    assert session.comparison.choices == ["moons-2", "moons-10", "xor-1"]
    for i in range(20, 40):
        stored(tmp_path, f"moons-{i}")

    assert session.comparison.choices[1:3] == ["moons-10", "moons-20"]
    assert session.comparison.choices[-1] == f"and {23 - LISTED} more: Tab"
