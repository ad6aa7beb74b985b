"""`micrograd-tui bench`: this engine against whatever else is installed, interleaved, on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from ..sessions.target import BadTarget
from ..text.format import plain

BATCHES = (4, 1000, 10_000)
WIDTHS = (8, 32, 64, 128)
JOBS = ("mlp", "gpt")
IN_GROWTH = (
    "ours, native",
    "ours, numpy",
    "PyTorch eager, 1 thread",
    "JAX, scan",
    "numpy by hand",
    "C by hand",
    "C by hand, met margins skipped",
)
"""Who is measured from small jobs to large ones; the others would take minutes."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "job", nargs="?", choices=JOBS, default="mlp", help="what is trained: mlp (the default) or gpt"
    )
    parser.add_argument(
        "--batch", type=int, default=100, metavar="N", help="rows a training step; default 100"
    )
    parser.add_argument(
        "--width", type=int, default=16, metavar="N", help="neurons in each hidden layer; default 16"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=7,
        metavar="N",
        help="how often each is measured, for the median; default 7",
    )
    parser.add_argument(
        "--growth", action="store_true", help="a range of batches and widths in place of one"
    )
    parser.add_argument(
        "--save", metavar="FILE", help="the file for the tables; its path is printed at the end"
    )


def run(options: argparse.Namespace) -> int:
    """Compare, print the tables, keep them; return the exit code."""
    for name in ("batch", "width", "rounds"):
        if getattr(options, name) < 1:
            raise BadTarget(f"--{name} must be 1 or more")
    if options.job == "gpt" and (options.growth or (options.batch, options.width) != (100, 16)):
        raise BadTarget("--batch, --width and --growth are of bench mlp: the gpt has one size")
    # BLAS reads these once, when numpy is imported: one thread each, so that like is compared with like.
    for name in [name for name in os.environ if name.startswith("OPENBLAS")]:
        del os.environ[name]
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    sys.setrecursionlimit(100_000)  # micrograd walks its graph by recursion
    path = Path(options.save) if options.save else _usual_place()
    made: list[str] = []
    _keep(path, made)  # a place that cannot be written to is refused before the minutes, not after
    for table in tables(options):
        print(table, flush=True)
        made.append(table)
        _keep(path, made)
    print(f"kept in {plain(str(path))}", file=sys.stderr)
    return 0


def tables(options: argparse.Namespace) -> Iterator[str]:
    """Yield a table for each job that is asked for."""
    from ...engine.compile.bench import CONTENDERS, GPT_CONTENDERS, Documents, Job, compare, text

    if options.job == "gpt":
        gpt, names = Documents(), tuple(GPT_CONTENDERS)
        yield text(gpt, compare(gpt, names, options.rounds, _print_progress, GPT_CONTENDERS))
        return
    jobs = [Job(options.batch, options.width)]
    if options.growth:
        jobs = [Job(batch=batch) for batch in BATCHES] + [Job(width=width) for width in WIDTHS]
    names = IN_GROWTH if options.growth else tuple(CONTENDERS)
    for job in jobs:
        yield text(job, compare(job, names, options.rounds, _print_progress))


def _print_progress(sentence: str) -> None:
    print(plain(sentence), file=sys.stderr, flush=True)


def _usual_place() -> Path:
    from ...engine.runs.store.directory import runs_directory

    return runs_directory(None).with_name("bench.md")


def _keep(path: Path, made: list[str]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(made), encoding="utf-8")
    except OSError as error:
        raise BadTarget(f"{plain(str(path))}: {error.strerror or error}") from None
