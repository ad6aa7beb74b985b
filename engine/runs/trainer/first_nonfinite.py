"""The first node whose number is not finite: a training step replayed node by node, to find where."""

import math
from dataclasses import dataclass

from ...learning.loop import TrainingLoop
from ...recording.log import Recording
from ...recording.record import record


@dataclass(frozen=True)
class Nonfinite:
    """A node that became inf or nan, or whose rule made a gradient so: its place, and a sentence."""

    place: str
    sentence: str


def first_nonfinite(training: TrainingLoop, step: int) -> Nonfinite | None:
    """Return where the step's graph first holds inf or nan, forward or backward; None if nowhere."""
    log = record(training.loss_of(step))
    for index, after in enumerate(log.write_after):
        if not math.isfinite(after):
            return _described(log, index)
    return None


def _described(log: Recording, index: int) -> Nonfinite:
    step = log.step_at(log.step_of_write(index))
    write = log.write_at(index)
    node = write.target if step.node is None or step.phase == "forward" else step.node
    name, place = log.name(node), log.scopes[node]
    op = log.ops[node]
    where = f"{name} in {place}" if place else name
    numbers = [log.value(parent, "data", step.index) for parent in log.parents(node)]
    made = op.written(*(f"{x:.4g}" for x in numbers if x is not None)) if op else "a leaf"
    if step.phase == "forward":
        return Nonfinite(place, f"{where} became {write.after}: {made}")
    whose = f"{log.name(write.target)} in {log.scopes[write.target]}"
    sentence = f"the gradient of {whose} became {write.after} going backward through {where}: {made}"
    return Nonfinite(place, sentence)
