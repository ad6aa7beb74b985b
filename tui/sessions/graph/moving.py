"""Moving through a recording: by steps, by phases, to a breakpoint, to a position, to a node."""

from itertools import pairwise

from ....engine.recording.conditions import on_node, parse
from ...text.format import plain
from .breakpoints import Breakpoints
from .cursor import GraphCursor

START, END = "this is the start", "this is the end"
_DONE = {"backward": "backward done: every gradient is final"}  # fits 40 cells


class Moving:
    """Every move returns a sentence about where it led, or why it led nowhere; "" within a phase."""

    def __init__(self, cursor: GraphCursor, breakpoints: Breakpoints) -> None:
        self._cursor = cursor
        self._breakpoints = breakpoints

    @property
    def can_go_on(self) -> bool:
        """Whether there is anything after this position."""
        return self._cursor.playback.position < len(self._cursor.recording)

    @property
    def can_go_back(self) -> bool:
        """Whether there is anything before this position."""
        return self._cursor.playback.position > 0

    def next_step(self) -> str:
        """Take one step."""
        return self._moved(self._cursor.playback.next(), END)

    def back_step(self) -> str:
        """Take one step back."""
        return self._moved(self._cursor.playback.back(), START)

    def finish_phase(self) -> str:
        """Finish this phase, stopping where a breakpoint or a condition holds."""
        return self._moved(self._cursor.playback.finish(self._breakpoints.stops), END)

    def restart_phase(self) -> str:
        """Go back to the start of this phase, or to a breakpoint on the way."""
        return self._moved(self._cursor.playback.unfinish(self._breakpoints.stops), START)

    def next_phase(self) -> str:
        """Go to the next phase mark."""
        return self._moved(self._cursor.playback.next_phase(), "there is no later phase")

    def previous_phase(self) -> str:
        """Go to the previous phase mark."""
        return self._moved(self._cursor.playback.previous_phase(), "there is no earlier phase")

    def continue_on(self) -> str:
        """Continue to the next breakpoint or condition, or to the end."""
        return self._moved(self._cursor.playback.run(self._breakpoints.stops), END)

    def continue_back(self) -> str:
        """Continue back to a breakpoint or condition, or to the start."""
        stops = self._breakpoints.stops
        return self._moved(self._cursor.playback.run(stops, backwards=True), START)

    def go_start(self) -> str:
        """Go to the very start, before the forward pass."""
        return self._moved(self._cursor.playback.jump(0), START)

    def go_end(self) -> str:
        """Go to the end of the last phase."""
        return self._moved(self._cursor.playback.jump(len(self._cursor.recording)), END)

    def go_to(self, position: int) -> str:
        """Go to a position of the whole recording."""
        return self._moved(self._cursor.playback.jump(position), "")

    def jump(self, text: str) -> str:
        """Jump to `K`, step K of this phase, or run to what a condition names: `node w1`, `op tanh`."""
        try:
            wanted = int(text)
        except ValueError:
            return self._run_to(text.strip())
        phase = self._cursor.playback.phase
        wanted = min(max(wanted, 0), phase.end - phase.start)
        return self._moved(self._cursor.playback.jump(phase.start + wanted), f"already at {wanted}")

    def _run_to(self, text: str) -> str:
        if not text:
            return "no step was named"
        try:
            condition = parse(text, self._cursor.recording)
        except ValueError as error:
            return plain(str(error))
        moved = self._cursor.playback.run_to(condition)
        return self._moved(moved, f"no other step meets {plain(text)}")

    def run_to_selected(self) -> str:
        """Run to the step that visits the selected node."""
        recording, target = self._cursor.recording, self._cursor.selected
        moved = self._cursor.playback.run_to(on_node(recording, target))
        sentence = self._moved(moved, f"no other step visits {plain(recording.name(target))}")
        self._cursor.select(target)
        return sentence

    def _moved(self, moved: bool, otherwise: str) -> str:
        """Select the node the new position is about, and return the sentence about it."""
        if not moved:
            return otherwise
        subject = self._subject()
        if subject is not None:
            self._cursor.select(subject)
        return self._place()

    def _subject(self) -> int | None:
        """The node a position is about: the current one, but the root where backward is to begin."""
        position, current = self._cursor.playback.position, self._cursor.current
        phases = self._cursor.recording.phases
        begins = any(p.name == "backward" and p.start == position for p in phases)
        return self._cursor.recording.root if begins and current is not None else current

    def _place(self) -> str:
        """Say what this position is, where it is more than a step within a phase."""
        position, phases = self._cursor.playback.position, self._cursor.recording.phases
        if reached := self._breakpoints.reached:
            return f"stopped: {plain(reached.text)}"
        if position == len(self._cursor.recording):
            return _DONE.get(phases[-1].name, f"{phases[-1].name} is done")
        for before, after in pairwise(phases):
            if position == after.start:
                return f"{before.name} is done; press n again to cross, N to go back into {before.name}"
        return "" if position else "the very start: nothing has been computed"
