"""The fast path against what else is installed: J1, its growth with batch and width, trace and fold."""

import os
import subprocess
import sys
import time
from pathlib import Path

from jobs import demo
from tables import show

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import compile_graph
from micrograd_tui.engine.compile.bench import Job, compare, saved, text

RESULTS = Path(__file__).with_name("results")
SLOW = ("ours, python", "micrograd, as shipped", "micrograd, gc off")
FAST = (
    "ours, native",
    "ours, numpy",
    "PyTorch eager, 1 thread",
    "JAX, scan",
    "numpy by hand",
    "C by hand",
)

sys.setrecursionlimit(100_000)  # micrograd walks its graph by recursion


def test_j1() -> None:
    """J1 with every contender there is."""
    job = Job()
    table = text(job, compare(job))
    saved(RESULTS / "compile.md", [table])
    print("\n" + table)


def test_growth() -> None:
    """J1 with other batches and other widths."""
    jobs = [Job(batch=batch) for batch in (4, 1000, 10_000)]
    jobs += [Job(width=width) for width in (8, 32, 64, 128)]
    tables = [text(job, compare(job, FAST, rounds=5)) for job in jobs]
    saved(RESULTS / "growth.md", tables)
    print("\n" + "\n".join(tables))


def test_trace_and_fold() -> None:
    """How long `compile_graph` takes, a node of J1's whole graph."""
    step = demo(Value)
    loss = step()
    parameters = [value for cell in step.__closure__ or () for value in _values(cell.cell_contents)]
    took = []
    for _ in range(5):
        start = time.perf_counter()
        compile_graph(loss, parameters, backend="numpy")
        took.append((time.perf_counter() - start) / 65_818 * 1e6)

    rows = [("trace and fold J1, us a node", f"{sorted(took)[2]:.2f}", "9")]
    show("fold", ("figure", "measured", "required"), rows)


def _values(found: object) -> list[Value]:
    return found if isinstance(found, list) and found and isinstance(found[0], Value) else []


if __name__ == "__main__":
    # BLAS reads these when numpy is imported, so they are set for a process of its own.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS")}
    command = [sys.executable, "-m", "pytest", "-s", "-q", __file__]
    subprocess.run(command, env=environment | {"OPENBLAS_NUM_THREADS": "1"}, check=True)
