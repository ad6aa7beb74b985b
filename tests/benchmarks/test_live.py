"""Watching a run that trains at full speed: bytes on the wire, work done, and how soon a key shows.

On a 120x40 terminal the watching screen of `train moons` shows the title, the plot of the loss, the table
of numbers, the decision boundary with its points, the histograms by layer, the events and a sparkline.
"""

import json
import os
import re
import select
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pty_app import UNKNOWN, PtyApp
from slow_link import slow
from tables import show
from test_terminal import COMMAND, Terminal

pytestmark = pytest.mark.requires("pyte", "termios")
SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
SECONDS = 6.0
PRESSES = 10
PATIENCE = 0.2  # seconds; a key that shows later counts as never
NOTE = -2  # the line that says what a key has done
# What the note says after each key. The screen changes as the key is meant to, while it goes on training.
KEYS = (
    ("y", "logarithmic axis"), ("[", "training step"), ("v", "view:"), ("]", "training step"),
    ("y", "linear axis"), ("f", "frozen"), ("z", "1000 training"), ("f", "^$"), ("z", "200 training"),
    ("v", "view:"), ("z", "50 training"), ("[", "training step"), ("z", "whole history"), ("y", "log"),
    ("[", "training step"), ("y", "linear"), ("\x1b[F", "following"),
)  # fmt: skip
TICKS = os.sysconf("SC_CLK_TCK")
TableRow = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def rows() -> Iterator[list[TableRow]]:
    """Gather the rows of all tests, then show them in one table."""
    found: list[TableRow] = []
    yield found
    note = (
        "Plain: Textual's own driver. On the screen: plot, numbers, boundary with points, parameter tree, events, "
        "sparkline; the run is new, does some 20,000 steps a second and shares the two cores. Over the slow "
        "link (200 ms there and back, 64 kbit/s) the first press comes as soon as the first picture is whole. "
        "A key's repaint is the piece of output that says what it did; title, plot and sparkline are of the "
        "same frame, what shows the model follows in the next."
    )
    show("live", ("figure", "measured", "plain", "required"), found, note)


@contextmanager
def trainer(folder: Path) -> Iterator[list[str]]:
    """The command line that starts a run and watches it; the trainer is ended afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    place = ("--runs-dir", str(folder))
    try:
        yield [COMMAND, "train", "moons", "--steps", "20000000", *place]
    finally:
        listed = subprocess.run([COMMAND, "runs", "--json", *place], stdout=subprocess.PIPE, check=True)
        for run in json.loads(listed.stdout):
            if run["pid"]:
                os.kill(run["pid"], signal.SIGTERM)


def cpu(pid: int) -> float:
    """The seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def read_for(terminal: Terminal, seconds: float) -> int:
    """Read for so long; return how many bytes came."""
    before, end = len(terminal.seen), time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
    return len(terminal.seen) - before


def watched(folder: Path, driver: str, env: dict[str, str]) -> tuple[float, float, int]:
    """Return bytes a second while it trains, the share of a core, and the bytes of a paused second."""
    with trainer(folder) as command:
        terminal = Terminal(*command, driver=driver, env=env)
        terminal.until(b"running")
        terminal.until(b"Space")
        read_for(terminal, 0.3)
        before, start = cpu(terminal.pid), time.monotonic()
        sent = read_for(terminal, SECONDS)
        took = time.monotonic() - start
        share = (cpu(terminal.pid) - before) / took
        os.write(terminal.fd, b" ")
        read_for(terminal, 4)
        paused = read_for(terminal, 3)
        terminal.close()
    return sent / took, share, paused


def test_bytes_and_work(tmp_path: Path, rows: list[TableRow]) -> None:
    """Bytes on the wire with both drivers, over SSH and at the desk; the watcher's share of a core."""
    for where, env, most in (("over SSH, 5 frames a second", SSH, 6), ("at the desk, 10", {}, 14)):
        ours, plain = (watched(tmp_path / "runs", driver, env) for driver in ("", "plain"))
        size = [f"{each[0] / 1000:.1f}" for each in (ours, plain)]
        rows.append((f"KB/s {where}", size[0], size[1], f"{most}"))
        share = [f"{each[1]:.0%}" for each in (ours, plain)]
        rows.append((f"of a core {where}", share[0], share[1], "60%" if not env else ""))
        rows.append((f"bytes in 3 s paused, {where}", f"{ours[2]}", f"{plain[2]}", "0"))


def test_backward_step(rows: list[TableRow]) -> None:
    """Bytes of each backward step on the neuron."""
    sizes = {}
    for driver in ("", "plain"):
        terminal = Terminal(COMMAND, "open", "neuron", driver=driver)
        terminal.until(b"backward 0 of")
        while terminal.read(1.0):
            pass
        sizes[driver] = [terminal.press("n")[2] for _ in range(13)]
        terminal.close()
    for what, of in (("median", statistics.median), ("longest", max)):
        rows.append((f"bytes of a backward step, {what} of 13", f"{of(sizes['']):.0f}", f"{of(sizes['plain']):.0f}", "1500"))  # fmt: skip


