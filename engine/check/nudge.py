"""The check of a graph: every leaf is nudged, and the slope of the root compared with its gradient."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..recording.log import Recording

TOLERANCE = 1e-4
FIRST_STEP = 1e-4
SMALLER = 5
"""How many steps are tried, each ten times smaller: of 1/x at 1e-3 the first is far too large."""


@dataclass(frozen=True)
class Nudged:
    """A leaf: its gradient, and the slope that was measured; None where it could not be."""

    node: int
    name: str
    grad: float
    slope: float | None
    unknown: str = ""
    """The op on the way to the root whose formula is not known, so that it could not be measured."""

    @property
    def error(self) -> float:
        """How far they are apart, over the larger of 1 and the two; 0 where nothing was measured."""
        if self.slope is None:
            return 0.0
        if math.isnan(self.grad):
            return math.inf
        return abs(self.grad - self.slope) / max(1.0, abs(self.grad), abs(self.slope))

    @property
    def wrong(self) -> bool:
        """Whether the gradient is not the slope."""
        return not self.error <= TOLERANCE


def nudge_leaves(recording: Recording) -> list[Nudged]:
    """Nudge every leaf of a recorded graph; the worst comes first."""
    graph = _Graph(recording)
    found = [_nudged(graph, node) for node, op in enumerate(recording.ops) if op is None]
    return sorted(found, key=lambda leaf: leaf.error, reverse=True)


def _nudged(graph: "_Graph", node: int) -> Nudged:
    grad = graph.gradient(node)
    affected = graph.affected(node)
    slope = None if graph.unknown(affected) else _slope(graph, node, affected, grad)
    return Nudged(node, graph.recording.name(node), grad, slope, graph.unknown(affected))


def _slope(graph: "_Graph", node: int, affected: Sequence[int], grad: float) -> float | None:
    """The slope at a leaf. At a kink, as relu has at 0, any gradient between both sides is right."""
    x = graph.data[node]
    if not math.isfinite(x) or not math.isfinite(graph.data[graph.recording.root]):
        return None
    h = FIRST_STEP * max(1.0, abs(x))
    slopes: list[float] = []
    for step in (h / 10**k for k in range(SMALLER)):
        above, below = graph.moved(node, affected, x + step), graph.moved(node, affected, x - step)
        slopes.append((above - below) / ((x + step) - (x - step)))
        if abs(slopes[-1] - grad) <= TOLERANCE / 10 * max(1.0, abs(grad)):
            return slopes[-1]
    if _between_sides(graph, node, affected, grad):
        return grad
    apart = [abs(a - b) if abs(a - b) >= 0 else math.inf for a, b in pairwise(slopes)]
    best = slopes[min(range(len(apart)), key=apart.__getitem__) + 1]
    return best if math.isfinite(best) else None


def _between_sides(graph: "_Graph", node: int, affected: Sequence[int], grad: float) -> bool:
    x, here = graph.data[node], graph.data[graph.recording.root]
    h = 1e-7 * max(1.0, abs(x))
    left = (here - graph.moved(node, affected, x - h)) / h
    right = (graph.moved(node, affected, x + h) - here) / h
    slack = 1e-3 * max(1.0, abs(grad))
    apart = abs(left - right) > 10 * slack  # a kink, and no mere bend
    return apart and min(left, right) - slack <= grad <= max(left, right) + slack


class _Graph:
    """A recording as something to compute: a leaf's number is changed, and what depends on it."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        first = next(phase for phase in recording.phases if phase.name == "backward")
        self._start, self._end = first.start, first.end
        count = recording.node_count
        self.data = [self._number(node, first.start) for node in range(count)]
        self.parents = [tuple(recording.parents(node)) for node in range(count)]
        self._consumers: list[list[int]] = [[] for _ in range(count)]
        for node, parents in enumerate(self.parents):
            for parent in dict.fromkeys(parents):
                self._consumers[parent].append(node)

    def _number(self, node: int, position: int) -> float:
        found = self.recording.value(node, "data", position)
        return math.nan if found is None else found

    def gradient(self, node: int) -> float:
        """What the first backward pass added to a node's gradient."""
        before = self.recording.value(node, "grad", self._start) or 0.0
        after = self.recording.value(node, "grad", self._end) or 0.0
        return after - before

    def affected(self, node: int) -> list[int]:
        """The nodes that depend on a leaf, in order."""
        seen, stack = set[int](), [node]
        while stack:
            for consumer in self._consumers[stack.pop()]:
                if consumer not in seen:
                    seen.add(consumer)
                    stack.append(consumer)
        return sorted(seen)

    def unknown(self, nodes: Sequence[int]) -> str:
        """The name of the first op among some nodes whose formula is not known."""
        ops = (self.recording.ops[each] for each in nodes)
        return next((op.name for op in ops if op is not None and op.forward is None), "")

    def moved(self, node: int, affected: Sequence[int], x: float) -> float:
        """The root's number with a leaf at x."""
        data, ops, parents = self.data, self.recording.ops, self.parents
        kept = [(each, data[each]) for each in (node, *affected)]
        data[node] = x
        for each in affected:
            op = ops[each]
            assert op is not None
            assert op.forward is not None
            data[each] = op.forward(*[data[parent] for parent in parents[each]])
        moved = data[self.recording.root]
        for each, was in kept:
            data[each] = was
        return moved


def plain_leaves(title: str, leaves: Sequence[Nudged]) -> Iterator[tuple[str, object]]:
    """Yield the keys and values of the result as JSON."""
    yield "target", title
    yield "wrong", sum(leaf.wrong for leaf in leaves)
    yield (
        "leaves",
        [
            {
                "id": leaf.node,
                "name": leaf.name,
                "grad": _finite(leaf.grad),
                "slope": None if leaf.slope is None else _finite(leaf.slope),
                "error": _finite(leaf.error),
                "unknown": leaf.unknown,
            }
            for leaf in leaves
        ],
    )


def _finite(x: float) -> float | str:
    return x if math.isfinite(x) else str(x)
