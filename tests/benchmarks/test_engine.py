"""How fast and how large: rebuild against micrograd, bytes a node, recording, the long chain."""

import gc
import sys
import time
import tracemalloc

from jobs import demo, expression
from micrograd.engine import Value as Micrograd
from tables import medians, show

from micrograd_tui.engine import Value, record, toposort

sys.setrecursionlimit(100_000)  # micrograd walks its graph by recursion


def test_rebuild() -> None:
    """Build + backward of J1 and J2, interleaved with micrograd 0.1.0."""
    rows = []
    for name, job, repeat in (("J1, 65,818 nodes", demo, 1), ("J2, 14 nodes", expression, 2000)):
        ours, theirs = job(Value), job(Micrograd)
        for mode, need, goal in (("as shipped", 3.0, 4.0), ("both with gc off", 1.4, 1.8)):
            gc.enable() if mode == "as shipped" else gc.disable()
            took = medians(
                9,
                ours=lambda ours=ours, repeat=repeat: [ours() for _ in range(repeat)] and None,
                micrograd=lambda theirs=theirs, repeat=repeat: [theirs() for _ in range(repeat)] and None,
            )
            gc.enable()
            gc.collect()
            ratio = took["micrograd"] / took["ours"]
            us = [f"{took[who] / repeat * 1e6:,.1f}" for who in ("ours", "micrograd")]
            rows.append((name, mode, *us, f"{ratio:.2f}x", f"{need}x", f"{goal}x"))

    show("rebuild", ("job", "collector", "ours us", "micrograd us", "faster", "required", "goal"), rows)


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
