"""Exporting what is open: each format in the table is written, everything else is refused in a sentence."""

from pathlib import Path

import pytest

from micrograd_tui.tui.sessions.export import FORMATS, export
from micrograd_tui.tui.sessions.target import Opened, Target
from micrograd_tui.tui.views.steps.trace import trace_lines


@pytest.fixture
def opened() -> Opened:
    return Target("diamond").open()


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_written_once_and_never_over_another_file(
    tmp_path: Path, opened: Opened, suffix: str
) -> None:
    path = tmp_path / f"saved{suffix}"

    assert export(opened.title, opened.recording, str(path)) == f"wrote {path}"
    before = path.read_text()
    assert before
    assert (
        export(opened.title, opened.recording, str(path))
        == f"{path} is there already; nothing was written"
    )
    assert path.read_text() == before


def test_the_recording_opens_again_and_the_text_is_the_trace(tmp_path: Path, opened: Opened) -> None:
    for suffix in (".json", ".txt"):
        export(opened.title, opened.recording, str(tmp_path / f"saved{suffix}"))

    assert Target(str(tmp_path / "saved.json")).open().recording.node_count == opened.recording.node_count
    assert (tmp_path / "saved.txt").read_text().splitlines() == [
        *trace_lines(opened.title, opened.recording)
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("saved.png", "export writes FILE.json or FILE.txt, not 'saved.png'"),
        ("", "export writes FILE.json or FILE.txt, not ''"),
        ("no/where.json", "not written: No such file or directory: no/where.json"),
        ("\0.txt", "not written: "),
    ],
)
def test_what_cannot_be_written_is_refused_in_a_sentence(
    opened: Opened, name: str, sentence: str
) -> None:
    assert export(opened.title, opened.recording, name).startswith(sentence)
