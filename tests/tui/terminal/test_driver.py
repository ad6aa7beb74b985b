"""The driver in the app: where it stands in, where it keeps out, and the same screen with and without it."""

import sys
from pathlib import Path
from typing import Any

import pytest
from frozen_runs import frozen
from pty_app import COMMAND, PtyApp
from small_runs import trained
from textual.drivers.linux_driver import LinuxDriver

from micrograd_tui.tui.app import MicrogradApp
from micrograd_tui.tui.sessions.target import Target
from micrograd_tui.tui.terminal.driver import ChangedCellsDriver

pytestmark = pytest.mark.requires("pyte", "termios")


def chosen() -> type:
    return MicrogradApp(Target("neuron")).get_driver_class()


def test_it_stands_in_for_textuals_linux_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROGRAD_TUI_DRIVER", raising=False)
    assert chosen() is ChangedCellsDriver


def test_the_switch_leaves_textuals_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROGRAD_TUI_DRIVER", "plain")
    assert chosen() is LinuxDriver


def test_without_a_private_name_it_needs_textuals_own_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(LinuxDriver, "_get_terminal_size")
    assert chosen() is LinuxDriver


@pytest.mark.parametrize("module", ["web_driver:WebDriver", "headless_driver:HeadlessDriver"])
def test_other_drivers_are_left_alone(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setattr("textual.constants.DRIVER", f"textual.drivers.{module}")
    assert chosen().__name__ == module.partition(":")[2]


def test_on_windows_it_is_not_even_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("micrograd_tui.tui.app.sys.platform", "win32")
    assert chosen() is LinuxDriver


def neuron(app: PtyApp) -> None:
    app.wait_for("backward 0 of 13")
    app.settle()


def steps(app: PtyApp) -> None:
    for step in range(1, 5):
        app.press("n", f"backward {step} of 13")
    app.press("jjk", "backward 4")


def palette(app: PtyApp) -> None:
    app.press("\x10", "search for actions")
    app.settle()
    app.write("the")
    app.settle()
    app.write("\x1b")


def smaller(app: PtyApp) -> None:
    app.resize(90, 30)


def larger(app: PtyApp) -> None:
    app.resize(130, 45)


def drawing(app: PtyApp) -> None:
    app.write("v")
    app.settle()
    app.write("hl")


def suspended(app: PtyApp) -> None:
    app.press("\x1a", "Stopped")
    app.screen.reset()
    app.write("fg\n")
    app.wait_for("backward 4 of 13")


def test_the_screen_is_the_same_with_and_without_it() -> None:
    shown: dict[str, list[Any]] = {"": [], "plain": []}
    sizes: dict[str, int] = {}
    for driver, screens in shown.items():
        env = {"PS1": "shell$ ", "MICROGRAD_TUI_DRIVER": driver}
        with PtyApp(command=["bash", "--norc", "--noprofile", "-i"], size=(120, 40), env=env) as app:
            app.wait_for("shell$")
            app.write(f"{COMMAND}\n")
            for act in (neuron, steps, palette, smaller, larger, drawing, suspended, steps_back):
                act(app)
                app.settle()
                screens.append((act.__name__, looks(app)))
            sizes[driver] = len(app.output)

    for (name, ours), (_, theirs) in zip(shown[""], shown["plain"], strict=True):
        assert [(at, ours[at], theirs[at]) for at in theirs if ours.get(at) != theirs[at]] == [], name
    assert sizes[""] < sizes["plain"] / 3


def steps_back(app: PtyApp) -> None:
    app.press("N", "backward 3 of 13")


def looks(app: PtyApp) -> dict[tuple[int, int], Any]:
    """What is seen of every cell: of a space neither colour nor weight."""
    cells = {}
    for y in range(app.screen.lines):
        for x in range(app.screen.columns):
            cell = app.screen.buffer[y][x]
            hidden = cell.data == " " and not (cell.reverse or cell.underscore or cell.strikethrough)
            cells[y, x] = (" ", cell.bg) if hidden else cell
    return cells


def test_nothing_is_sent_while_nothing_changes() -> None:
    with PtyApp(size=(120, 40)) as app:
        neuron(app)
        app.write("\x1b[O\x1b[I")  # the window loses and gets the focus: Textual paints, nothing differs
        app.settle()
        app.write("k")  # already at the top
        app.read(0.5)

        assert app.read(1.5) == b""


ASKING = """
import sys
from micrograd_tui.tui import app, cli
from textual.widgets import Static
def later(self):
    self.frame = 0
    self.screen.mount(Static("frame 0", id="live"))
    self.set_interval(0.02, self.live)
def live(self):
    if self.scheduler.pace.ready():
        self.frame += 1
        self.screen.query_one("#live").update(f"frame {self.frame}")
        self.scheduler.pace.drawn()
app.MicrogradApp.on_ready, app.MicrogradApp.live = later, live
sys.exit(cli.main([]))
"""
QUESTION = b"\x1b[6n"


def test_a_live_frame_is_followed_by_a_question_and_the_next_waits_for_its_answer() -> None:
    with PtyApp(command=[sys.executable, "-c", ASKING], size=(120, 40)) as app:
        app.answers = False
        app.wait_for("frame 1")
        app.read(1.0)
        assert app.output.count(QUESTION) == 1
        assert app.output.endswith(QUESTION)

        app.press("n", "backward 1 of 13")  # a key does not wait
        assert app.output.count(QUESTION) == 1
        app.press("\x1b[1;1R", "frame 2")

        app.write("q")  # with an answer under way: it must not end up as typing in the shell
        app.read(0.3)
        app.write("\x1b[40;120R")
        assert app.wait() == 0


def test_inside_tmux_nothing_is_asked() -> None:
    env = {"TMUX": "/tmp/socket,1,0", "TERM": "tmux-256color"}
    with PtyApp(command=[sys.executable, "-c", ASKING], size=(120, 40), env=env) as app:
        app.wait_for("frame 4")

        assert QUESTION not in app.output


FPS = """
import sys
from micrograd_tui.tui import app, cli
from micrograd_tui.tui.screens.watching import WatchingScreen
WatchingScreen.tick = lambda self: setattr(self.session, "note", f"{self.scheduler.pace.fps} a second") or self.sync_bars()
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "words", [["train", "moons", "--steps", "5"], ["watch"], ["resume", "one", "--steps", "300"]]
)
def test_the_rate_asked_for_reaches_the_screen(tmp_path: Path, words: list[str]) -> None:
    if words[0] != "train":
        trained(tmp_path, "one")
    command = [sys.executable, "-c", FPS, *words, "--fps", "7", "--runs-dir", str(tmp_path)]
    with PtyApp(command=command, size=(120, 40)) as app:
        app.wait_for("7 a second")


def test_nothing_is_sent_while_a_run_is_paused(tmp_path: Path) -> None:
    with frozen(tmp_path), PtyApp("watch", "--runs-dir", str(tmp_path), size=(120, 40)) as app:
        app.wait_for("running 119/200")
        app.press(" ", "pausing 119/200")  # no trainer is here to answer
        app.settle()

        assert app.read(2.0) == b""
