"""The child process: whatever a program does, one sentence comes of it, and nothing is left running."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from micrograd_tui.engine.sources.python.named import Named
from micrograd_tui.engine.sources.python.open_program import NotOpened, open_program

HOSTILE = {
    "while True:\n    try:\n        while True: pass\n    except:\n        pass": "longer than 1 seconds",
    "import os; os._exit(7)": "it ended itself, with exit code 7",
    "x = [0] * 10_000_000_000": "more memory than",
    "def f(): return f() + 1\nf()": "RecursionError",
    "import sys; sys.setrecursionlimit(10**9)\nclass A:\n  def __getattr__(self, n): return getattr(self, n)\nA().x": "SIGSEGV",
    "import threading, time\ndef run():\n  while True: time.sleep(9)\nthreading.Thread(target=run).start()": "a thread of it",
    "def f(:": "hostile.py:1: SyntaxError",
    "x = '\udcff'": "utf-8",
    "x = 1\n" * 4_000_000: "larger than 5 MB",
    "input('name? ')": "hostile.py:1: it asks for input",
    "import surely_not_installed": "imports surely_not_installed, which is not installed",
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "it crashed: SIGKILL",
    "import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass": "longer than 1 seconds",
    "import os\nfor fd in range(3, 64):\n  try: os.write(fd, b'20\\n{\"recording\": [1,2]}')\n  except OSError: pass\nos._exit(0)": "no recording",
    "1 / 0": "hostile.py:1: ZeroDivisionError: division by zero",
    "open('numbers.csv')": "there is no numbers.csv: put a file of that name into",
    "": "no backward pass was called; no class looks like an engine",
}


def refused(path: Path, seconds: float) -> NotOpened:
    with pytest.raises(NotOpened) as caught:
        open_program(Named("script", str(path)), seconds=seconds)
    return caught.value


@pytest.mark.parametrize("text", HOSTILE, ids=[word[-24:] for word in HOSTILE.values()])
def test_a_hostile_program_ends_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hostile.py"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    wanted = HOSTILE[text]
    limit = 1 if "longer" in wanted else 4 if "thread" in wanted else 30

    sentence = str(refused(Path("hostile.py"), limit))

    assert wanted in sentence
    assert "\n" not in sentence


def test_what_prints_without_end_is_ended_and_its_output_kept(tmp_path: Path) -> None:
    path = tmp_path / "loud.py"
    path.write_text("line = 'x' * 99\nwhile True: print(line * 99)")

    error = refused(path, 20)

    assert str(error) == "it printed more than 10 MB"
    assert len(error.printed) == 10_000_000


def test_what_is_installed_in_the_active_environment_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = tmp_path / "env" / "lib" / version / "site-packages"
    folder.mkdir(parents=True)
    (folder / "only_there.py").write_text("x = 1\n")
    (tmp_path / "p.py").write_text("import only_there\n")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "env"))

    assert "no backward pass was called" in str(refused(tmp_path / "p.py", 10))


def test_what_a_program_started_does_not_outlive_it(tmp_path: Path) -> None:
    path, written = tmp_path / "parent.py", tmp_path / "pids"
    path.write_text(
        "import os, subprocess, sys, time\n"
        f"out = open({str(written)!r}, 'w')\n"
        "print(subprocess.Popen(['sleep', '60']).pid, file=out)\n"
        "if os.fork() == 0:\n    time.sleep(60)\n"
        "out.close()\nos._exit(3)\n"
    )

    assert str(refused(path, 10)) == "it ended itself, with exit code 3"
    assert _has_ended(int(written.read_text().split()[0]))


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    path, written = tmp_path / "long.py", tmp_path / "pid"
    path.write_text(f"import os\nopen({str(written)!r}, 'w').write(str(os.getpid()))\nwhile True: pass\n")
    command = (
        "from micrograd_tui.engine.sources.python.named import Named\n"
        "from micrograd_tui.engine.sources.python.open_program import open_program\n"
        f"open_program(Named('script', {str(path)!r}), seconds=50)"
    )
    parent = subprocess.Popen([sys.executable, "-c", command])
    while not (written.exists() and written.read_text()):
        time.sleep(0.02)
    parent.kill()
    parent.wait()

    assert _has_ended(int(written.read_text()))


def _has_ended(pid: int) -> bool:
    """Whether it is gone within seconds: a signal that was sent takes a moment."""
    for _ in range(500):
        if not _runs(pid):
            return True
        time.sleep(0.02)
    return False


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
