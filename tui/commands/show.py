"""Showing a run that a command has started: detached, as JSON lines, as a progress bar, or in the app."""

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TextIO

from ...engine.runs.store.names import quoted
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import RunStatus, Store
from ...engine.runs.trainer.rollback import blocked, rollback_advice
from ..text.format import number, plain

POLL_SECONDS = 0.1
BAR = 24


def show(store: Store, options: argparse.Namespace, first: int = 0) -> int:
    """Show the run, from training step `first` on, in the way the options say; return the exit code."""
    if options.detach:
        _say_detached(store, sys.stdout)
        return 0
    if options.json or options.headless:
        return _followed(store, _JsonLines(first) if options.json else _progress())
    from ..app import watch

    return watch(store, fps=options.fps)


def _say_detached(store: Store, stream: TextIO) -> None:
    name, pid = plain(store.name), store.status().pid
    seen = f"`micrograd-tui watch {quoted(store.name)}` shows it"
    print(f"{name} is training by itself (process {pid}); {seen}", file=stream)


def _followed(store: Store, look: Callable[[Store, RunStatus], None]) -> int:
    """Show every news of the run until it ends. Ctrl+C stops it: here is nobody else to do so."""
    try:
        for status in _until_it_ends(store):
            look(store, status)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        _stop(store)
        return 130
    except BrokenPipeError:  # `| head`: the reader has what it wanted, and the run is not its own
        _say_detached(store, sys.stderr)
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
    steps = f"{status.step:,} step{'s' * (status.step != 1)}"
    print(f"{plain(store.name)} {status.state}: {steps}{loss}{scores}", file=sys.stderr)
    if status.message:
        print(plain(status.message), file=sys.stderr)
    if blocked(store):
        print(plain(rollback_advice(store)), file=sys.stderr)
    elif status.state in ("stopped", "died"):
        print(f"`micrograd-tui resume {quoted(store.name)}` goes on with it", file=sys.stderr)


class _JsonLines:
    """Prints a line of JSON for every training step, once."""

    def __init__(self, first: int) -> None:
        self.next = first

    def __call__(self, store: Store, status: RunStatus) -> None:
        """Print what is new."""
        with store.reading():
            m = store.metrics(self.next)
            end = m.step[-1] + 1 if len(m) else self.next
            scores = {name: dict(store.scores(name, self.next, end)) for name in store.score_names}
        for step, loss, lr, norm, when in zip(m.step, m.loss, m.lr, m.grad_norm, m.time, strict=True):
            numbers = {"loss": loss, "lr": lr, "grad_norm": norm, "time": when}
            numbers |= {name: found[step] for name, found in scores.items() if step in found}
            print(json.dumps({"step": step} | {k: finite(v) for k, v in numbers.items()}))
        self.next = end
        sys.stdout.flush()


def finite(x: float | None) -> float | None:
    """Return what JSON has a word for: no nan and no infinity."""
    return x if x is not None and math.isfinite(x) else None


def _progress() -> Callable[[Store, RunStatus], None]:
    return _bar if sys.stderr.isatty() else _Tenths()


def _bar(store: Store, status: RunStatus) -> None:
    """Draw the progress bar again, in one line."""
    end = "\r" if status.live else "\n"
    print(f"\r{progress(store, status)}\x1b[K", end=end, file=sys.stderr, flush=True)


class _Tenths:
    """Prints a line a tenth of the run, for a log."""

    def __init__(self) -> None:
        self.tenth = -1

    def __call__(self, store: Store, status: RunStatus) -> None:
        """Print a line if another tenth is done."""
        tenth = 10 * status.step // max(1, status.steps or 1)
        if tenth > self.tenth:
            self.tenth = tenth
            print(progress(store, status), file=sys.stderr, flush=True)


def progress(store: Store, status: RunStatus) -> str:
    """Return a line that says how far the run is."""
    done = status.step / max(1, status.steps or 1)
    filled = round(BAR * min(1.0, done))
    loss = "" if status.loss is None else f"  loss {number(status.loss)}"
    rate = _rate(store, status.step)
    bar = "#" * filled + "." * (BAR - filled)
    return f"{plain(store.name)} [{bar}] {status.step:,}/{status.steps or 0:,}{loss}{rate}"


def _rate(store: Store, step: int) -> str:
    times = store.metrics(max(0, step - 100), step).time
    if len(times) < 2 or times[-1] <= times[0]:
        return ""
    return f"  {(len(times) - 1) / (times[-1] - times[0]):,.0f} steps/s"


def warn_of_logout() -> None:
    """Say so where logging out would end the trainer."""
    from ...engine.runs.trainer.logout import ends_processes

    if sys.platform.startswith("linux") and ends_processes():
        print(
            "This system ends your processes when you log out, the trainer too; "
            "`loginctl enable-linger` keeps them.",
            file=sys.stderr,
        )
