"""The link that tests and benchmarks put between the app and its terminal is as slow as it says."""

import sys
import time

import pytest
from pty_app import COMMAND, PtyApp
from slow_link import slow

pytestmark = pytest.mark.requires("pyte", "termios")
ECHO = "import tty, os; tty.setraw(0); os.write(1, b'ready'); [os.write(1, os.read(0, 99).upper()) for _ in 'ab']"


def test_an_answer_takes_a_round_trip() -> None:
    with PtyApp(command=slow(sys.executable, "-c", ECHO)) as app:
        app.wait_for("ready")
        start = time.monotonic()
        app.press("x", "X")

        assert time.monotonic() - start >= 0.2


def test_bytes_come_at_the_links_rate_and_all_arrive() -> None:
    with PtyApp(
        command=slow(sys.executable, "-c", "print('begin'); print('-' * 8000); print('end')")
    ) as app:
        app.wait_for("begin")
        start = time.monotonic()
        app.wait_for("end")

        assert time.monotonic() - start >= 0.5  # a second, less what came before "begin" was noticed
        assert app.output.count(b"-") == 8000
        assert app.wait() == 0


def test_the_app_is_usable_behind_it_and_ends_with_its_exit_code() -> None:
    with PtyApp(command=slow(COMMAND, "open", "neuron"), size=(120, 40)) as app:
        app.wait_for("backward 0 of 13")
        app.settle()
        app.press("nn", "backward 2 of 13")
        app.resize(90, 30)
        app.settle()
        app.press("N", "backward 1 of 13")
        app.write("q")

        assert app.wait() == 0
