"""Through a real OpenSSH server: train, watch, lose the connection, come back, find the run further on."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pty_app import COMMAND, PtyApp
from ssh_server import SshServer

pytestmark = pytest.mark.requires("sshd", "pyte", "termios")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with SshServer(tmp_path) as server:
        yield server


def test_a_run_outlives_the_connection_it_was_started_from(server: SshServer, tmp_path: Path) -> None:
    env = {"MICROGRAD_TUI_RUNS": str(tmp_path / "runs"), "LANG": "C.UTF-8", "COLORTERM": "truecolor"}

    def remote(*arguments: str) -> PtyApp:
        return PtyApp(command=server.login(COMMAND, *arguments, env=env), size=(120, 40))

    def status() -> dict[str, Any]:
        listed = subprocess.run([COMMAND, "runs", "--json"], env=os.environ | env, capture_output=True)
        return json.loads(listed.stdout)[0]

    with remote("train", "moons", "--name", "over-ssh", "--steps", "1000000") as first:
        first.wait_for("over-ssh")
        first.wait_for("loss")
        os.kill(first.pid, signal.SIGKILL)  # the client dies: the connection drops without a word
        os.waitpid(first.pid, 0)
        first.status = -signal.SIGKILL
    left = status()
    _wait(lambda: status()["step"] > left["step"])
    assert status()["state"] == "running"

    with remote("watch") as second:
        second.wait_for("over-ssh")
        second.wait_for("running")
        assert status()["step"] > left["step"]
        second.write("q")
        second.wait_for("stop")
        second.write("s")
        assert second.wait() == 0
    _wait(lambda: status()["state"] == "stopped")


def _wait(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)
