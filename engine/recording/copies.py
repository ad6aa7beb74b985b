"""Copies of a recording's graph: its nodes with nothing written to them, or with their numbers alone."""

import math
from collections.abc import Sequence

from .log import Recording, cell_of


def same_nodes(recording: Recording, grads: Sequence[float]) -> Recording:
    """A new recording of the same nodes, to which only gradients are known yet."""
    return Recording(
        root=recording.root,
        ops=list(recording.ops),
        scopes=recording.scopes,
        labels=recording.labels,
        sources=recording.sources,
        initial={cell_of(node, "grad"): grad for node, grad in enumerate(grads) if grad},
        parent_start=recording.parent_start,
        parent_ids=recording.parent_ids,
    )


def undifferentiated(recording: Recording) -> Recording:
    """The graph of a recording with the numbers before its first backward pass, as a forward phase."""
    start = next((p.start for p in recording.phases if p.name == "backward"), len(recording))
    nodes = range(recording.node_count)
    data = [_or_nan(recording.value(node, "data", start)) for node in nodes]
    log = same_nodes(recording, [recording.value(node, "grad", start) or 0.0 for node in nodes])
    log.forward(data)
    return log.close()


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number
