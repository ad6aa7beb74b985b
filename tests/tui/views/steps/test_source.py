"""The source of a step as lines: what is lit, what stands around it, cells of notebooks, what cannot be read."""

import json
from pathlib import Path

from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.engine.recording.playback import Playback
from micrograd_tui.tui.text.glyphs import ASCII
from micrograd_tui.tui.text.lines import Line
from micrograd_tui.tui.views.steps.source import code_lines, has_source, lit_lines, source_title
from micrograd_tui.tui.views.steps.source_line import source_line, source_lines


def text(lines: list[Line]) -> list[str]:
    return ["".join(words for words, _ in line) for line in lines]


def recording(*sources: str) -> Recording:
    """Of b = 2a: a backward step whose writes have these sources."""
    log = Recording(root=1)
    for parents in ((), (0,)):
        log.add_node(None, parents)
    log.sources[1] = "made.py:7"
    log.forward([1.0, 2.0])
    log.begin("backward")
    log.step(1)
    for source in sources:
        log.write_sources[len(log.write_cell)] = source
        log.write(0, "grad", 2.0, 2.0, 0)
    return log.close()


def test_the_lines_of_a_steps_writes_are_lit_and_those_of_one_file() -> None:
    playback = Playback(recording("rule.py:12", "rule.py:11", "other.py:3"))
    playback.jump(3)

    assert lit_lines(playback) == ("rule.py", [11, 12])
    assert source_title(playback) == "source: rule.py:12"


def test_a_step_without_lines_of_its_own_has_that_of_its_node() -> None:
    playback = Playback(recording())
    playback.jump(3)
    assert lit_lines(playback) == ("made.py", [7])
    playback.jump(0)
    assert lit_lines(playback) == ("made.py", [7])
    assert has_source(playback.recording)
    assert not has_source(Recording())


def test_the_lines_around_are_shown_and_safe(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_bytes(b"a = 1\nif a:\n\tb = '\x1b[31m'\nc = 2\n")
    lines = text(code_lines(str(path), [3], 1, 60, 10, ASCII))

    assert lines == ["     1  a = 1", "     2  if a:", ">    3      b = '\\x1b[31m'", "     4  c = 2"]


def test_common_indentation_goes_where_a_lit_line_would_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "p.py"
    path.write_text("        x = 1\n        self.grad += other.data * out.grad\n")

    assert (
        text(code_lines(str(path), [2], 1, 46, 9, ASCII))[1]
        == ">    2  self.grad += other.data * out.grad"
    )
    assert text(code_lines(str(path), [2], 1, 80, 9, ASCII))[0] == "     1          x = 1"


def test_a_line_of_a_notebooks_cell_is_read(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    cells = [
        {"cell_type": "markdown", "source": "x"},
        {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
    ]
    path.write_text(json.dumps({"cells": cells}))

    assert source_lines(f"{path}[2]") == ["a = 1", "b = 2"]
    assert source_line(f"{path}[2]:2") == "b = 2"
    assert source_lines(f"{path}[1]") == source_lines(f"{path}[9]") == []


def test_what_cannot_be_read_is_said() -> None:
    assert text(code_lines("gone.py", [1], 1, 60, 9, ASCII)) == ["gone.py cannot be read"]
    assert text(code_lines("", [], 1, 60, 9, ASCII)) == ["no line of the program is known here"]
