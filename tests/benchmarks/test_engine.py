"""How fast and how large: rebuild against micrograd, bytes a node, recording, the long chain."""

import gc
import json
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

from jobs import demo
from tables import medians, show

from micrograd_tui.engine import Value, record, toposort

REBUILD = Path(__file__).with_name("rebuild.py")


def test_rebuild() -> None:
    """Build + backward of J1 and J2, interleaved with micrograd 0.1.0, alone and beside Textual."""
    rows = []
    for beside, modules in (("alone", []), ("with Textual loaded", ["textual.app", "textual.widgets"])):
        run = subprocess.run(
            [sys.executable, str(REBUILD), *modules], stdout=subprocess.PIPE, text=True, check=True
        )
        rows += [[beside, *row] for row in json.loads(run.stdout)]

    columns = ("process", "job", "collector", "ours us", "micrograd us", "faster", "required", "goal")
    show("rebuild", columns, rows)


def test_memory_and_recording() -> None:
    """Bytes a node of the graph and of its recording; recording against plain backward()."""
    step = demo(Value)
    step()
    gc.collect()
    tracemalloc.start()
    loss = step()
    graph = tracemalloc.get_traced_memory()[0]
    log = record(loss)
    recording = tracemalloc.get_traced_memory()[0] - graph
    tracemalloc.stop()
    count = len(toposort(loss))
    took = medians(7, record=lambda: record(loss), backward=loss.backward)
    rows = [
        ("bytes a node after building and backward", f"{graph / count:.0f}", "220", "160"),
        ("bytes a node of the recording", f"{recording / count:.0f}", "200", ""),
        ("record() / backward()", f"{took['record'] / took['backward']:.2f}x", "5x", ""),
    ]
    assert log.node_count == count

    show("memory", ("figure", "measured", "required", "goal"), rows)


def test_chain() -> None:
    """A chain of a million nodes."""
    start = time.perf_counter()
    leaf = node = Value(1.0)
    for _ in range(10**6):
        node = node + leaf
    built = time.perf_counter()
    node.backward()
    done = time.perf_counter()
    assert leaf.grad == 10**6 + 1

    rows = [("build", f"{built - start:.2f}"), ("backward", f"{done - built:.2f}")]
    show("chain", ("10^6 additions", "us a node"), rows)
