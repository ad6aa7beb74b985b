"""What `Run.log` costs a script, on a machine with nothing else to do and on a busy one.

A call is blocked where it gives the processor back by itself: the system counts that as a voluntary switch.
What the system takes away from a busy process it takes from any code: hence the control, a loop that spins
as long as a call takes, at the same moments.
"""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tables import show

from micrograd_tui.engine.runs import Run

SECONDS = 10.0
BUSY = "while True: pass"
HOGS = 3
TableRow = tuple[str, str, str, str, str, str]

pytestmark = pytest.mark.skipif(
    not hasattr(resource, "RUSAGE_THREAD"), reason="the system does not count waits"
)


def waits() -> int:
    """How often this thread has given the processor back by itself."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw


def spin(seconds: float) -> float:
    """Compute for so long; return how long it was."""
    start = now = time.perf_counter()
    while now - start < seconds:
        now = time.perf_counter()
    return now - start


@contextmanager
def busy(hogs: int) -> Iterator[None]:
    """Have other processes that want every core."""
    started = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(hogs)]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def measured(directory: Path, rate: float) -> tuple[list[float], list[float], int]:
    """Seconds of each call and of each control, and how often a call waited, at so many calls a second."""
    calls, controls, waited = list[float](), list[float](), 0
    with Run("log", runs_dir=directory) as run:
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            spin(0.5 / rate)
            before, start = waits(), time.perf_counter()
            run.log(loss=0.5, accuracy=0.25)
            calls.append(time.perf_counter() - start)
            waited += waits() - before
            spin(0.5 / rate)
            controls.append(spin(statistics.median(calls[-9:])))
    return calls, controls, waited


def test_logging(tmp_path: Path) -> None:
    """Calls that waited, and calls of more than a millisecond beside a control."""
    rows = list[TableRow]()
    for hogs in (0, HOGS):
        with busy(hogs):
            for rate in (200, 3000):
                calls, controls, waited = measured(tmp_path, rate)
                slow, beside = (f"{sum(each > 1e-3 for each in many)}" for many in (calls, controls))
                where = f"{hogs} others at full load, {rate} calls a second"
                typical = f"{statistics.median(calls) * 1e6:.0f}"
                rows.append((where, f"{len(calls):,}", f"{waited}", slow, beside, typical))
    head = ("machine", "calls", "that waited", "over 1 ms", "control over 1 ms", "median, us")
    note = "Required: no call blocks for a millisecond. The control spins as long as a call takes, and never waits."
    show("run_log", head, rows, note)
