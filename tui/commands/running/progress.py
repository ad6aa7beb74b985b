"""The progress of a run on stderr: a bar in one line, or a line a tenth where that is no terminal."""

import sys
from collections.abc import Callable

from ....engine.runs.store.store import RunStatus, Store
from ...text.format import number, plain

BAR = 24


def progress() -> Callable[[Store, RunStatus], None]:
    """Return what prints the progress on stderr: a bar where a person may read it, else a log."""
    return _bar if sys.stderr.isatty() else _Tenths()


def _bar(store: Store, status: RunStatus) -> None:
    """Draw the progress bar again, in one line."""
    end = "\r" if status.live else "\n"
    print(f"\r{_line(store, status)}\x1b[K", end=end, file=sys.stderr, flush=True)


class _Tenths:
    """Prints a line a tenth of the run, for a log."""

    def __init__(self) -> None:
        self.tenth = -1

    def __call__(self, store: Store, status: RunStatus) -> None:
        """Print a line if another tenth is done."""
        tenth = 10 * status.step // max(1, status.steps or 1)
        if tenth > self.tenth:
            self.tenth = tenth
            print(_line(store, status), file=sys.stderr, flush=True)


def _line(store: Store, status: RunStatus) -> str:
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
