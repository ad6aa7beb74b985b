"""`micrograd-tui stop`: order runs to stop, and wait until they have."""

import argparse
import sys
import time

from ...engine.runs.store.directory import named_runs, runs_directory
from ...engine.runs.store.records import RunStatus, has_ended
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ..text.format import number, plain
from .running.arguments import add_directory
from .running.refusals import refusals

PATIENCE = 10.0
"""Seconds in which an order is usually taken: a script looks for it when it comes to it."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("names", nargs="+", metavar="RUN", help="a run, or a pattern such as 'moons-*'")
    add_directory(parser)


def run(options: argparse.Namespace) -> int:
    """Stop the runs, all of them or none; return the exit code."""
    with refusals():
        chosen = named_runs(runs_directory(options.runs_dir), options.names)
        stores = [Store.open(path) for path in chosen]
        if any("*" in name for name in options.names):
            stores = [store for store in stores if store.status().live]
            if not stores:
                raise BadRun("no run of those is running")
        for store in stores:
            _check(store)
        for store in stores:
            store.order("stop")
    end = time.monotonic() + PATIENCE
    return max(_await(store, end) for store in stores)


def _check(store: Store) -> None:
    status = store.status()
    if not status.live:
        raise BadRun(f"{store.name} {has_ended(status.state)}; there is nothing to stop")
    if not store.heeds_stop:
        raise BadRun(
            f"{store.name} cannot be ordered to stop: its program does not look at `run.stopping`"
        )


def _await(store: Store, end: float) -> int:
    while (status := store.status()).live and time.monotonic() < end:
        time.sleep(0.05)
    print(_said(store, status))
    if status.live:
        print("it will stop when its program looks for the order", file=sys.stderr)
    return 0


def _said(store: Store, status: RunStatus) -> str:
    name, steps = plain(store.name), f"{status.step:,} step{'s' * (status.step != 1)}"
    loss = "" if status.loss is None else f", loss {number(status.loss)}"
    return f"{name} {'is ordered to stop' if status.live else status.state}: {steps}{loss}"