LINKS = {"": [], ", with tmux": ["tmux", "-f", os.devnull, "-S", "SOCKET", "new-session"]}


@pytest.mark.parametrize("link", LINKS)
def test_space_over_a_slow_link(tmp_path: Path, rows: list[TableRow], link: str) -> None:
    """Seconds from Space to its effect on the screen, the run training at full speed."""
    if link and not shutil.which("tmux"):
        pytest.skip("tmux is not here")
    socket = str(tmp_path / "tmux")
    multiplexer = [socket if word == "SOCKET" else word for word in LINKS[link]]
    try:
        with (
            trainer(tmp_path / "runs") as command,
            PtyApp(command=slow(*multiplexer, *command), size=(120, 40), env=SSH) as app,
        ):
            took = pauses(app)
    finally:
        if link:
            subprocess.run(["tmux", "-S", socket, "kill-server"], stderr=subprocess.DEVNULL)
    for what, of in (("median", statistics.median), ("worst", max)):
        rows.append(
            (f"s from Space to its effect{link}, {what} of {PRESSES}", f"{of(took):.2f}", "", "0.6")
        )


def pauses(app: PtyApp) -> list[float]:
    """Pause and resume; return the seconds that each pause took to show."""
    await_text(app, lambda: "running" in app.lines[0])
    await_text(app, lambda: any("lr 0" in line for line in app.lines[-5:]))
    took = []
    for _ in range(PRESSES):
        start = time.monotonic()
        app.write(" ")
        await_text(app, lambda: "paus" in app.lines[0])
        took.append(time.monotonic() - start)
        read_on(app, 0.8)
        app.write(" ")
        await_text(app, lambda: "running" in app.lines[0])
        read_on(app, 1.13)
    return took


def await_text(app: PtyApp, there: Callable[[], bool]) -> None:
    """Read until it is there."""
    end = time.monotonic() + 30
    while not there():
        assert time.monotonic() < end, "\n".join(app.lines)
        app.read(0.005)


def read_on(app: PtyApp, seconds: float) -> None:
    """Read for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.read(0.02)


def waited(pid: int) -> float:
    """The ms that a process's first thread has stood ready while others had the processors."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e6


def press(app: PtyApp, key: str, line: int, shown: str) -> tuple[float, float]:
    """Press a key; return the ms to the piece of output that brought a line that shows this, or inf.

    And how many of them the app has waited for a processor.
    """
    before, pieces = app.lines[line], []
    waits, start = waited(app.pid), time.perf_counter()
    app.write(key)
    while (left := start + PATIENCE - time.perf_counter()) > 0:
        if select.select([app.fd], [], [], left)[0]:
            ms = (time.perf_counter() - start) * 1e3
            pieces.append((ms, waited(app.pid) - waits, os.read(app.fd, 65536)))
            app.write(b"\x1b[1;1R" * pieces[-1][2].count(b"\x1b[6n"))
    found = (float("inf"), 0.0)
    for ms, wait, piece in pieces:  # the emulator is slow: it looks when all is over
        app.stream.feed(UNKNOWN.sub(b"", piece))
        there = app.lines[line] != before and re.search(shown, app.lines[line])
        found = min(found, (ms, wait)) if there else found
    return found


def test_key_to_repaint_while_it_trains(tmp_path: Path, rows: list[TableRow]) -> None:
    """Key press to repaint on the watching screen, and stepping in a moment opened while it trains."""
    with trainer(tmp_path / "runs") as command, PtyApp(command=command, size=(120, 40)) as app:
        await_text(app, lambda: "running" in app.lines[0])
        read_on(app, 1.0)
        watching = [press(app, key, NOTE, shown) for _ in range(6) for key, shown in KEYS]
        app.write("\r")
        await_text(app, lambda: any("backward 0 of" in line for line in app.lines))
        read_on(app, 1.0)
        steps = [("n", step) for step in range(1, 31)] + [("N", step) for step in range(29, 9, -1)]
        stepping = [press(app, key, 0, f"backward {step} of") for key, step in steps]
    for what, took in (("watching", watching), ("n and N in a moment", stepping)):
        figures = [[ms for ms, _ in took], [ms - wait for ms, wait in took]]
        shown = [f"{statistics.median(each):.0f} and {percentile(each):.0f}" for each in figures]
        name = f"ms from key to repaint, {what}: median and 95% of {len(took)}"
        rows.append((name, shown[0], "", "30"))
        rows.append(("of it not waiting for a processor", shown[1], "", ""))


def percentile(figures: list[float]) -> float:
    """What 95% of them do not exceed."""
    return sorted(figures)[int(len(figures) * 0.95)]
