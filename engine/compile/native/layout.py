"""Memory layout of native code: where its numbers lie, and the instructions that read and write them.

All that a program works on lies in one array of doubles, `work`, in the places of `Layout`:

    shared      parameters, derived numbers, 1 / rows
    gradients   of the shared numbers
    seeds       of each group: d(loss)/d(its total)
    totals      of each group, the lanes of a vector apart
    parts       of each group: gradients of the shared numbers, the lanes of a vector apart
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .graph import SHARED
from .lanes import WIDEST, Group, Plan, whole_vectors
from .op_table import Contribution, Emitter


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in `work` what lies; counted in doubles."""

    plan: Plan
    width: int

    @property
    def span(self) -> int:
        """The shared numbers, and a vector more: lanes past a run's end read and write there."""
        return whole_vectors(self.plan.shared + WIDEST)

    @property
    def gradients(self) -> int:
        return self.span

    @property
    def seeds(self) -> int:
        return 2 * self.span

    @property
    def totals(self) -> int:
        return self.seeds + whole_vectors(len(self.plan.groups))

    def total(self, k: int) -> int:
        return self.totals + k * self.width

    @property
    def apart(self) -> list[int]:
        """The groups that have parts: those that read a shared number."""
        return [k for k, group in enumerate(self.plan.groups) if reads_shared(group)]

    def parts(self, k: int) -> int:
        """The place of group k's parts, or for a group without any where they would be."""
        before = sum(each < k for each in self.apart)
        return self.totals + (len(self.plan.groups) + before * self.span) * self.width

    @property
    def parts_bytes(self) -> int:
        """How much memory the parts take."""
        return 8 * (self.size - self.parts(0))

    @property
    def size(self) -> int:
        return self.parts(len(self.plan.groups))


def reads_shared(group: Group) -> bool:
    return any(leaf.kind == SHARED for leaf in group.graph.leaves.values())


def at(e: Emitter, base: str, offset: int | str) -> str:
    return e.let(f"getelementptr inbounds double, ptr {base}, i64 {offset}")


def read(e: Emitter, base: str, offset: int | str) -> str:
    return e.let(f"load {e.type}, ptr {at(e, base, offset)}, align 8")


def read_one(e: Emitter, base: str, offset: int) -> str:
    return e.let(f"load double, ptr {at(e, base, offset)}, align 8")


def write(e: Emitter, x: str, base: str, offset: int | str) -> None:
    e.lines.append(f"  store {e.type} {x}, ptr {at(e, base, offset)}, align 8")


def add_to(e: Emitter, part: Contribution, base: str, offset: int | str) -> None:
    write(e, e.sum(read(e, base, offset), part), base, offset)


def horizontal(e: Emitter, x: str, width: int) -> str:
    """Return the sum of a vector's lanes."""
    return e.let(f"extractelement <1 x double> {sums_side_by_side(e, [x], width)}, i64 0")


def sums_side_by_side(e: Emitter, vectors: Sequence[str], width: int) -> str:
    """Return a vector of the sums of some vectors' lanes; they are a power of 2, and at most `width`."""
    count, found = len(vectors), list(vectors)
    while width > count:  # halves are added to each other
        width //= 2
        found = [_added(e, [x], 2 * width, range(width), range(width, 2 * width)) for x in found]
    group = 1
    while len(found) > 1:  # of two vectors the groups of lanes at even places and those at odd ones
        lanes = [range(start, start + group) for start in range(0, 2 * width, group)]
        pairs = list(zip(lanes[: width // group], lanes[width // group :], strict=True))
        even, odd = ([i for pair in pairs[first::2] for each in pair for i in each] for first in (0, 1))
        found = [_added(e, found[i : i + 2], width, even, odd) for i in range(0, len(found), 2)]
        group *= 2
    return found[0]


def _added(
    e: Emitter, given: Sequence[str], width: int, left: Sequence[int], right: Sequence[int]
) -> str:
    """Return some lanes of one or two vectors plus as many other ones."""
    v, to = f"<{width} x double>", f"<{len(left)} x double>"
    x, y = (*given, "poison")[:2]
    parts = []
    for lanes in (left, right):
        places = ", ".join(f"i32 {lane}" for lane in lanes)
        parts.append(e.let(f"shufflevector {v} {x}, {v} {y}, <{len(lanes)} x i32> <{places}>"))
    return e.let(f"fadd {to} {parts[0]}, {parts[1]}")
