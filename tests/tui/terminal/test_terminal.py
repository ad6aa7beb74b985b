"""The installed command in a real terminal: it opens, steps, suspends, leaves, and keeps its manners."""

import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from fcntl import ioctl
from pathlib import Path

import pytest
from pty_app import COMMAND, PtyApp

pytestmark = pytest.mark.requires("pyte", "termios")
RESTORED = b"\x1b[?1049l"


def test_the_neuron_is_walked_to_its_leaves_and_back() -> None:
    with PtyApp() as app:
        app.wait_for("backward 0 of 13")
        app.wait_for("w1x1 = w1*x1")
        app.settle()
        before = app.lines
        for step in range(1, 14):
            app.press("n", f"backward {step} of 13")
        app.settle()
        assert any("every gradient is final" in line for line in app.lines)
        for step in range(12, -1, -1):
            app.press("N", f"backward {step} of 13")
        app.settle()

        # The note is about the last move; all else is the screen as it was.
        assert [line for line in app.lines if "press n" not in line] == (
            [line for line in before if "n steps backward" not in line]
        )
        app.write("q")
        assert app.wait() == 0
        assert RESTORED in app.output


def test_nothing_is_written_while_nothing_changes() -> None:
    with PtyApp() as app:
        app.wait_for("backward 0 of 13")
        app.press("n", "backward 1 of 13")
        app.settle()

        assert app.read(2.0) == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_restores_the_terminal(number: int, code: int) -> None:
    with PtyApp() as app:
        app.wait_for("backward 0 of 13")
        os.kill(app.pid, number)

        assert app.wait() == code
        assert RESTORED in app.output


def test_suspend_and_foreground_repaint_the_screen() -> None:
    with PtyApp(command=["bash", "--norc", "--noprofile", "-i"], env={"PS1": "shell$ "}) as app:
        app.wait_for("shell$")
        app.write(f"{COMMAND}\n")
        app.wait_for("backward 0 of 13")
        app.press("nn", "backward 2 of 13")
        app.settle()
        before = app.lines
        app.press("\x1a", "Stopped")
        app.screen.reset()
        app.write("fg\n")
        app.wait_for("backward 2 of 13")
        app.settle()

        assert app.lines == before
        app.press("n", "backward 3 of 13")
        app.write("q")
        app.settle()
        app.press("echo code $?\n", "code 0")


@pytest.mark.parametrize("size", [(80, 24), (0, 0)], ids=["80x24", "no size"])
@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.5, 0.7, 0.9, 1.2])
def test_a_terminal_that_closes_at_any_moment_ends_the_app(seconds: float, size: tuple[int, int]) -> None:
    pid, fd = os.forkpty()
    if pid == 0:
        os.execvpe(COMMAND, [COMMAND], os.environ | {"TERM": "xterm-256color"})
    ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            os.read(fd, 65536)
    os.close(fd)
    try:
        _wait(lambda: os.waitpid(pid, os.WNOHANG)[0] == pid)
    except AssertionError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise


def test_a_crash_restores_the_terminal_and_exits_with_an_error() -> None:
    code = (
        "import sys; from micrograd_tui.engine.recording.playback import Playback;"
        "from micrograd_tui.tui import cli;"
        "Playback.next = lambda self: 1 / 0; sys.exit(cli.main([]))"
    )
    with PtyApp(command=[sys.executable, "-c", code]) as app:
        app.wait_for("backward 0 of 13")
        app.write("n")

        assert app.wait() not in (0, None)
        assert RESTORED in app.output


def test_the_large_demo_opens_with_progress_and_steps() -> None:
    with PtyApp("open", "demo", size=(120, 40)) as app:
        app.wait_for("opening demo")
        app.wait_for("backward 0 of 65819", 90)
        app.press("n", "backward 1 of 65819")
        app.press("n", "backward 2 of 65819")
        app.press("N", "backward 1 of 65819")


def test_no_color_means_no_colour() -> None:
    with PtyApp(env={"NO_COLOR": "1"}) as app:
        app.wait_for("backward 0 of 13")
        app.press("n", "backward 1 of 13")
        colours = re.findall(rb"\x1b\[[0-9;]*m", app.output)

        codes = {int(code) for each in colours for code in each[2:-1].split(b";") if code}
        assert not {code for code in codes if 30 <= code <= 48 and code not in (39,)} | codes & set(
            range(90, 108)
        )


def test_a_locale_without_utf8_gets_ascii() -> None:
    env = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    with PtyApp(env=env) as app:
        app.wait_for("backward 0 of 13")
        app.press("n", "backward 1 of 13")
        app.press("v", "graph")
        app.settle()

        assert app.output.isascii()
        assert not any("\\u" in line for line in app.lines)


def test_sixteen_colours_are_enough() -> None:
    with PtyApp(env={"TERM": "xterm", "COLORTERM": ""}) as app:
        app.wait_for("backward 0 of 13")
        app.press("n", "backward 1 of 13")

        assert b"38;2;" not in app.output
        assert b"38;5;" not in app.output


@pytest.mark.parametrize(
    ("how", "env"),
    [({"stdin": subprocess.DEVNULL}, {}), ({}, {}), ({}, {"TERM": "dumb"})],
)
def test_without_a_terminal_one_sentence_names_trace(how: dict[str, int], env: dict[str, str]) -> None:
    run = subprocess.run(
        [COMMAND, "open", "neuron"],
        env=os.environ | env,
        stdin=how.get("stdin"),
        stderr=subprocess.PIPE,
    )

    printed = run.stderr.decode()
    assert run.returncode == 2
    assert printed.count("\n") == 1
    assert "trace" in printed


def test_term_dumb_in_a_terminal_is_refused() -> None:
    with PtyApp(env={"TERM": "dumb"}) as app:
        assert app.wait() == 2
        assert b"trace" in app.output
        assert b"\x1b" not in app.output


def test_the_window_title_is_plain_text(tmp_path: Path) -> None:
    with PtyApp("open", "a\x1b]0;pwned\x07 + 1") as app:
        assert app.wait() == 2
        assert b"\x1b]0;" not in app.output
    with PtyApp() as app:
        app.wait_for("backward 0 of 13")
        assert b"\x1b]2;micrograd-tui: neuron\x07" in app.output


@pytest.mark.requires("tmux")
def test_the_same_in_tmux(tmp_path: Path) -> None:
    tmux = [shutil.which("tmux") or "tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]

    def call(*arguments: str) -> str:
        return subprocess.run([*tmux, *arguments], capture_output=True, text=True, check=True).stdout

    def shows(text: str) -> None:
        _wait(lambda: text in call("capture-pane", "-p", "-t", "t"))

    try:
        call("new-session", "-d", "-s", "t", "-x", "80", "-y", "24", f"{COMMAND}; echo code $?; sleep 60")
        shows("backward 0 of 13")
        for step in range(1, 14):
            call("send-keys", "-t", "t", "n")
            shows(f"backward {step} of 13")
        for step in range(12, -1, -1):
            call("send-keys", "-t", "t", "N")
            shows(f"backward {step} of 13")
        assert "+" not in call("capture-pane", "-p", "-t", "t").split("step")[0].replace(
            "sum+b", ""
        ).replace("w1x1+w2x2", "")
        call("send-keys", "-t", "t", "q")
        shows("code 0")
    finally:
        subprocess.run([*tmux, "kill-server"], capture_output=True)


def _wait(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
