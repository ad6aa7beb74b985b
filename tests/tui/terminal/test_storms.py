"""Storms: random keys, pastes, sizes, stops and signals, however fast, leave a working app.

A short one by default; MICROGRAD_TUI_STORM=SECONDS blows that long on each screen. A failure names its
seed: MICROGRAD_TUI_STORM_SEED begins with it.
"""

import os
import signal
import time
from pathlib import Path

import pytest
from pty_app import COMMAND
from storm import Storm

from micrograd_tui.engine.runs.script.run import Run

pytestmark = pytest.mark.requires("pyte", "termios")

SECONDS = float(os.environ.get("MICROGRAD_TUI_STORM", "0"))
SEED = int(os.environ.get("MICROGRAD_TUI_STORM_SEED", "1"))
GUSTS = 60 if SECONDS else 12
SCREENS = ("open neuron", "open demo", "menu", "watch num") if SECONDS else ("open neuron", "watch num")
FLOOD = b"the quick brown fox, 0123456789 " * 3125  # 100,000 characters


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with Run("num", runs_dir=tmp_path) as run:
        for i in range(100):
            run.log(step=i, loss=1 / (i + 1))
    return tmp_path


def begun(seed: int, words: str, runs: Path) -> Storm:
    place = [] if words.startswith("open") else ["--runs-dir", str(runs)]
    storm = Storm(seed, *words.split(), *place)
    storm.shown(60, "quit")
    return storm


@pytest.mark.parametrize("words", SCREENS)
def test_a_storm_leaves_a_working_app(words: str, runs: Path) -> None:
    seed, end = SEED, time.monotonic() + SECONDS
    while seed == SEED or time.monotonic() < end:
        print("seed", seed)  # which pytest shows of a failure
        with begun(seed, words, runs) as storm:
            if storm.blow(GUSTS, time.monotonic() + 15):
                storm.answers()
                storm.leave(storm.dice.choice([b"\x11", signal.SIGTERM, signal.SIGHUP]))
        seed += 1


@pytest.mark.parametrize("question", [b"", b":", b"/", b"x", b"\x10"])
def test_100_000_characters_at_once_keep_no_key_waiting(question: bytes, runs: Path) -> None:
    with begun(1, "open neuron", runs) as storm:
        storm.write(question)
        storm.read(0.3)
        storm.write(FLOOD)
        storm.read(0.3)
        if question:
            storm.write(b"\x1b")
            storm.read(0.3)
        storm.leave(b"q")


def test_ctrl_z_stops_also_what_has_no_keys_of_ours(runs: Path) -> None:
    with begun(1, "open neuron", runs) as storm:
        storm.write(b"\x10")  # the palette is Textual's
        storm.read(0.5)
        storm.stop()
        storm.write(b"\x1b")
        storm.answers()
        storm.leave(b"q")


@pytest.mark.parametrize(
    "line", ["{app}; true", "sleep 0.1 | cat; {app}; true", "yes '' | head -c0; {app}"]
)
def test_ctrl_z_stops_the_whole_job_under_a_wrapper(line: str, runs: Path) -> None:
    with Storm(1, command=["sh", "-c", line.format(app=COMMAND)]) as storm:
        storm.shown(60, "quit")
        storm.stop()  # reported by the shell of the wrapper, not of the app
        storm.answers()
        storm.leave(b"q")


def test_ctrl_z_stops_a_pipe(runs: Path) -> None:
    loop = 'while true; do echo "{\\"loss\\": 1}" || exit; sleep 0.05; done'
    line = f"({loop}) | {COMMAND} watch -"
    with Storm(1, command=["sh", "-c", line]) as storm:
        storm.shown(60, "quit")
        storm.stop()
        storm.answers()
        storm.write(b"q")
        storm.shown(20, "stop it")
        storm.write(b"s")
        assert storm.report()[0] == "ended"
