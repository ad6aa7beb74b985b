"""The runs of steps that belong together: through what is folded in view, and through a scope."""

from bisect import bisect_left
from collections.abc import Callable, Iterable

from ....engine.recording.conditions import find
from ....engine.recording.log import Phase
from ...views.graph.folds import Fold, in_scope
from .breakpoints import Breakpoints
from .cursor import GraphCursor

ONE_BY_ONE = ("update", "zero_grad")
"""Phases about parameters, of which each is a step whatever is folded."""


class Scopes:
    """Where a step over, or out of, a part of the graph leads: positions, never beyond the phase."""

    def __init__(self, cursor: GraphCursor, breakpoints: Breakpoints) -> None:
        self._cursor = cursor
        self._breakpoints = breakpoints
        self.fold_of: Callable[[int], Fold | None] = lambda node: None
        """What hides a node in the view; who shows one says it here."""

    def fold_ahead(self) -> Fold | None:
        """The folded part that the next step goes into."""
        position = self._cursor.playback.position
        return self._fold_at(position) if position < len(self._cursor.recording) else None

    def fold_behind(self) -> Fold | None:
        """The folded part that the last step was in."""
        position = self._cursor.playback.position
        return self._fold_at(position - 1) if position else None

    def _fold_at(self, step: int) -> Fold | None:
        node = self._cursor.recording.step_node[step]
        if node < 0 or self._phase(step).name in ONE_BY_ONE:
            return None
        return self.fold_of(node)

    def end_of(self, fold: Fold) -> int:
        """The position after the steps ahead that are in a fold, or at a breakpoint among them."""
        position = self._cursor.playback.position
        return self._stop_ahead(self._end(fold, position))

    def start_of(self, fold: Fold) -> int:
        """The position before the last steps that were in a fold, or at a breakpoint among them."""
        return self._stop_behind(self._start(fold, self._cursor.playback.position))

    def run_ahead(self, fold: Fold) -> tuple[str, int]:
        """What a step over a fold passes, and where it ends: of many folds of one kind, all of them."""
        position = self._cursor.playback.position
        ends, limit = [self._end(fold, position)], self._phase(position).end
        while ends[-1] < limit and fold.is_like(other := self._fold_at(ends[-1])):
            assert other
            ends.append(self._end(other, ends[-1]))
        end = self._stop_ahead(ends[-1])
        passed = bisect_left(ends, end) + 1
        return fold.title if passed == 1 else f"{passed} {fold.kind}s", end

    def run_behind(self, fold: Fold) -> tuple[str, int]:
        """What a step back over a fold passes, and where it begins: of many of one kind, all of them."""
        position = self._cursor.playback.position
        starts, limit = [self._start(fold, position)], self._phase(position - 1).start
        while starts[-1] > limit and fold.is_like(other := self._fold_at(starts[-1] - 1)):
            assert other
            starts.append(self._start(other, starts[-1]))
        start = self._stop_behind(starts[-1])
        passed = 1 + sum(start < other for other in starts)
        return fold.title if passed == 1 else f"{passed} {fold.kind}s", start

    def _end(self, fold: Fold, position: int) -> int:
        return position + self._count(self._holds(fold), range(position, self._phase(position).end))

    def _start(self, fold: Fold, position: int) -> int:
        steps = range(position - 1, self._phase(position - 1).start - 1, -1)
        return position - self._count(self._holds(fold), steps)

    def _stop_ahead(self, end: int) -> int:
        """The first breakpoint on the way to a position, or that position."""
        steps = range(self._cursor.playback.position, end)
        met = find(self._cursor.recording, self._breakpoints.stops, steps)
        return end if met is None else met + 1

    def _stop_behind(self, start: int) -> int:
        steps = range(self._cursor.playback.position - 2, start - 1, -1)
        met = find(self._cursor.recording, self._breakpoints.stops, steps)
        return start if met is None else met + 1

    def scope_ahead(self) -> str:
        """The innermost scope of the current node in which the next step stays; "" for none."""
        recording, position = self._cursor.recording, self._cursor.playback.position
        scope = self.scope_behind()
        if not position or position == self._phase(position - 1).end:
            return ""
        node = recording.step_node[position]
        while scope and not (node >= 0 and in_scope(recording, node, scope)):
            scope = scope.rpartition("/")[0]
        return scope

    def scope_behind(self) -> str:
        """The scope of the node the last step was about."""
        recording, position = self._cursor.recording, self._cursor.playback.position
        node = recording.step_node[position - 1] if position else -1
        return recording.scopes[node] if node >= 0 else ""

    def _phase(self, step: int) -> Phase:
        return self._cursor.recording.phase_of(step)

    def _holds(self, fold: Fold) -> Callable[[int], bool]:
        recording = self._cursor.recording
        inside: dict[str, bool] = {}  # known at once, but for a box of many scopes

        def holds(node: int) -> bool:
            own = recording.scopes[node]
            if own not in inside:
                inside[own] = bool(fold.scope) and in_scope(recording, node, fold.scope)
            return inside[own] or self.fold_of(node) == fold

        return holds

    def _count(self, holds: Callable[[int], bool], steps: Iterable[int]) -> int:
        """How many of the steps, one after the other, are about nodes of the part."""
        nodes, count = self._cursor.recording.step_node, 0
        for step in steps:
            if nodes[step] < 0 or not holds(nodes[step]):
                break
            count += 1
        return count
