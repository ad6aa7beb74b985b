"""Small runs to train in tests: a few points, a tiny network, and waiting for what happens."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.learning.state import Metrics
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.trainer.launch import launch

ROWS = [((x / 4 - 1, y / 4 - 1), float((x - 4) * (y - 4) > 0)) for x in range(9) for y in range(9)]
VALIDATION = [((0.6, 0.7), 1.0), ((-0.6, 0.7), 0.0)]
SECONDS = 60


def config(name: str = "small", **settings: Any) -> Config:
    """A network that takes a millisecond a step."""
    plain: dict[str, Any] = {
        "hidden": (4,),
        "loss": "bce",
        "optimizer": "adam",
        "lr": 0.02,
        "batch": 4,
        "steps": 200,
        "seed": 7,
    }
    return Config(name, "corners", ("x", "y"), "corner", ("no", "yes"), **(plain | settings))


def stored(
    directory: Path, name: str = "small", facts: dict[str, Any] | None = None, **settings: Any
) -> Store:
    """Write such a run."""
    return Store.create(directory / f"{name}.sqlite", config(name, **settings), ROWS, VALIDATION, facts)


def trained(directory: Path, name: str = "small", **settings: Any) -> Store:
    """Train such a run to its end."""
    store = stored(directory, name, **settings)
    launch(store)
    wait_for(lambda: not store.status().live)
    return store


def uninterrupted(**settings: Any) -> Metrics:
    """What the run's steps give, done here in one piece."""
    made = config(**settings)
    return Training(made, ROWS).run(made.steps)


def pid_of(store: Store) -> int:
    """The process that trains it."""
    pid = store.status().pid
    assert pid is not None
    return pid


def wait_for(happened: Callable[[], object]) -> None:
    """Wait until it has happened."""
    end = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
