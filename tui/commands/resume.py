"""`micrograd-tui resume`: go on with a run that was stopped, killed or is to have more steps."""

import argparse
import math
import sys

from ...engine.learning.config import MOST_STEPS
from ...engine.runs.store.directory import find_run, runs_directory
from ...engine.runs.store.names import quoted
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ...engine.runs.trainer.fingerprint import differences, fingerprint
from ...engine.runs.trainer.launch import launch
from ...engine.runs.trainer.rollback import blocked, check_rollback, rollback_advice
from ..text.format import plain
from .running.arguments import add_directory, add_ways
from .running.refusals import needs_terminal, refusals
from .running.show import show, warn_of_logout


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("run", metavar="RUN", help="name of the run")
    parser.add_argument("--steps", type=int, metavar="N", help="train until N steps are done in all")
    parser.add_argument("--lr", type=float, metavar="X", help="with another learning rate from there on")
    back = "go back to STEP, and give up what came after"
    parser.add_argument("--from", type=int, dest="start", metavar="STEP", help=back)
    add_ways(parser)
    add_directory(parser)


def run(options: argparse.Namespace) -> int:
    """Start the trainer again where the run was left; return the exit code."""
    with refusals():
        store = find_run(runs_directory(options.runs_dir), options.run)
        _check(store, options)
        _print_differences(store)
        if refusal := needs_terminal(options):
            raise BadRun(refusal)
        done = store.status().step if options.start is None else options.start
        launch(store, steps=options.steps, lr=options.lr, start=options.start)
    warn_of_logout()
    return show(store, options, done)


def _check(store: Store, options: argparse.Namespace) -> None:
    steps, lr, status = options.steps, options.lr, store.status()
    name = store.name
    if status.live:
        command = f"`micrograd-tui watch {quoted(name)}`"
        raise BadRun(f"{name} is {status.state} already (process {status.pid}); {command} shows it")
    if not store.has_model:
        raise BadRun(f"{name} was logged by a program of its own, which alone can go on with it")
    if lr is not None and not 0 <= lr < math.inf:
        raise BadRun(f"lr must be 0 or more, not {lr}")
    if options.start is not None:
        check_rollback(store, options.start)
    elif blocked(store):
        advice = rollback_advice(store)
        raise BadRun(f"{name} would stop again at the same nan or inf; {advice}")
    _check_steps(name, steps, status.step if options.start is None else options.start, status.steps)


def _check_steps(name: str, steps: int | None, done: int, whole: int | None) -> None:
    if steps is not None and not done < steps <= MOST_STEPS:
        raise BadRun(
            f"{name} has done {done:,} steps; --steps says how many there are to be in all, "
            f"{MOST_STEPS:,} at most"
        )
    if steps is None and done >= (whole or 0):
        raise BadRun(f"{name} has done all its {done:,} steps; --steps N goes on to N")


def _print_differences(store: Store) -> None:
    before = store.facts.get("fingerprint", {})
    found = differences(before, fingerprint(store.training_config.backend)) if before else []
    if found:
        print(
            "The machine or its software has changed since the run began, so the last bits may differ:",
            file=sys.stderr,
        )
    for difference in found:
        print(f"  {plain(difference)}", file=sys.stderr)
