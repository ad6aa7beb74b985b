"""Showing a run that a command has started: detached, as JSON lines, as a progress bar, or in the app."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TextIO

from ....engine.learning.config import Config
from ....engine.runs.store.names import quoted
from ....engine.runs.store.schema import BadRun
from ....engine.runs.store.store import RunStatus, Store
from ....engine.runs.trainer.rollback import blocked, rollback_advice
from ...text.format import number, plain
from .json_lines import JsonLines
from .progress import progress

POLL_SECONDS = 0.1


def show(store: Store, options: argparse.Namespace, first: int = 0, compare: Sequence[Store] = ()) -> int:
    """Show the run, from training step `first` on, in the way the options say; return the exit code."""
    if options.detach:
        _print_detached(store, sys.stdout)
        return 0
    if options.json or options.headless:
        return _followed(store, JsonLines(first) if options.json else progress())
    from ...app import watch

    return watch(store, fps=options.fps, compare=compare)


def _print_detached(store: Store, stream: TextIO) -> None:
    name, pid = plain(store.name), store.status().pid
    seen = f"`micrograd-tui watch {quoted(store.name)}` shows it"
    print(f"{name} is training in the background (process {pid}); {seen}", file=stream)


def _followed(store: Store, print_news: Callable[[Store, RunStatus], None]) -> int:
    """Print what is new of the run until it ends. Ctrl+C stops it: here is nobody else to do so."""
    try:
        for status in _until_it_ends(store):
            print_news(store, status)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        _stop(store)
        return 130
    except BrokenPipeError:  # `| head`: the reader has what it wanted, and the run is not its own
        _print_detached(store, sys.stderr)
        raise
    _sum_up(store, status)
    return 0 if status.state == "finished" else 1


def _until_it_ends(store: Store) -> Iterator[RunStatus]:
    while (status := store.status()).live:
        yield status
        time.sleep(POLL_SECONDS)
    yield status


def _stop(store: Store) -> None:
    with suppress(BadRun):  # or it ended by itself
        store.order("stop")
    status = next(status for status in _until_it_ends(store) if not status.live)
    _sum_up(store, status)


def _sum_up(store: Store, status: RunStatus) -> None:
    loss = "" if status.loss is None else f", loss {number(status.loss)}"
    scores = "".join(
        f", {name.replace('_', ' ')} {store.scores(name)[-1][1]:.1%}"
        for name in ("accuracy", "validation_accuracy")
        if name in store.score_names
    )
    scores += _fit(store)
    steps = f"{status.step:,} step{'s' * (status.step != 1)}"
    print(f"{plain(store.name)} {status.state}: {steps}{loss}{scores}", file=sys.stderr)
    if status.message:
        print(plain(status.message), file=sys.stderr)
    if blocked(store):
        print(plain(rollback_advice(store)), file=sys.stderr)
    elif status.state in ("stopped", "died"):
        print(f"`micrograd-tui resume {quoted(store.name)}` goes on with it", file=sys.stderr)


def _fit(store: Store) -> str:
    """Return how far a regression is off, in the units of its target, and its R2."""
    config = store.training_config
    if not isinstance(config, Config):
        return ""
    for part in ("validation_", ""):
        if f"{part}rmse" in store.score_names:
            error = number(store.scores(f"{part}rmse")[-1][1])
            where = "validation rows" if part else "training rows"
            told = f", off by {error} in {plain(config.target)} (rmse of the {where})"
            if f"{part}r2" in store.score_names:
                told += f", R2 {store.scores(f'{part}r2')[-1][1]:.3f}"
            return told
    return ""


def warn_of_logout() -> None:
    """Print a warning where logging out would end the trainer."""
    from ....engine.runs.trainer.logout import ends_processes

    if sys.platform.startswith("linux") and ends_processes():
        print(
            "This system ends your processes when you log out, the trainer too; "
            "`loginctl enable-linger` keeps them.",
            file=sys.stderr,
        )
