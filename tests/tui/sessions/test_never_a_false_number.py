"""What the watching screen says is so: while a history is read, while a trainer is slow, where nothing is."""

import math
from pathlib import Path

from frozen_runs import frozen, train_on
from small_runs import stored

from micrograd_tui.engine.learning.state import Metrics
from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.sessions.run.series import CHUNK
from micrograd_tui.tui.sessions.watching import WatchSession

STEPS = 3 * CHUNK


def long_run(directory: Path, state: str = "finished") -> Store:
    """A run of three pieces whose loss falls all the time."""
    store = stored(directory, batch=0)
    writer, made = Writer(store.path, 1_000_000, journal="delete"), Metrics()
    for step in range(STEPS):
        made.append(step, 1 - step / STEPS, 0.1, 1.0)
    writer.metrics(made, 0.0, 1.0)
    writer.pending.scores += [
        ("validation_loss", step, 2 - step / STEPS) for step in range(0, STEPS, 100)
    ]
    writer.commit(state, STEPS, STEPS, made.loss[-1])
    writer.close()
    return store


def test_a_finished_run_opens_with_its_last_and_its_best_values(tmp_path: Path) -> None:
    session = WatchSession(long_run(tmp_path))

    assert session.series.behind
    assert session.value_at(session.at, "loss") == (1 - (STEPS - 1) / STEPS, STEPS - 1)
    assert session.best("loss") == (1 - (STEPS - 1) / STEPS, STEPS - 1)
    assert session.best("validation_loss") == (2 - (STEPS - 100) / STEPS, STEPS - 100)
    assert session.headline == f"finished {STEPS - 1:,}/3k loss 0.0003333, reading 33%"


def test_no_other_number_shows_while_the_history_is_read(tmp_path: Path) -> None:
    session, seen = WatchSession(long_run(tmp_path)), set()
    while session.series.behind:
        seen.add((session.value_at(session.at, "loss"), session.best("loss"), session.learning_rate))
        session.poll()
    seen.add((session.value_at(session.at, "loss"), session.best("loss"), session.learning_rate))

    assert len(seen) == 1
    assert "reading" not in session.headline


def test_a_step_that_is_not_read_yet_has_no_number(tmp_path: Path) -> None:
    session = WatchSession(long_run(tmp_path))
    session.scrubbing.go_to(STEPS - 500)

    assert session.value_at(session.at, "loss") == (None, None)
    assert "loss" not in session.headline


def test_the_loss_in_the_title_is_of_the_step_in_the_title_or_says_which(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(100):
            run.log(step=step, **({"loss": 1.0} if step % 10 == 0 else {"lr": 0.1}))
    session = WatchSession(Store.open(run.store.path))
    session.scrubbing.go_to(50)

    assert session.headline == "finished 50 loss 1"
    session.scrubbing.go_to(57)
    assert session.headline == "finished 57 loss 1 at 50"


def test_no_loss_is_shown_as_nan_where_none_was_logged(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(30):
            run.log(step=step, lr=0.1, reward=float(step))
    session = WatchSession(Store.open(run.store.path))

    assert "nan" not in session.headline
    assert session.headline == "finished 29 reward 29"
    assert not session.series.by_name["loss"].broken


def test_a_loss_that_was_logged_as_nan_is_shown_as_nan(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(30):
            run.log(step=step, **({"loss": math.nan if step > 20 else 1.0} if step % 2 else {"lr": 0.1}))
    session = WatchSession(Store.open(run.store.path))

    assert "loss nan" in session.headline
    assert min(session.series.by_name["loss"].broken) == 21


def test_a_trainer_that_has_said_nothing_for_seconds_is_said_to(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        session = WatchSession(store, wall=lambda: store.status().updated + 3.2)

        assert session.headline.endswith(", 3 s ago")
        train_on(store, 10, "paused")
        session.poll()
        assert "ago" not in session.headline


def test_the_curve_has_the_number_of_the_step_in_the_title(tmp_path: Path) -> None:
    session = WatchSession(long_run(tmp_path))
    while session.series.behind:
        session.poll()
    session.scrubbing.go_to(1500)
    curve, validation = session.display.curves(session.display.window(STEPS))

    assert curve.note == "0.5"  # each column is a step
    assert validation.note == "1.5"
    assert session.display.curves(session.display.window(10))[0].note == "mean 0.4502"
