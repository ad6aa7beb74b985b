"""What an experiment came to, in lines: how many cells were touched, which gradients are wrong."""

from collections.abc import Iterator

from ...engine.experiments.edit import Recalculated
from ...engine.recording.log import Recording
from ..text.format import change
from .steps.names import called
from .steps.wrong import right_gradient


def recalculated(came_to: Recalculated) -> str:
    """Say how far the wave of an edit came: of how many cells, and where it stopped."""
    of = came_to.descendants
    below = f"{came_to.below:,} of the {of:,} cell{'s'[: of != 1]} below the edit computed again"
    stopped = len(came_to.stopped)
    stop = f"; {stopped} came out the same, and the wave stopped there" if stopped else ""
    return below + stop


def compared(broken: Recording) -> Iterator[str]:
    """Yield a line for every node whose gradient is not what it should be, or that all are right."""
    end, wrong = len(broken), 0
    for node in range(broken.node_count):
        expected = right_gradient(broken, node, end)
        if expected is not None:
            wrong += 1
            is_, should = change(broken.value(node, "grad", end), expected)
            yield f"{called(broken, node)}.grad is {is_}, right is {should}"
    yield verdict(wrong, broken.node_count)


def verdict(wrong: int, count: int) -> str:
    """Say of how many gradients a broken pass made wrong ones."""
    return (
        f"{wrong:,} of {count:,} gradients are wrong" if wrong else f"all {count:,} gradients are right"
    )
