"""The ledger of a gradient: who has contributed, how much, and whom it still waits for."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ....engine.recording.log import SLOT, Phase, Recording, Write

COUNTED = 1_000
"""Contributions up to which each is looked at."""


def is_lost(write: Write) -> bool:
    """Whether the cell does not hold the sum it should: a contribution was overwritten or lost."""
    if write.before is None or write.amount is None:
        return False
    expected = write.before + write.amount
    return expected != write.after and not (expected != expected and write.after != write.after)


def is_replaced(write: Write) -> bool:
    """Whether a contribution took the place of all that was there."""
    return is_lost(write) and write.after == write.amount


@dataclass(frozen=True)
class Entry:
    """One contribution: from `consumer` (None for the seed), through its argument `slot`."""

    consumer: int | None
    slot: int | None
    amount: float | None
    received: bool
    lost: bool = False
    """Whether it came and a later one took its place, as `a.grad = ...` for `+=` does."""


def _just_begun(phase: Phase, position: int) -> bool:
    return phase.name != "backward" and position == phase.start


class Ledger:
    """The contributions to a node's gradient within one phase, as far as they have come.

    Entries are made on demand: a parameter with thousands of consumers costs a bisection.
    """

    def __init__(self, recording: Recording, node: int, position: int) -> None:
        self.recording = recording
        self.node = node
        phase = recording.phase_of(min(position, len(recording.step_node) - 1))
        # At its end a phase is looked back at; what an update does is what the gradients made of it.
        while (
            phase.name != "backward"
            and phase.start
            and (phase.name == "update" or position == phase.start)
        ):
            phase = recording.phase_of(phase.start - 1)
        self.phase = phase
        self.writes = recording.cell_history(node, "grad", phase)
        self.received = bisect_left(self.writes, recording.step_start[position])

    def __len__(self) -> int:
        return len(self.writes)

    @property
    def waiting(self) -> int:
        """How many contributions have not come yet."""
        return len(self.writes) - self.received

    @property
    def before(self) -> float:
        """What was in the gradient before this backward pass; 0 where it began at nothing."""
        if self.phase.name != "backward":
            return 0.0
        return self.recording.value(self.node, "grad", self.phase.start) or 0.0

    @cached_property
    def lost(self) -> int:
        """How many of the first contributions a later one replaced, among those that have come."""
        if len(self.writes) > COUNTED:
            return 0
        came = range(self.received - 1, 0, -1)
        return next((i for i in came if is_replaced(self.recording.write_at(self.writes[i]))), 0)

    def window(self, size: int) -> tuple[int, int]:
        """The range of at most `size` entries around the last received one."""
        first = max(0, min(self.received - (size + 1) // 2, len(self) - size))
        return first, min(len(self), first + size)

    def entries(self, first: int, last: int) -> Iterator[Entry]:
        """The entries first <= i < last, in the order they arrive."""
        for i in range(first, last):
            write = self.recording.write_at(self.writes[i])
            node = self.recording.step_node[self.recording.step_of_write(self.writes[i])]
            consumer = node if node >= 0 else None
            yield Entry(consumer, write.slot, write.amount, i < self.received, i < self.lost)

    def consumers(self) -> list[int]:
        """The nodes that contribute, each once, in the order in which they come."""
        nodes, step_of = self.recording.step_node, self.recording.step_of_write
        return list(dict.fromkeys([node for w in self.writes if (node := nodes[step_of(w)]) >= 0]))

    def uses(self) -> Iterator[tuple[int, int]]:
        """Who contributes, through which argument: (consumer, slot); -1 for the seed, and for no slot."""
        nodes, flags, step_of = (
            self.recording.step_node,
            self.recording.write_flags,
            self.recording.step_of_write,
        )
        return ((nodes[step_of(write)], (flags[write] >> SLOT) - 1) for write in self.writes)
