"""Runs that stand still: trained here, written as a trainer writes, alive as long as the test holds them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from small_runs import ROWS, stored
from textual.pilot import Pilot

from micrograd_tui.engine.learning.predict_batch import prepare
from micrograd_tui.engine.runs.store.lock import Lock
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.engine.runs.trainer.backends import training_of_values
from micrograd_tui.tui.app import RunApp
from micrograd_tui.tui.screens.watching import WatchingScreen
from micrograd_tui.tui.sessions.watching import WatchSession

EVENTS = (
    (0, "start", "training from step 0 to 200"),
    (40, "health", "layer[0]/neuron[2] is dead: it learns nothing"),
)


def train_on(store: Store, count: int, state: str = "running", message: str = "") -> None:
    """Do some training steps from where the run stands, keep a state every ten, and commit."""
    writer, training = (
        Writer(store.path, 1_000_000, journal="delete"),
        training_of_values(store.training_config, store.rows),
    )
    try:
        if last := store.checkpoint_at_or_before(2**62):
            training.restore(last)
        for _ in range(count // 10):
            writer.checkpoint(training.state(), None)
            writer.pending.scores.append(
                ("accuracy", training.step, training.score(ROWS).accuracy or 0.0)
            )
            writer.pending.scores.append(
                ("validation_loss", training.step, training.score(store.validation).loss)
            )
            columns = training.run(10)
            writer.metrics(columns, 0.0, 1.0)
        writer.checkpoint(training.state(), None)
        writer.commit(state, training.step, store.training_config.steps, columns.loss[-1], message)
    finally:
        writer.close()


def tell(store: Store, *events: tuple[int, str, str]) -> None:
    """Write events: step, kind, text."""
    writer, status = Writer(store.path, 1_000_000, journal="delete"), store.status()
    try:
        for event in events:
            writer.event(*event)
        writer.commit(status.state, status.step, status.steps, status.loss)
    finally:
        writer.close()


@contextmanager
def frozen(
    directory: Path, name: str = "frozen", state: str = "running", **settings: Any
) -> Iterator[Store]:
    """A run of 200 steps, 120 of them done."""
    store = stored(directory, name, **settings)
    lock = Lock(store.path)
    assert lock.acquire()
    try:
        train_on(store, 120, state)
        tell(store, *EVENTS)
        yield store
    finally:
        lock.release()


@asynccontextmanager
async def watched(
    store: Store, *, size: tuple[int, int] = (80, 24), theme: str = "micrograd-dark"
) -> AsyncIterator[tuple[Pilot[Any], WatchingScreen, WatchSession]]:
    """Watch a run in the app; yield the pilot, the watching screen and its session."""
    prepare()  # or what needs numpy would be there some frames later
    app = RunApp(WatchSession(store, wall=lambda: 0.0))  # no word is old
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, WatchingScreen)
        yield pilot, screen, screen.session


async def until(pilot: Pilot[Any], there: Callable[[], bool]) -> None:
    """Let the app go on until it is there, ten seconds at most."""
    for _ in range(200):
        if there():
            return
        await pilot.pause(0.05)
    raise AssertionError("it never came")
