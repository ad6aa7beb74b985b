"""Carrying out an order: what each kind of order sets among the trainer's controls, one row a kind."""

from collections.abc import Callable

from ..store.orders import Order
from .control import Control


def carry_out(order: Order, control: Control, step: int) -> str:
    """Set the controls as ordered before training step `step`.

    Return what was done, for the event that every watcher reads; nothing for an order of no known kind.
    """
    return _ORDERS[order.kind](control, order.value, step) if order.kind in _ORDERS else ""


def _pause(control: Control, value: float | None, step: int) -> str:
    control.paused, control.allowed = True, 0
    return "paused"


def _resume(control: Control, value: float | None, step: int) -> str:
    control.go_on(step)
    return "resumed"


def _pace(control: Control, value: float | None, step: int) -> str:
    control.throttle.rate = value or 0.0
    control.throttle.end_ease()
    control.go_on(step)
    return f"{value:g} training steps a second" if value else "full speed"


def _step(control: Control, value: float | None, step: int) -> str:
    count = max(1, int(value or 1))
    control.paused = True
    control.allowed += count
    return f"{count} training step{'s' * (count > 1)}"


def _lr(control: Control, value: float | None, step: int) -> str:
    control.lr = float(value or 0.0)
    return f"learning rate {control.lr:g}"


def _checkpoint(control: Control, value: float | None, step: int) -> str:
    control.checkpoint = True
    return "checkpoint"


def _stop(control: Control, value: float | None, step: int) -> str:
    control.stopping = "stopped as ordered"
    return "stop"


_ORDERS: dict[str, Callable[[Control, float | None, int], str]] = {
    "pause": _pause,
    "resume": _resume,
    "step": _step,
    "pace": _pace,
    "lr": _lr,
    "checkpoint": _checkpoint,
    "stop": _stop,
}
