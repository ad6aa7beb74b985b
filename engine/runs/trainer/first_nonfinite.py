"""Where the first number that is not finite was born: replay a training step node by node."""

import math
from dataclasses import dataclass

from ...learning.loop import Training
from ...recording.log import Recording
from ...recording.record import record


@dataclass(frozen=True)
class Birth:
    """The node, its place and a sentence."""

    node: str
    place: str
    text: str


def birth(training: Training, step: int) -> Birth | None:
    """Return where the step's graph first holds inf or nan, forward or backward; None if nowhere."""
    log = record(training.loss_of(step))
    for index, after in enumerate(log.write_after):
        if not math.isfinite(after):
            return _described(log, index)
    return None


def _described(log: Recording, index: int) -> Birth:
    step = log.step_at(log.step_of_write(index))
    write = log.write_at(index)
    node = write.target if step.node is None or step.phase == "forward" else step.node
    name, place = log.name(node), log.scopes[node]
    op = log.ops[node]
    where = f"{name} in {place}" if place else name
    numbers = [log.value(parent, "data", step.index) for parent in log.parents(node)]
    made = op.written(*(f"{x:.4g}" for x in numbers if x is not None)) if op else "a leaf"
    if step.phase == "forward":
        return Birth(name, place, f"{where} became {write.after}: {made}")
    whose = f"{log.name(write.target)} in {log.scopes[write.target]}"
    text = f"the gradient of {whose} became {write.after} going backward through {where}: {made}"
    return Birth(name, place, text)
