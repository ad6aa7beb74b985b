"""A PyTorch script opened: CPU and memory until its first frame beside the script alone; a key."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from passes import SCRIPTS, timed
from tables import show
from test_terminal import COMMAND, Terminal

pytest.importorskip("torch", reason="This needs PyTorch, which is not here.")
ROUNDS = 2
SHOWN = b"untouched"  # one word: the driver skips cells that are right already
LIMIT = ("--limit", "300")
ONE_THREAD = {"OMP_NUM_THREADS": "1"}
"""On a busy machine PyTorch's threads wait for each other, and what is measured is that."""
MORE = {"3,000 nodes": (0, 1.0), "60 layers": (0, 1.0), "GPT-2 small": (2, 2.0)}
"""What may be added to the script alone, in which its pass is done once: so many passes, and seconds."""


@dataclass
class Took:
    """One script, once: alone, and opened. Seconds on the clock, seconds of CPU, megabytes."""

    alone: float
    backward: float
    frame: float
    cpu_alone: float
    cpu_backward: float
    cpu_frame: float
    memory_alone: float
    memory_opened: float


def test_opening_a_pytorch_script(tmp_path: Path) -> None:
    """The script alone, and opened until the first frame, in turn."""
    rows = []
    for name, script in SCRIPTS.items():
        file, plain = tmp_path / "train.py", tmp_path / "plain.py"
        file.write_text(script)
        plain.write_text(timed(script))
        rows.append(_row(name, [_took(file, plain) for _ in range(ROUNDS)]))

    columns = (
        "script", "alone s", "its backward s", "first frame s", "CPU alone s", "its backward", "first frame",
        "more", "allowed", "MB alone", "more MB, app up", "allowed MB",
    )  # fmt: skip
    note = (
        f"PyTorch {version('torch')}, one thread. `more`: of CPU (user and system, all processes), until the first"
        " frame, beyond the script alone, in which its own backward pass is done once; the clock's seconds are"
        " of one sitting."
    )
    show("pytorch", columns, rows, note)


def test_a_key_on_gpt2(tmp_path: Path) -> None:
    """Key press to repaint on the screen of GPT-2 small, beside that of a small expression."""
    file = tmp_path / "train.py"
    file.write_text(SCRIPTS["GPT-2 small"])
    rows = []
    for target, shown in (("neuron", b"w1x1"), (str(file), SHOWN)):
        terminal = Terminal(COMMAND, "open", target, *LIMIT, env=ONE_THREAD)
        terminal.until(shown)
        while terminal.read(1.5):
            pass
        for what, keys in (("n", "n" * 12), ("N", "N" * 12), ("row down and up", "jk" * 5)):
            before = _cpu(terminal.pid)
            first = [terminal.press(key)[0] for key in keys]
            cpu = (_cpu(terminal.pid) - before) * 1e3 / len(keys)
            name = "GPT-2 small" if target != "neuron" else target
            rows.append(
                (name, what, f"{statistics.median(first):.1f}", f"{max(first):.1f}", f"{cpu:.1f}", "15")
            )
        terminal.close()
    show("pytorch_keys", ("graph", "key", "median ms", "longest ms", "CPU ms", "required"), rows)


def _took(file: Path, plain: Path) -> Took:
    alone, cpu_alone, memory_alone, printed = _run(sys.executable, str(plain))
    terminal = Terminal(COMMAND, "open", str(file), *LIMIT, env=ONE_THREAD)
    frame = terminal.until(SHOWN)
    cpu, memory = (
        sum(_cpu(pid) for pid in _below(terminal.pid)),
        sum(map(_most_memory, _below(terminal.pid))),
    )
    terminal.close()
    backward, cpu_backward = map(float, printed.split()[-2:])
    return Took(alone, backward, frame, cpu_alone, cpu_backward, cpu, memory_alone, memory)


def _run(*command: str) -> tuple[float, float, float, str]:
    """Run a command; return its seconds, its CPU seconds, the most MB of one process, what it printed."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | ONE_THREAD
    )
    assert process.stdout is not None
    with process.stdout as pipe:
        printed = pipe.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed


def _below(pid: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _below(int(child))


def _cpu(pid: int) -> float:
    """The CPU seconds that a process, and those it has waited for, have had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _most_memory(pid: int) -> float:
    """The most MB that a process has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _row(name: str, took: list[Took]) -> tuple[str, ...]:
    def median(figure: str) -> float:
        return statistics.median(getattr(each, figure) for each in took)

    times, seconds = MORE[name]
    figures = ("alone", "backward", "frame", "cpu_alone", "cpu_backward", "cpu_frame")
    return (
        name,
        *(f"{median(figure):.2f}" for figure in figures),
        f"{median('cpu_frame') - median('cpu_alone'):.2f}",
        f"{times * median('cpu_backward') + seconds:.2f}",
        f"{median('memory_alone'):.0f}",
        f"{median('memory_opened') - median('memory_alone'):.0f}",
        "1200",
    )
