"""A run that is watched begins slowly: the loss is seen to fall, and soon nothing is held back."""

import pytest

from micrograd_tui.engine.runs.trainer.throttle import Throttle


@pytest.fixture
def now() -> list[float]:
    return [0.0]


def steps_at(throttle: Throttle, now: list[float], seconds: float, chunk: int) -> int:
    """Return how many steps are done after so long, a chunk of 1/20 of a second after the other."""
    step, now[0] = 0, 0.0
    throttle.ease()
    while now[0] < seconds:
        step += throttle.eased(step, chunk)
        now[0] += 0.05
    return step


def test_the_first_seconds_have_few_steps_and_then_more_and_more(now: list[float]) -> None:
    throttle = Throttle(lambda: now[0])

    assert 50 < steps_at(throttle, now, 1.0, 5000) < 100
    assert 300 < steps_at(throttle, now, 2.0, 5000) < 600
    assert 10_000 < steps_at(throttle, now, 4.0, 5000) < 16_000


def test_after_some_seconds_it_is_at_full_speed(now: list[float]) -> None:
    throttle = Throttle(lambda: now[0])
    step = steps_at(throttle, now, 9.0, 50_000)

    assert throttle.eased(step, 5000) == 5000
    now[0] = 1e9
    assert throttle.eased(step, 5000) == 5000


def test_nothing_is_held_back_unless_asked_for(now: list[float]) -> None:
    assert Throttle(lambda: now[0]).eased(0, 5000) == 5000


def test_what_is_slow_by_itself_is_hardly_held_back(now: list[float]) -> None:
    throttle = Throttle(lambda: now[0])

    assert steps_at(throttle, now, 3.0, 5) >= 5 * 60 * 0.5


def test_time_in_which_nothing_could_be_done_is_not_caught_up_with(now: list[float]) -> None:
    throttle = Throttle(lambda: now[0])
    throttle.ease()
    assert throttle.eased(0, 5000) == 1
    now[0] += 5.0  # it compiled

    assert throttle.eased(1, 5000) < 5
    now[0] += 0.7
    throttle.eased(2, 5000)
    now[0] += 3.0  # it was held up

    assert throttle.eased(40, 5000) < 40


def test_a_rate_that_is_ordered_wins(now: list[float]) -> None:
    throttle = Throttle(lambda: now[0])
    throttle.ease()
    throttle.rate = 10.0

    assert throttle.eased(0, 7) == 7
