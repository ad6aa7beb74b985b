"""A benchmark's table: printed, and kept in results/, with the machine it was measured on."""

import gc
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("results")


def medians(rounds: int, **contenders: Callable[[], object]) -> dict[str, float]:
    """Run the contenders in turn, round by round; return each one's median seconds."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            gc.collect()  # or one contender's cycles would be found, and paid for, in another's time
            start = time.perf_counter()
            contender()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(each) for name, each in times.items()}


def show(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> None:
    """Print the table and write it to results/NAME.md."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(map(str, row))} |" for row in rows]
    text = "\n".join([f"# {name}", "", machine(), "", *lines, "", *([note, ""] if note else [])])
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    print("\n" + text)


def machine() -> str:
    """Say what the figures were measured on."""
    packages = ", ".join(f"{p} {version(p)}" for p in ("micrograd-tui", "micrograd", "textual"))
    model = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    python = sys.version.split()[0]
    return f"{os.cpu_count()} cores, {model}, {platform.system()}; Python {python}, {packages}; medians."


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
