"""The best loss is that of an epoch: of a run read piece by piece, and of its store at once."""

import math
from array import array
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from small_runs import stored

from micrograd_tui.engine.learning.state import Metrics
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.charts.series import Series
from micrograd_tui.tui.sessions.run.best import BestEpoch

LOSSES = st.lists(st.floats(0, 100), min_size=1, max_size=60)


def series_of(losses: list[float]) -> Series:
    series = Series()
    series.extend(array("q", range(len(losses))), array("d", losses))
    return series


def test_a_lucky_mini_batch_is_not_the_best() -> None:
    losses = [1.0, 0.0, 1.0, 0.4, 0.4, 0.4, 2.0, 2.0, 2.0]

    assert BestEpoch(series_of(losses), 3).find() == (sum([0.4] * 3) / 3, 5)


def test_an_epoch_that_is_not_over_counts_for_nothing() -> None:
    assert BestEpoch(series_of([1.0, 0.0]), 3).find() is None
    assert BestEpoch(series_of([1.0, 1.0, 1.0, 0.0]), 3).find() == (1.0, 2)


@given(losses=LOSSES, size=st.integers(1, 7), cut=st.integers(0, 60))
def test_grown_piece_by_piece_it_is_what_it_is_at_once(losses: list[float], size: int, cut: int) -> None:
    series = series_of(losses[:cut])
    best = BestEpoch(series, size)
    best.find()
    rest = losses[cut:]
    series.extend(array("q", range(cut, cut + len(rest))), array("d", rest))

    assert best.find() == BestEpoch(series_of(losses), size).find()


def test_the_store_says_the_same_at_once(tmp_path: Path) -> None:
    store = stored(tmp_path)
    losses = [math.sin(i) + 2 for i in range(100)]
    writer = Writer(store.path, 1000, journal="delete")
    made = Metrics()
    for step, loss in enumerate(losses):
        made.append(step, loss, 0.1, 1.0)
    writer.metrics(made, 0.0, 1.0)
    writer.commit("finished", 100, 100, losses[-1])
    writer.close()
    best, at_once = BestEpoch(series_of(losses), 7).find(), store.best_epoch(7)

    assert best
    assert at_once
    assert math.isclose(best[0], at_once[0])
    assert best[1] == at_once[1]
    assert store.last_metrics() == (99, {"loss": losses[-1], "lr": 0.1, "grad_norm": 1.0})


def test_the_greatest_is_of_an_epoch_too() -> None:
    losses = [0.1, 1.0, 0.1, 0.5, 0.5, 0.5]

    assert BestEpoch(series_of(losses), 3, greatest=True).find() == (0.5, 5)


def logged_at(steps: list[int]) -> Series:
    series = Series()
    series.extend(array("q", steps), array("d", [1 / (step + 1) for step in steps]))
    return series


def test_of_a_script_that_logs_every_tenth_step_the_mean_is_of_what_it_logged() -> None:
    steps = list(range(0, 300, 10))

    found = BestEpoch(logged_at(steps), 100).find()

    assert found == (math.fsum(1 / (step + 1) for step in steps[20:]) / 10, 290)


def test_a_progress_bar_that_is_printed_now_and_then_has_a_best_mean() -> None:
    steps = [1, 500, 1000, 1500, 1875, 1876, 2375, 2875, 3375, 3750]

    assert BestEpoch(logged_at(steps), 1875).find() == (
        math.fsum(1 / (step + 1) for step in steps[4:9]) / 5,
        3375,
    )


def test_of_an_epoch_that_lacks_steps_of_its_own_no_mean_counts() -> None:
    assert BestEpoch(logged_at([2, 3, 4, 5, 6]), 3).find() == ((1 / 4 + 1 / 5 + 1 / 6) / 3, 5)
    assert BestEpoch(logged_at([0, 1, 2, 3, 5]), 3).find() == ((1 + 1 / 2 + 1 / 3) / 3, 2)
