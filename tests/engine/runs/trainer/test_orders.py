"""An order sets the trainer's controls, and nothing but them."""

import pytest

from micrograd_tui.engine.runs.store.orders import ORDERS, Order
from micrograd_tui.engine.runs.trainer.control import Control
from micrograd_tui.engine.runs.trainer.orders import carry_out
from micrograd_tui.engine.runs.trainer.throttle import Throttle


def given(control: Control, kind: str, value: float | None = None, step: int = 100) -> str:
    return carry_out(Order(1, 0.0, kind, value, "ada", ""), control, step)


@pytest.fixture
def control() -> Control:
    return Control(Throttle(lambda: 0.0))


def test_every_kind_that_a_watcher_may_order_is_carried_out(control: Control) -> None:
    assert all(given(control, kind, 1.0) for kind in ORDERS)
    assert given(control, "explode") == ""


def test_a_paused_trainer_does_the_steps_it_is_allowed_and_no_more(control: Control) -> None:
    assert given(control, "pause") == "paused"
    assert control.idle

    assert given(control, "step", 3) == "3 training steps"
    assert (control.paused, control.allowed, control.idle) == (True, 3, False)

    assert given(control, "resume") == "resumed"
    assert (control.paused, control.allowed) == (False, 0)


def test_a_pace_is_the_rate_of_the_throttle_and_0_is_full_speed(control: Control) -> None:
    assert given(control, "pace", 20.0) == "20 training steps a second"
    assert (control.throttle.rate, control.throttle.due(100)) == (20.0, 0)

    assert given(control, "pace", 0.0) == "full speed"
    assert control.throttle.rate == 0


def test_what_the_loop_must_do_itself_waits_for_it(control: Control) -> None:
    assert given(control, "lr", 0.5) == "learning rate 0.5"
    assert given(control, "checkpoint") == "checkpoint"
    assert given(control, "stop") == "stop"

    assert (control.lr, control.checkpoint, control.stopping) == (0.5, True, "stopped as ordered")
