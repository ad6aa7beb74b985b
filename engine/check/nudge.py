"""The check of a graph: every leaf is nudged, and the slope of the root compared with its gradient."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..forward import forward_of
from ..recording.copies import undifferentiated
from ..recording.log import Recording
from ..recording.sheet import Sheet

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
    sheet, grads = Sheet(undifferentiated(recording), recording), _gradients(recording)
    leaves = [node for node, op in enumerate(recording.ops) if op is None]
    unknown = sheet.before_fixed()
    known = [node for node in leaves if node not in unknown and _measurable(sheet, node)]
    first = dict(zip(known, _slopes(sheet, known), strict=True))
    found = [
        Nudged(
            node,
            recording.name(node),
            grads[node],
            _slope(sheet, node, grads[node], first[node]) if node in first else None,
            _unknown(sheet, node) if node in unknown else "",
        )
        for node in leaves
    ]
    return sorted(found, key=lambda leaf: leaf.error, reverse=True)


def _gradients(recording: Recording) -> list[float]:
    """What the first backward pass added to every gradient."""
    first = next(phase for phase in recording.phases if phase.name == "backward")
    ends = [
        [recording.value(node, "grad", position) or 0.0 for node in range(recording.node_count)]
        for position in (first.start, first.end)
    ]
    return [after - before for before, after in zip(*ends, strict=True)]


def _unknown(sheet: Sheet, node: int) -> str:
    """The name of the first op below a cell whose formula is not known."""
    fixed = sheet.fixed_below([node])
    op = sheet.ops[fixed] if fixed is not None else None
    return op.name if op else ""


def _measurable(sheet: Sheet, node: int) -> bool:
    return math.isfinite(sheet.data[node]) and math.isfinite(sheet.data[sheet.recording.root])


def _slopes(sheet: Sheet, nodes: Sequence[int], smaller: int = 0) -> list[float]:
    """The slopes at some cells, by a step that is `smaller` times ten times smaller than the first."""
    steps = [FIRST_STEP * max(1.0, abs(sheet.data[node])) / 10**smaller for node in nodes]
    sides = [(x + h, x - h) for x, h in zip((sheet.data[node] for node in nodes), steps, strict=True)]
    edits = [(node, x) for node, both in zip(nodes, sides, strict=True) for x in both]
    roots = (forward_of(sheet) if len(nodes) > 1 else sheet).roots(edits)
    rises = (above - below for above, below in zip(roots[::2], roots[1::2], strict=True))
    return [rise / (high - low) for rise, (high, low) in zip(rises, sides, strict=True)]


def _slope(sheet: Sheet, node: int, grad: float, first: float) -> float | None:
    """The slope at a leaf. At a kink, as relu has at 0, any gradient between both sides is right."""
    slopes: list[float] = []
    for smaller in range(SMALLER):
        slopes += _slopes(sheet, [node], smaller) if smaller else [first]
        if abs(slopes[-1] - grad) <= TOLERANCE / 10 * max(1.0, abs(grad)):
            return slopes[-1]
    if _between_sides(sheet, node, grad):
        return grad
    apart = [abs(a - b) if abs(a - b) >= 0 else math.inf for a, b in pairwise(slopes)]
    best = slopes[min(range(len(apart)), key=apart.__getitem__) + 1]
    return best if math.isfinite(best) else None


def _between_sides(sheet: Sheet, node: int, grad: float) -> bool:
    x, here = sheet.data[node], sheet.data[sheet.recording.root]
    h = 1e-7 * max(1.0, abs(x))
    below, above = sheet.roots([(node, x - h), (node, x + h)])
    left, right = (here - below) / h, (above - here) / h
    slack = 1e-3 * max(1.0, abs(grad))
    apart = abs(left - right) > 10 * slack  # a kink, and no mere bend
    return apart and min(left, right) - slack <= grad <= max(left, right) + slack


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
