"""The ledger of a gradient: who has contributed, how much, and whom it still waits for."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ....engine.recording.log import HAS_AMOUNT, SLOT, Recording

LOOKED_AT = 1_000
"""Contributions among which lost ones are looked for."""


@dataclass(frozen=True)
class Entry:
    """One contribution: from `consumer` (None for the seed), through its argument `slot`."""

    consumer: int | None
    slot: int | None
    amount: float | None
    received: bool
    lost: bool = False
    """Whether it is in the gradient no more: a later one was assigned, and not added."""


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
            and (phase.name in ("update", "clip") or position == phase.start)
        ):
            phase = recording.phase_of(phase.start - 1)
        self.phase = phase
        # Setting a gradient to 0 is no contribution to it.
        self.writes = recording.cell_history(node, "grad", phase) if phase.name == "backward" else ()
        while self.writes and not recording.write_flags[self.writes[-1]] & HAS_AMOUNT:
            if recording.step_node[recording.step_of_write(self.writes[-1])] != node:
                break
            self.writes = self.writes[:-1]  # a node's own rule changed it on its visit: no contribution
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
            received = i < self.received
            lost = received and i < self._replaced
            yield Entry(node if node >= 0 else None, write.slot, write.amount, received, lost)

    @property
    def is_lossy(self) -> bool:
        """Whether any contribution of the phase replaces what was there, or does not add up with it."""
        return any(map(self._loses, range(min(len(self), LOOKED_AT))))

    @cached_property
    def _replaced(self) -> int:
        """How many contributions, from the first on, the last assignment so far has replaced."""
        last = min(self.received, LOOKED_AT)
        return next((i for i in range(last - 1, -1, -1) if self._loses(i) and self._assigns(i)), 0)

    @property
    def lost(self) -> int:
        """How many contributions have come and are in the gradient no more."""
        return self._replaced

    def _loses(self, i: int) -> bool:
        log, write = self.recording, self.writes[i]
        if not log.write_flags[write] & HAS_AMOUNT:
            return False
        before = log.write_after[self.writes[i - 1]] if i else self._begins_with
        total, after = before + log.write_amount[write], log.write_after[write]
        return total != after and not (total != total and after != after)

    @cached_property
    def _begins_with(self) -> float:
        return self.recording.value(self.node, "grad", self.phase.start) or 0.0

    def _assigns(self, i: int) -> bool:
        write = self.writes[i]
        return self.recording.write_after[write] == self.recording.write_amount[write]

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
