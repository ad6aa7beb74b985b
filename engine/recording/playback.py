"""Playback: a position in a recording, and nothing else.

Position k means that the first k steps have happened. Every cell's value at any k is bisected from
that cell's own writes, so a step back is the exact mirror of a step and a jump costs what a step
costs. Moving past a phase boundary needs no rule of its own: the boundary is a position too.
"""

from dataclasses import dataclass

from .conditions import Condition, find
from .log import Field, Phase, Recording, Step


@dataclass(eq=False)
class Playback:
    """A recording and how far it has been played; it opens at the mark before `backward`."""

    recording: Recording
    position: int = -1

    def __post_init__(self) -> None:
        if self.position < 0:
            starts = [p.start for p in self.recording.phases if p.name == "backward"]
            self.position = starts[0] if starts else 0

    # What is there to see

    @property
    def step(self) -> Step | None:
        """The step that led here; None at the very start."""
        return self.recording.step_at(self.position - 1) if self.position else None

    @property
    def phase(self) -> Phase:
        """The phase being played; at a mark, the one about to begin; at the end, the last."""
        return self.recording.phase_of(min(self.position, len(self.recording) - 1))

    @property
    def at_mark(self) -> bool:
        """Whether this position lies between two phases, or at either end."""
        return self.position in self.marks

    @property
    def marks(self) -> tuple[int, ...]:
        """The positions where phases begin, and the end."""
        return (*(phase.start for phase in self.recording.phases), len(self.recording))

    @property
    def status(self) -> str:
        """The position in words: `backward 3 of 13`."""
        phase = self.phase
        return f"{phase.name} {self.position - phase.start} of {phase.end - phase.start}"

    @property
    def training_step(self) -> tuple[int, int]:
        """Which training step of the timeline this is, and of how many; each begins at its zero_grad.

        Before any update there is one, whether or not its zero_grad was recorded.
        """
        updated, starts = False, [0]
        for phase in self.recording.phases:
            if updated and phase.name in ("zero_grad", "forward"):
                starts.append(phase.start)
            updated = phase.name == "update"
        return sum(start <= self.position for start in starts), len(starts)

    @property
    def stale(self) -> bool:
        """Whether numbers have changed since the gradients were worked out: they are stale."""
        for phase in reversed(self.recording.phases):
            if phase.start < self.position and phase.name == "backward":
                return False
            if phase.start < self.position and phase.name in ("update", "recalculate"):
                return True
        return False

    def value(self, node: int, field: Field) -> float | None:
        """What a cell holds here; None for data not computed yet."""
        return self.recording.value(node, field, self.position)

    # Moving: each returns whether the position changed

    def jump(self, position: int) -> bool:
        """Go to a position, or to the nearest end."""
        before, self.position = self.position, max(0, min(position, len(self.recording)))
        self.recording.as_at(self.position)
        return self.position != before

    def next(self) -> bool:
        """Take one step."""
        return self.jump(self.position + 1)

    def back(self) -> bool:
        """Take one step back."""
        return self.jump(self.position - 1)

    def next_phase(self) -> bool:
        """Go to the next mark."""
        return self.jump(min((m for m in self.marks if m > self.position), default=self.position))

    def previous_phase(self) -> bool:
        """Go to the previous mark."""
        return self.jump(max((m for m in self.marks if m < self.position), default=self.position))

    def run(self, stops: list[Condition], backwards: bool = False, until: int | None = None) -> bool:
        """Go to the nearest position where a condition holds, or to `until`, by default the end.

        A condition holds at the position just after the step that met it.
        """
        if backwards:
            limit = 0 if until is None else until
            found = find(self.recording, stops, range(self.position - 2, limit - 1, -1))
        else:
            limit = len(self.recording) if until is None else until
            found = find(self.recording, stops, range(self.position, limit))
        return self.jump(limit if found is None else found + 1)

    def finish(self, stops: list[Condition]) -> bool:
        """Run to the end of this phase, or to a condition on the way."""
        ends = [mark for mark in self.marks if mark > self.position]
        return self.run(stops, until=ends[0]) if ends else False

    def unfinish(self, stops: list[Condition]) -> bool:
        """Run back to the start of this phase, or to a condition on the way."""
        starts = [mark for mark in self.marks if mark < self.position]
        return self.run(stops, backwards=True, until=starts[-1]) if starts else False

    def run_to(self, condition: Condition) -> bool:
        """Go to the next position where the condition holds, else to the nearest one behind."""
        ahead = find(self.recording, [condition], range(self.position, len(self.recording)))
        if ahead is None:
            ahead = find(self.recording, [condition], range(self.position - 2, -1, -1))
        return ahead is not None and self.jump(ahead + 1)
