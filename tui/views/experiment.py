"""What an experiment came to, in lines: how many cells were touched, which gradients are wrong."""

from collections.abc import Iterator

from ...engine.experiments.broken import Broken
from ...engine.experiments.edit import Recalculated
from ...engine.experiments.sheet import same
from ..text.format import change
from .steps.names import called


def recalculated(came_to: Recalculated) -> str:
    """Say how far the wave of an edit came: of how many cells, and where it stopped."""
    of = came_to.descendants
    below = f"{came_to.below:,} of the {of:,} cell{'s'[: of != 1]} below the edit computed again"
    stopped = len(came_to.stopped)
    stop = f"; {stopped} came out the same, and the wave stopped there" if stopped else ""
    return below + stop


def compared(broken: Broken) -> Iterator[str]:
    """Yield a line for every node whose gradient is not what it should be, or that all are right."""
    log, wrong = broken.recording, 0
    for node, expected in enumerate(broken.expected):
        got = log.value(node, "grad", len(log)) or 0.0
        if not same(got + 0.0, expected + 0.0):
            wrong += 1
            is_, should = change(got, expected)
            yield f"{called(log, node)}.grad is {is_}, right is {should}"
    all_ = len(broken.expected)
    yield f"{wrong:,} of {all_:,} gradients are wrong" if wrong else f"all {all_:,} gradients are right"
