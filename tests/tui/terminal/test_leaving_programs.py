"""`q` while a run of the user's own program is live, or a pipe: it asks what is to become of it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pty_app import COMMAND, PtyApp
from small_runs import wait_for

from micrograd_tui.engine.runs.store.schema import BadRun
from micrograd_tui.engine.runs.store.store import Store

pytestmark = pytest.mark.requires("pyte", "termios")

SCRIPT = """
import sys, time
from micrograd_tui.engine.runs import Run

with Run("mine") as run:
    for i in range(10_000):
        run.log(loss=1 / (i + 1))
        time.sleep(0.01)
        if sys.argv[1:] and run.stopping:
            break
"""
PRINTS = """
import time

for i in range(1000):
    print(f'{{"step": {i}, "loss": {1 / (i + 1)}}}', flush=True)
    time.sleep(0.02)
"""


@contextmanager
def started(directory: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], Store]]:
    """A user's script that runs and logs."""
    env = os.environ | {"MICROGRAD_TUI_RUNS": str(directory)}
    script = subprocess.Popen([sys.executable, "-c", SCRIPT, *arguments], env=env)
    try:
        store = Store(directory / "mine.sqlite")
        wait_for(lambda: begun(store))
        yield script, store
    finally:
        script.kill()
        script.wait()


def begun(store: Store) -> bool:
    try:
        return store.status().step > 0
    except BadRun:  # not all there yet
        return False


def watching(directory: Path) -> PtyApp:
    return PtyApp("watch", "mine", "--runs-dir", str(directory))


def test_a_script_is_left_running(tmp_path: Path) -> None:
    with started(tmp_path) as (script, store), watching(tmp_path) as app:
        app.wait_for("loss 0.")
        app.press("q", until="leave it running")
        app.write("\r")
        app.wait_for("mine goes on")

        assert app.wait() == 0
        assert script.poll() is None
        assert store.status().state == "running"


def test_staying_stays(tmp_path: Path) -> None:
    with started(tmp_path) as (_, _store), watching(tmp_path) as app:
        app.wait_for("loss 0.")
        app.press("q", until="leave it running")
        app.write("\x1b")
        app.read(0.5)  # or the two keys would be one, with Alt
        app.press("?", until="Esc closes")


def test_a_script_that_heeds_a_stop_is_stopped(tmp_path: Path) -> None:
    with started(tmp_path, "heed") as (script, store), watching(tmp_path) as app:
        app.wait_for("loss 0.")
        wait_for(lambda: store.heeds_stop)
        app.press("q", until="stop it and leave")
        app.write("s")

        assert app.wait() == 0
        assert not any("goes on" in line for line in app.lines)
        assert script.wait(10) == 0
        assert store.status().state == "stopped"


def test_a_script_that_does_not_is_not_offered_to_be(tmp_path: Path) -> None:
    with started(tmp_path) as (script, _), watching(tmp_path) as app:
        app.wait_for("loss 0.")
        app.press("q", until="takes no such order")
        assert not any("stop it and leave" in line for line in app.lines)
        app.write("s")
        app.read(0.5)

        assert any("takes no such order" in line for line in app.lines)
        assert script.poll() is None


def piped(directory: Path) -> PtyApp:
    (directory / "prints.py").write_text(PRINTS)
    line = f"'{sys.executable}' '{directory}/prints.py' | '{COMMAND}' watch -"
    return PtyApp(command=["sh", "-c", line], size=(100, 30))


def test_a_pipe_that_is_left_running_goes_on_in_lines(tmp_path: Path) -> None:
    with piped(tmp_path) as app:
        app.wait_for("loss 0.")
        app.press("q", until="leave it running")
        app.press("q", until="the command goes on")
        app.wait_for("step 1")
        app.write("\x03")

        app.wait()


def test_a_pipe_that_is_stopped_ends_its_command(tmp_path: Path) -> None:
    with piped(tmp_path) as app:
        app.wait_for("loss 0.")
        app.press("q", until="stop it and leave")
        app.write("s")

        assert app.wait(10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_pipe_that_is_followed_in_lines_leaves_nothing_behind(tmp_path: Path, number: int) -> None:
    env = os.environ | {"TMPDIR": str(tmp_path)}
    follower = subprocess.Popen(
        [COMMAND, "watch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        start_new_session=True,
    )
    assert follower.stdin is not None
    assert follower.stdout is not None
    follower.stdin.write(b'{"loss": 1}\n')
    follower.stdin.flush()
    assert follower.stdout.readline() == b"step 0  loss 1\n"
    assert list(tmp_path.iterdir())
    follower.send_signal(number)

    assert follower.wait(20) == 128 + number
    follower.stdin.close()
    follower.stdout.close()
    assert list(tmp_path.iterdir()) == []
