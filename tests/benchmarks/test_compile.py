"""The fast path against what else is installed: J1, its growth with batch and width, trace and fold."""

import random
import subprocess
import sys
import time
from pathlib import Path

from jobs import demo, recurrent
from tables import medians, show

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import compile_graph
from micrograd_tui.engine.learning.gpt import GPT

RESULTS = Path(__file__).with_name("results")
COMMAND = Path(sys.executable).with_name("micrograd-tui")


def test_j1() -> None:
    """J1 with every contender there is."""
    subprocess.run([COMMAND, "bench", "--save", RESULTS / "compile.md"], check=True)


def test_gpt() -> None:
    """A GPT, one document a step, with every contender there is."""
    subprocess.run([COMMAND, "bench", "gpt", "--save", RESULTS / "gpt.md"], check=True)


def test_growth() -> None:
    """J1 with other batches and other widths."""
    arguments = ["--growth", "--rounds", "5", "--save", str(RESULTS / "growth.md")]
    subprocess.run([COMMAND, "bench", *arguments], check=True)


def test_cold_run(tmp_path: Path) -> None:
    """A thousand training steps from a cold process, against importing PyTorch."""

    def train(what: str) -> None:
        options = ["--headless", "--steps", "1000", "--runs-dir", str(tmp_path)]
        subprocess.run([COMMAND, "train", what, *options], capture_output=True, check=True)

    took = medians(
        7,
        moons=lambda: train("moons"),
        names=lambda: train("names"),
        torch=lambda: subprocess.run([sys.executable, "-c", "import torch"], check=True),
    )

    wanted = {"moons": "less than the import", "names": "less than the import and 3 s"}
    rows = [(name, f"{took[name]:.2f}", f"{took['torch']:.2f}", wanted[name]) for name in wanted]
    show("cold_run", ("train ... --headless --steps 1000", "s", "import torch, s", "required"), rows)


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


def test_decline() -> None:
    """How long `auto` takes to know that a graph has no native code, or none written out for it alone."""
    from micrograd_tui.engine.compile.fold.too_deep import DoesNotFold, refuse_deep
    from micrograd_tui.engine.compile.ir.job import Job
    from micrograd_tui.engine.compile.ir.trace import collector_off, trace_graph
    from micrograd_tui.engine.compile.native.least import least_instructions
    from micrograd_tui.engine.compile.native.plan import CAP

    def decide(job: Job) -> bool:
        try:
            refuse_deep(job)
        except DoesNotFold:
            return False
        return least_instructions(job.sample, CAP) <= CAP

    rows = []
    for name, (loss, parameters) in _graphs().items():
        job, took = Job(trace_graph(loss, parameters)), []
        with collector_off():  # as when a program is built
            for _ in range(7):
                start = time.process_time()
                assert not decide(job)
                took.append(time.process_time() - start)
        rows.append((f"{name}, {len(job.sample):,} nodes", f"{min(took) * 1e3:.0f}", "50"))

    show("decline", ("graph", "ms of processor time, the least of 7", "required"), rows)


def _graphs() -> dict[str, tuple[Value, list[Value]]]:
    graphs = {"a recurrent network": recurrent(Value, steps=30, width=30)}
    model = GPT(27)
    for count in (7, 16):
        tokens = [26, *(random.Random(1).choices(range(26), k=count - 1)), 26]
        graphs[f"a document of {count} predictions"] = model.loss(tokens), model.parameters()
    w = Value(0.5)
    chain = w
    for _ in range(30_000):
        chain = (chain * w).tanh()
    return graphs | {"a chain": (chain, [w])}


def _values(found: object) -> list[Value]:
    return found if isinstance(found, list) and found and isinstance(found[0], Value) else []
