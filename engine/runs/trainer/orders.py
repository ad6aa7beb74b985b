"""What the trainer does with an order; every watcher reads of it in the event log."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..store.store import Order

if TYPE_CHECKING:
    from .trainer import Trainer

DONE = "done"


def obey(trainer: "Trainer", order: Order) -> str:
    """Carry out an order, tell all watchers, and return the answer."""
    what = _ORDERS[order.kind](trainer, order.value) if order.kind in _ORDERS else ""
    if not what:
        return f"no order is called {order.kind}"
    trainer.writer.event(trainer.training.step, "order", f"{what} (by {order.watcher})")
    return DONE


def _pause(trainer: "Trainer", value: float | None) -> str:
    trainer.paused, trainer.allowed = True, 0
    return "paused"


def _resume(trainer: "Trainer", value: float | None) -> str:
    trainer.paused, trainer.allowed = False, 0
    trainer.pace.begin(trainer.training.step)
    return "resumed"


def _pace(trainer: "Trainer", value: float | None) -> str:
    trainer.paused, trainer.allowed = False, 0
    trainer.pace.rate = value or 0.0
    trainer.pace.begin(trainer.training.step)
    return f"{value:g} training steps a second" if value else "full speed"


def _step(trainer: "Trainer", value: float | None) -> str:
    count = max(1, int(value or 1))
    trainer.paused = True
    trainer.allowed += count
    return f"{count} training step{'s' * (count > 1)}"


def _lr(trainer: "Trainer", value: float | None) -> str:
    trainer.change("lr", float(value or 0.0))
    return f"learning rate {value or 0.0:g}"


def _checkpoint(trainer: "Trainer", value: float | None) -> str:
    trainer.checkpoint()
    return "checkpoint"


def _stop(trainer: "Trainer", value: float | None) -> str:
    trainer.stopping = "stopped as ordered"
    return "stop"


_ORDERS: dict[str, Callable[["Trainer", float | None], str]] = {
    "pause": _pause,
    "resume": _resume,
    "step": _step,
    "pace": _pace,
    "lr": _lr,
    "checkpoint": _checkpoint,
    "stop": _stop,
}
