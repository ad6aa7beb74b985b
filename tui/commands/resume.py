"""`micrograd-tui resume`: go on with a run that was stopped, killed or is to have more steps."""

import argparse
import sys

from ...engine.runs.directory import find_run, runs_directory
from ...engine.runs.fingerprint import differences, fingerprint
from ...engine.runs.launch import launch
from ...engine.runs.schema import BadRun
from ...engine.runs.store import Store
from ..text import plain
from .refusals import needs_terminal, refusals
from .show import show, warn_of_logout


def run(options: argparse.Namespace) -> int:
    """Start the trainer again where the run was left; return the exit code."""
    with refusals():
        store = find_run(runs_directory(options.runs_dir), options.run)
        _check(store, options.steps)
        _tell_differences(store)
        if refusal := needs_terminal(options):
            raise BadRun(refusal)
        done = store.status().step
        launch(store, options.steps)
    warn_of_logout()
    return show(store, options, done)


def _check(store: Store, steps: int | None) -> None:
    status = store.status()
    name = store.name
    if status.live:
        raise BadRun(f"{name} is {status.state} already (process {status.pid}); `watch {name}` shows it")
    if not store.config.inputs:
        raise BadRun(f"{name} was logged by a program of its own, which alone can go on with it")
    if steps is not None and steps <= status.step:
        raise BadRun(
            f"{name} has done {status.step:,} steps; --steps says how many there are to be in all"
        )
    if steps is None and status.state == "finished":
        raise BadRun(f"{name} has done all its {status.step:,} steps; --steps N goes on to N")


def _tell_differences(store: Store) -> None:
    before = store.facts.get("fingerprint", {})
    found = differences(before, fingerprint(store.config.backend)) if before else []
    if found:
        print("Not all is as it was, so the last bits may differ:", file=sys.stderr)
    for difference in found:
        print(f"  {plain(difference)}", file=sys.stderr)
