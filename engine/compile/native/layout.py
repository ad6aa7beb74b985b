"""Memory layout of native code: where its numbers lie, and the instructions that read and write them.

All that a program works on lies in one array of doubles, `work`, in the places of `Layout`:

    shared      parameters, derived numbers, 1 / rows
    gradients   of the shared numbers
    seeds       of each group: d(loss)/d(its total)
    totals      of each group, the lanes of a vector apart
    parts       of each group: gradients of the shared numbers, the lanes of a vector apart
"""

from __future__ import annotations

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
    """Return the sum of a vector's lanes, halves first."""
    while width > 1:
        half = width // 2
        parts = []
        for start in (0, half):
            lanes = ", ".join(f"i32 {start + i}" for i in range(half))
            v = f"<{width} x double>"
            parts.append(e.let(f"shufflevector {v} {x}, {v} poison, <{half} x i32> <{lanes}>"))
        x = e.let(f"fadd <{half} x double> {parts[0]}, {parts[1]}")
        width = half
    return e.let(f"extractelement <1 x double> {x}, i64 0")
