"""The text of the line that made a node: read where it can be, and never executed."""

import os
from pathlib import Path

import pytest

from micrograd_tui.engine import Value, record, source_lines
from micrograd_tui.tui.sessions.stepping import SteppingSession
from micrograd_tui.tui.sessions.target import Opened
from micrograd_tui.tui.text.glyphs import ASCII
from micrograd_tui.tui.views.steps.source_line import source_line
from micrograd_tui.tui.views.steps.step import step_lines


def test_a_node_made_in_source_lines_shows_the_text_of_its_line() -> None:
    a = Value(2.0, label="a")
    with source_lines():
        out = a * 3.0 if a.data > 1 else a
    session = SteppingSession(Opened("t", record(out)))
    lines = step_lines(session.playback, session.selected, session.current, 200, 8, ASCII)
    shown = ["".join(text for text, _ in line) for line in lines]

    assert any("out = a * 3.0 if a.data > 1 else a" in line for line in shown), shown


@pytest.mark.parametrize(
    "source", ["", "nowhere.py:1", "file.py", ":3", "a:b", "/dev/zero:1", "x\0y:1", "/:1", "-:²"]
)
def test_what_cannot_be_read_has_no_text(source: str) -> None:
    assert source_line(source) == ""


def test_only_lines_that_are_there_have_a_text_and_it_is_safe_to_show(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_bytes(b"a = 1\n  b = '\x1b[31m' \xff\n")

    assert source_line(f"{path}:1") == "a = 1"
    assert source_line(f"{path}:2").startswith("b = '\\x1b[31m'")
    assert (
        source_line(f"{path}:0") == source_line(f"{path}:3") == source_line(f"{path}:{'9' * 5000}") == ""
    )


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")

    assert source_line(f"{tmp_path / 'pipe.py'}:1") == ""
