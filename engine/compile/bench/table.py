"""The comparison as a table, printed and kept."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .job import Compared
from .measure import Result

_PACKAGES = ("micrograd-tui", "numpy", "llvmlite", "micrograd", "torch", "jax", "casadi")

WHY = {
    "C by hand, met margins skipped": ", which leaves alone ever more rows: those whose margin is met",
    "C by hand, -ffast-math": ", whose compiler may reorder sums and forget about nan",
}
"""Why a contender can be faster than what does all of the job."""


def text(job: Compared, results: Sequence[Result]) -> str:
    """Return the table in Markdown: microseconds a training step and the ratios that count."""
    by_name = {result.name: result.median for result in results}
    there = [name for name in job.compared if name in by_name]
    heads = ["contender", "us a step", *(f"x {name}" for name in there), "warm-up s"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for result in sorted(results, key=lambda each: each.median):
        ratios = [_ratio(by_name[name] / result.median) for name in there]
        cells = [result.name, f"{result.median * 1e6:,.1f}", *ratios, f"{result.warmup:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    title = f"## {job.title}"
    ahead = [*_ahead(results), ""] if len(lines) > 2 else []
    return "\n".join([title, "", machine(), _agreement(job, results), "", *lines, "", *ahead])


def _ahead(results: Sequence[Result]) -> list[str]:
    """Return a sentence about each contender that is faster than ours, with the reason if known."""
    ours = min((each.median for each in results if each.name.startswith("ours")), default=0.0)
    return [
        f"Ahead of our fastest by {ours / each.median:.2f}: {each.name}{WHY.get(each.name, '')}."
        for each in results
        if each.median < ours
    ]


def _ratio(times: float) -> str:
    return f"{times:,.0f}" if times >= 100 else f"{times:.2g}" if times < 0.1 else f"{times:.2f}"


def machine() -> str:
    """Return what the figures were measured on."""
    found = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES if _version(name))
    threads = os.environ.get("OPENBLAS_NUM_THREADS", "as many as it likes")
    return (
        f"{os.cpu_count()} cores, {_processor()}, {platform.system()}; Python {sys.version.split()[0]}, "
        f"{found}{_compiler()}. numpy's BLAS threads: {threads}. Medians of interleaved rounds, float64."
    )


def _agreement(job: Compared, results: Sequence[Result]) -> str:
    losses = [result.loss for result in results]
    spread = max(losses) - min(losses) if losses else 0.0
    count = {3: "three"}.get(job.first, str(job.first))
    return f"The losses after {count} steps agree to {spread:.1e}."


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _compiler() -> str:
    """Return which compiler the loops in C are compiled by."""
    command = shutil.which("clang") or shutil.which("gcc")
    if not command:
        return ""
    said = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)
    return ", " + said.stdout.partition("\n")[0].strip() if said.stdout else ""


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
