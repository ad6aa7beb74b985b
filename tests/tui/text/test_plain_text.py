"""Text from outside is shown as plain text: never markup, never an escape."""

import json
import subprocess
from pathlib import Path

import pytest
from pty_app import COMMAND
from screens import opened, shown

from micrograd_tui.tui.text.format import fitted, number, plain

HOSTILE = [
    "[@click=app.quit]x[/]",
    "[bold",
    "[/]",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "line\nbreak\r",
    "\u202egnp.exe",
    "tab\there",
    "漢字かな",
    "e\u0301\u200d",
    "\x00\x7f",
]


def recording(tmp_path: Path, text: str) -> str:
    nodes = [
        {
            "id": i,
            "op": op,
            "label": text,
            "data": 1,
            "grad": 0,
            "parents": parents,
            "scope": text,
            "source": text,
        }
        for i, (op, parents) in enumerate([("", []), ("", []), (text or "mul", [0, 1])])
    ]
    steps = [
        {"phase": "forward", "node": i, "writes": [{"target": i, "field": "data", "after": 1}]}
        for i in range(3)
    ]
    seed = {"target": 2, "field": "grad", "amount": 1, "before": 0, "after": 1}
    give = {"target": 0, "field": "grad", "slot": 0, "amount": 1, "before": 0, "after": 1, "source": text}
    steps += [{"phase": "backward", "node": None, "writes": [seed]}]
    steps += [{"phase": "backward", "node": 2, "grad": 1, "writes": [give]}]
    path = tmp_path / "hostile.json"
    path.write_text(json.dumps({"version": 1, "root": 2, "nodes": nodes, "steps": steps}))
    return str(path)


def is_inert(text: str) -> bool:
    return all(ch.isprintable() for ch in text.replace("\n", ""))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_a_hostile_label_is_inert_in_every_pane(
    tmp_path: Path, text: str, size: tuple[int, int]
) -> None:
    async with opened(recording(tmp_path, text), size=size) as (pilot, screen, session):
        await pilot.press("e", "n", "n")
        assert is_inert(shown(screen))
        assert plain(text)[:4] in shown(screen)
        await pilot.press("v", "9", "b")
        assert is_inert(shown(screen))
        assert is_inert(session.note)
        await pilot.click("#table", offset=(5, 2))
        assert pilot.app.is_running


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_label_is_inert_in_trace(tmp_path: Path, text: str) -> None:
    shown = subprocess.run([COMMAND, "trace", recording(tmp_path, text)], capture_output=True, text=True)

    assert shown.returncode == 0
    assert is_inert(shown.stdout)
    assert plain(text) in shown.stdout


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\x00" not in text])
def test_hostile_targets_are_refused_inertly(text: str) -> None:
    refused = subprocess.run([COMMAND, "trace", text], capture_output=True, text=True)

    assert refused.stdout == "" or is_inert(refused.stdout)
    assert is_inert(refused.stderr)
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    "x", [0.0, -0.0, 1.0, -1.5, 1 / 3, -1e-300, 1e300, -1.23456e-310, 12345.678, 1e10, -99999.5]
)
def test_a_number_takes_at_most_ten_cells_and_keeps_its_sign(x: float) -> None:
    for signed in (False, True):
        text = number(x, signed)

        assert len(text) <= 10
        assert float(text) == pytest.approx(x, rel=6e-3)
        assert not (signed and x > 0) or text[0] == "+"


def test_fitting_counts_cells_not_characters() -> None:
    assert fitted("漢字", 3, "~") == "漢~"
    assert fitted("ab", 4, "~") == "ab  "
