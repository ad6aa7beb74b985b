"""Storms: random keys, pastes, sizes, stops and signals, however fast, leave a working app.

A short one by default; MICROGRAD_TUI_STORM=SECONDS blows that long on each screen. A failure names its
seed: MICROGRAD_TUI_STORM_SEED begins with it.
"""

import os
import signal
import sys
import termios
import time
from pathlib import Path

import pytest
from pty_app import COMMAND
from storm import Storm
from storm_kinds import KINDS, Kind, needed, write_runs

pytestmark = pytest.mark.requires("pyte", "termios")

SECONDS = float(os.environ.get("MICROGRAD_TUI_STORM", "0"))
SEED = int(os.environ.get("MICROGRAD_TUI_STORM_SEED", "1"))
GUSTS = 60 if SECONDS else 8
SHORT = ("graph", "run", "nudge", "moment")
BLOWN = [
    pytest.param(kind, marks=[pytest.mark.requires("torch")] * ("tensors.py" in KINDS[kind].words))
    for kind in (KINDS if SECONDS else SHORT)
]
FLOOD = b"the brown fox jumps, 0123456789 " * 3125  # 100,000 characters, of which none is q


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "MICROGRAD_TUI_RUNS"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    write_runs(tmp_path)
    return tmp_path


def begun(seed: int, kind: Kind) -> Storm:
    storm = Storm(seed, *kind.words.split(), begin=kind.begin)
    storm.code = kind.code
    storm.until_taken()
    if not kind.at_once:
        storm.shown(60, "quit", "Esc closes")
    return storm


@pytest.mark.parametrize("name", BLOWN)
def test_a_storm_leaves_a_working_app(name: str, runs: Path) -> None:
    kind = KINDS[name]
    seed, end = SEED, time.monotonic() + SECONDS
    while seed == SEED or time.monotonic() < end:
        print("seed", seed)  # which pytest shows of a failure
        with needed(kind, runs), begun(seed, kind) as storm:
            if storm.blow(GUSTS, time.monotonic() + 15):
                storm.answers()
            if storm.there:
                keys = [] if "live" in kind.words else [b"\x11"]  # of a live one it asks
                storm.leave(storm.dice.choice([*keys, signal.SIGTERM, signal.SIGHUP]))
        seed += 1


@pytest.mark.parametrize("name", BLOWN)
def test_it_leaves_with_its_terminal(name: str, runs: Path) -> None:
    kind = KINDS[name]
    with needed(kind, runs), begun(1, kind) as storm:
        storm.again()
        storm.read(0.3)
        storm.hang_up()
        assert storm.report(20)[0] == "ended"


@pytest.mark.parametrize("question", [b"", b":", b"/", b"x", b"\x10"])
def test_100_000_characters_at_once_keep_no_key_waiting(question: bytes, runs: Path) -> None:
    with begun(1, KINDS["graph"]) as storm:
        storm.write(question)
        storm.read(0.3)
        storm.write(FLOOD)
        storm.read(0.3)
        for _ in range(2):  # of the question, and of what the first letters opened
            storm.write(b"\x1b")
            storm.read(0.3)
        storm.leave(b"q")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_moment_in_which_it_takes_the_terminal(number: signal.Signals) -> None:
    with Storm(1, "open", "neuron") as storm:
        storm.until_taken()
        storm.leave(number)


def test_ctrl_z_stops_also_what_has_no_keys_of_ours(runs: Path) -> None:
    with begun(1, KINDS["graph"]) as storm:
        storm.write(b"\x10")  # the palette is Textual's
        storm.read(0.5)
        storm.stop()
        storm.write(b"\x1b")
        storm.answers()
        storm.leave(b"q")


SLOW_TO_SEND = """
import time
from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.terminal.driver import HangupProof

sent = HangupProof.write
HangupProof.write = lambda file, text: (time.sleep(0.02), sent(file, text))
MicrogradApp(Target("neuron"), Target("neuron").open()).run()
"""


def test_a_second_ctrl_z_while_the_terminal_is_being_given_back() -> None:
    with Storm(1, command=[sys.executable, "-c", SLOW_TO_SEND]) as storm:
        storm.shown(60, "quit")
        storm.write(b"\x1a")
        while not termios.tcgetattr(storm.fd)[3] & termios.ISIG:
            storm.read(0.002)
        storm.write(b"\x1a")
        storm.has_left()
        assert storm.stops == 1
        storm.answers()
        assert storm.stops == 1
        storm.leave(b"q")


SLOW_TO_LEAVE = """
import asyncio
from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.sessions.target import Target

MicrogradApp.on_unmount = lambda app: asyncio.sleep(2)
MicrogradApp(Target("neuron"), Target("neuron").open()).run()
"""


def test_a_stop_while_it_leaves_does_not_take_the_terminal_again() -> None:
    with Storm(1, command=[sys.executable, "-c", SLOW_TO_LEAVE]) as storm:
        storm.shown(60, "quit")
        storm.write(b"q")
        while storm.modes[b"1049"] == b"h":
            storm.read(0.02)
        storm.read(0.2)
        storm.stop()
        word, number, raw = storm.report()
        assert (word, number) == ("ended", "0")
        storm.at_rest(raw)


@pytest.mark.parametrize(
    "line", ["{app}; true", "sleep 0.1 | cat; {app}; true", "yes '' | head -c0; {app}"]
)
def test_ctrl_z_stops_the_whole_job_under_a_wrapper(line: str, runs: Path) -> None:
    with Storm(1, command=["sh", "-c", line.format(app=COMMAND)]) as storm:
        storm.shown(60, "quit")
        storm.stop()  # reported by the shell of the wrapper, not of the app
        storm.answers()
        storm.leave(b"q")


LOOP = 'while true; do echo "{\\"loss\\": 1}" || exit; sleep 0.05; done'


def piped(seed: int) -> Storm:
    storm = Storm(seed, command=["sh", "-c", f"({LOOP}) | {COMMAND} watch -"], begin="v")
    storm.shown(60, "quit")
    return storm


def leave_pipe(storm: Storm) -> None:
    storm.answers()
    if storm.there:
        storm.write(b"q")
        storm.shown(20, "stop it", "loss 1")  # of what the menu has opened the pipe goes on as lines
    if not storm.there:  # as lines it went on before, and Ctrl+C ended it
        return
    storm.write(b"s")
    storm.read(1)
    if not storm.reported():
        storm.forget_typed()
        storm.write(b"\x03")
    assert storm.report()[0] == "ended"


def test_ctrl_z_stops_a_pipe(runs: Path) -> None:
    with piped(1) as storm:
        storm.stop()
        leave_pipe(storm)


def test_a_storm_on_a_pipe(runs: Path) -> None:
    seed, end = SEED, time.monotonic() + SECONDS
    while seed == SEED or time.monotonic() < end:
        print("seed", seed)
        with piped(seed) as storm:
            if storm.blow(GUSTS, time.monotonic() + 15):
                leave_pipe(storm)
        seed += 1
