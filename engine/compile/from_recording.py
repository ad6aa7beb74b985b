"""A graph of Values rebuilt from a recording, such as a saved file holds."""

from __future__ import annotations

from ..recording.log import Recording
from ..value import Value
from .ir.trace import CannotCompile


def graph_of(recording: Recording) -> list[Value]:
    """Return a Value for every node, by id, with the numbers of the recorded forward pass."""
    at = next((phase.end for phase in recording.phases if phase.name == "forward"), len(recording))
    made: list[Value] = []
    for node in range(recording.node_count):
        data = recording.value(node, "data", at)
        value = Value(0.0 if data is None else data)
        parents = recording.parents(node)
        if len(parents) > 2:
            raise CannotCompile(f"node {node} has {len(parents)} inputs: no op of the table has so many")
        value.op = recording.ops[node]
        value.first, value.second = (*(made[parent] for parent in parents), None, None)[:2]
        made.append(value)
    return made


def updated(recording: Recording) -> list[int]:
    """Return the leaves that a recorded update writes to: they are the parameters for certain."""
    found: dict[int, None] = {}
    for phase in recording.phases:
        if phase.name == "update":
            for step in range(phase.start, phase.end):
                found.update((write.target, None) for write in recording.step_at(step).writes)
    return [node for node in found if recording.ops[node] is None]
