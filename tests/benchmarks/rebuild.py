"""Time building and backward against micrograd in this interpreter: python rebuild.py [MODULE to load first].

A process of its own, because micrograd's cycles make the garbage collector walk whatever else the process
holds: in a test runner, or with a large library loaded, micrograd as shipped is slower than alone.
"""

import gc
import importlib
import json
import sys

from jobs import demo, expression
from micrograd.engine import Value as Micrograd
from tables import medians

from micrograd_tui.engine import Value

JOBS = (("J1, 65,818 nodes", demo, 1), ("J2, 14 nodes", expression, 2000))
MODES = (("as shipped", 3.0, 4.0), ("both with gc off", 1.4, 1.8))


def rows() -> list[list[str]]:
    """Measure each job in each mode."""
    found = []
    for name, job, repeat in JOBS:
        ours, theirs = job(Value), job(Micrograd)
        for mode, need, goal in MODES:
            gc.enable() if mode == "as shipped" else gc.disable()
            took = medians(
                9,
                ours=lambda ours=ours, repeat=repeat: [ours() for _ in range(repeat)] and None,
                micrograd=lambda theirs=theirs, repeat=repeat: [theirs() for _ in range(repeat)] and None,
            )
            gc.enable()
            us = [f"{took[who] / repeat * 1e6:,.1f}" for who in ("ours", "micrograd")]
            found.append(
                [name, mode, *us, f"{took['micrograd'] / took['ours']:.2f}x", f"{need}x", f"{goal}x"]
            )
    return found


if __name__ == "__main__":
    sys.setrecursionlimit(100_000)  # micrograd walks its graph by recursion
    for module in sys.argv[1:]:
        importlib.import_module(module)
    print(json.dumps(rows()))
