"""What the watching screen says is so: while a history is read, while a trainer is slow, where nothing is."""

import math
from pathlib import Path

import pytest
from frozen_runs import frozen, train_on
from small_runs import stored

from micrograd_tui.engine.learning.state import Metrics
from micrograd_tui.engine.runs.script.run import Run
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.sessions.run.series import CHUNK, OPENING
from micrograd_tui.tui.sessions.watching import WatchSession
from micrograd_tui.tui.text.format import number

STEPS = OPENING + 2 * CHUNK


def falling(directory: Path, steps: int, name: str = "small") -> Store:
    """A finished run whose loss falls all the time, its validation loss a hundredth as often."""
    store = stored(directory, name, batch=0)
    writer, made = Writer(store.path, 1_000_000, journal="delete"), Metrics()
    for step in range(steps):
        made.append(step, 1 - step / steps, 0.1, 1.0)
    writer.metrics(made, 0.0, 1.0)
    writer.pending.scores += [
        ("validation_loss", step, 2 - step / steps) for step in range(0, steps, 100)
    ]
    writer.commit("finished", steps, steps, made.loss[-1])
    writer.close()
    return store


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A run of two pieces more than is read before the first picture."""
    return falling(tmp_path_factory.mktemp("runs"), STEPS)


def read(session: WatchSession) -> WatchSession:
    """Read all there is."""
    while session.behind:
        session.poll()
    return session


def test_a_finished_run_opens_with_its_last_and_its_best_values(long_run: Store) -> None:
    session = WatchSession(long_run)

    assert session.series.behind
    assert session.value("loss") == (1 - (STEPS - 1) / STEPS, STEPS - 1)
    assert session.best("loss") == (1 - (STEPS - 1) / STEPS, STEPS - 1)
    assert session.best("validation_loss") == (2 - (STEPS - 100) / STEPS, STEPS - 100)
    assert session.headline == f"finished {STEPS:,}/52k last loss {number(1 / STEPS)}, reading 96%"


def test_no_other_number_shows_while_the_history_is_read(long_run: Store) -> None:
    session, seen = WatchSession(long_run), set()
    while session.series.behind:
        seen.add((session.value("loss"), session.best("loss"), session.learning_rate))
        session.poll()
    seen.add((session.value("loss"), session.best("loss"), session.learning_rate))

    assert len(seen) == 1
    assert "reading" not in session.headline


def test_a_step_that_is_not_read_yet_has_no_number(long_run: Store) -> None:
    session = WatchSession(long_run)
    session.scrubbing.go_to(STEPS - 500)
    curve = session.display.curves(session.display.window(80))[0]

    assert session.value("loss") == (None, None)
    assert "loss" not in session.headline
    assert curve.note == "reading 96%"  # and not the mean of the part of a column that is read


@pytest.mark.parametrize("step", [None, 0, STEPS - 500, STEPS - 1])
def test_the_step_that_is_named_is_the_one_that_opens_while_a_history_is_read(
    long_run: Store, step: int | None
) -> None:
    session = WatchSession(long_run)
    session.note = session.scrubbing.jump(str(step)) if step is not None else ""

    assert session.series.behind
    assert session.at == (STEPS - 1 if step is None else step)
    assert step is None or session.note.startswith(f"training step {step:,}: Enter opens it")


def test_a_short_run_is_read_before_the_first_picture(tmp_path: Path) -> None:
    session = WatchSession(falling(tmp_path, 2 * CHUNK))

    assert not session.behind
    assert "reading" not in session.headline


# Other runs laid over this one


def legend(session: WatchSession, columns: int = 80) -> dict[str, str]:
    """What the legend says behind each name."""
    return {curve.name: curve.note for curve in session.display.curves(session.display.window(columns))}


def test_another_run_that_is_being_read_has_its_last_number_or_says_how_much_is_read(
    long_run: Store,
) -> None:
    steps = 4 * CHUNK
    falling(long_run.path.parent, steps, "other")
    session = WatchSession(long_run)
    session.comparison.toggle("other")
    other = session.comparison.others[0]

    assert other.behind
    assert legend(session)["other"] == f"{number(1 / steps)} at {steps - 1:,}"
    session.scrubbing.go_to(2 * CHUNK)
    assert legend(session)["other"] == "reading 25%"
    assert (session.display.compared()[1].now, session.display.compared()[1].reading) == (
        None,
        "reading 25%",
    )
    session.scrubbing.go_to(CHUNK // 2)
    assert legend(session, STEPS)["other"] == number(1 - 500 / steps)
    read(session).scrubbing.go_to(2 * CHUNK)
    assert legend(session, STEPS)["other"] == "0.5"


def test_no_part_of_another_run_that_is_read_gives_a_false_number(long_run: Store) -> None:
    steps = 4 * CHUNK
    falling(long_run.path.parent, steps, "again")
    session, seen = WatchSession(long_run), set()
    session.comparison.toggle("again")
    for _ in range(10):
        seen.add(legend(session)["again"])
        session.poll()

    assert seen == {f"{number(1 / steps)} at {steps - 1:,}"}


def test_a_run_that_ended_before_the_step_looked_at_says_which_step_its_number_is_of(
    tmp_path: Path,
) -> None:
    falling(tmp_path, 400, "short")
    session = WatchSession(falling(tmp_path, 1000))
    session.comparison.toggle("short")
    own, short = session.display.compared()

    assert (own.now, own.of) == (1 - 999 / 1000, None)
    assert (short.now, short.of) == (1 - 399 / 400, 399)
    session.scrubbing.go_to(200)
    assert [run.of for run in session.display.compared()] == [None, None]
    assert [run.now for run in session.display.compared()] == [0.8, 0.5]


# Of which step a number is


def test_where_only_means_are_kept_a_number_is_said_to_be_one(tmp_path: Path) -> None:
    store = stored(tmp_path, batch=0)
    writer = Writer(store.path, 1000, journal="delete")  # it keeps so many steps one by one
    for start in range(0, 5000, 500):
        made = Metrics()
        for step in range(start, start + 500):
            made.append(step, 1 - step / 5000, 0.1, 1.0)
        writer.metrics(made, 0.0, 1.0)
        writer.commit("finished", start + 500, 5000, made.loss[-1])
    writer.close()
    session = WatchSession(store)
    assert session.headline == "finished 5,000/5k last loss 0.0002"

    session.scrubbing.go_to(150)
    assert session.headline.startswith("finished 150/5k mean loss 0.9")
    assert legend(session, 5000)["loss"].startswith("mean 0.9")
    session.scrubbing.go_to(4500)
    assert session.headline == "finished 4,500/5k step loss 0.1"
    assert legend(session, 5000)["loss"] == "0.1"


def test_between_stored_scores_the_legend_says_which_step_they_are_of(tmp_path: Path) -> None:
    session = WatchSession(falling(tmp_path, 1000))
    session.scrubbing.go_to(150)

    assert legend(session, 1000) == {"training": "0.85", "validation": "1.9 at 100"}
    session.scrubbing.go_to(200)
    assert legend(session, 1000) == {"training": "0.8", "validation": "1.8"}


def test_the_parameters_between_two_checkpoints_say_which_step_they_are_of(tmp_path: Path) -> None:
    with frozen(tmp_path, state="stopped") as store:
        session = WatchSession(store)
        assert session.model.as_of == ""  # of all the steps done
        session.scrubbing.go_to(47)
        assert session.model.as_of == ", as of step 40"
        session.scrubbing.go_to(50)
        assert session.model.as_of == ""


def test_a_run_followed_says_that_its_parameters_are_of_a_checkpoint(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        session = WatchSession(store, clock=lambda: 0.0)
        session.model.every = 1.0  # the next look at a checkpoint is later than this one
        train_on(store, 10)
        session.poll()

        assert session.last == 129
        assert session.model.state
        assert session.model.state.step == 120
        assert session.model.as_of == ", of the last checkpoint"
        train_on(store, 10, "paused")
        session.poll()
        assert session.model.as_of == ", as of step 120"


def test_the_loss_in_the_title_is_of_the_step_in_the_title_or_says_which(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(100):
            run.log(step=step, **({"loss": 1.0} if step % 10 == 0 else {"lr": 0.1}))
    session = WatchSession(Store.open(run.store.path))
    session.scrubbing.go_to(50)

    assert session.headline == "finished at step 50 step loss 1"
    session.scrubbing.go_to(57)
    assert session.headline == "finished at step 57 loss 1 at 50"


def test_no_loss_is_shown_as_nan_where_none_was_logged(tmp_path: Path) -> None:
    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(30):
            run.log(step=step, lr=0.1, reward=float(step))
    session = WatchSession(Store.open(run.store.path))

    assert "nan" not in session.headline
    assert session.headline == "finished at step 29 last reward 29"
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
    session = WatchSession(falling(tmp_path, 3000))
    session.scrubbing.go_to(1500)
    curve, validation = session.display.curves(session.display.window(3000))

    assert curve.note == "0.5"  # each column is a step
    assert validation.note == "1.5"
    assert session.display.curves(session.display.window(10))[0].note == "mean 0.4502"
