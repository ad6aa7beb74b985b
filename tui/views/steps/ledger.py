"""The ledger of a gradient: who has contributed, how much, and whom it still waits for."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.recording.log import SLOT, Recording


@dataclass(frozen=True)
class Entry:
    """One contribution: from `consumer` (None for the seed), through its argument `slot`."""

    consumer: int | None
    slot: int | None
    amount: float | None
    received: bool


class Ledger:
    """The contributions to a node's gradient within one phase, as far as they have come.

    Entries are made on demand: a parameter with thousands of consumers costs a bisection.
    """

    def __init__(self, recording: Recording, node: int, position: int) -> None:
        self.recording = recording
        self.node = node
        phase = recording.phase_of(min(position, len(recording.step_node) - 1))
        after = phase.name == "update"  # what it does is what the gradients made of it
        if phase.start and phase.name != "backward" and (after or position == phase.start):
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

    def window(self, size: int) -> tuple[int, int]:
        """The range of at most `size` entries around the last received one."""
        first = max(0, min(self.received - (size + 1) // 2, len(self) - size))
        return first, min(len(self), first + size)

    def entries(self, first: int, last: int) -> Iterator[Entry]:
        """The entries first <= i < last, in the order they arrive."""
        for i in range(first, last):
            write = self.recording.write_at(self.writes[i])
            node = self.recording.step_node[self.recording.step_of_write(self.writes[i])]
            yield Entry(node if node >= 0 else None, write.slot, write.amount, i < self.received)

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
