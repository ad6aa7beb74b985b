"""Moving through a recording: by steps, by phases, to a breakpoint, to a position, to a node."""

from collections.abc import Callable
from itertools import pairwise

from ....engine.recording.conditions import on_node
from ....engine.recording.log import Phase
from ...text.format import number, plain, whole
from ...views.graph.folds import Fold
from ...views.steps.passed import passed_note, passing
from .breakpoints import Breakpoints
from .cursor import GraphCursor
from .places import Places
from .scopes import Scopes

START, END = "this is the start", "this is the end"
_DONE = {"backward": "backward done: every gradient is final"}  # fits 40 cells


class Moving:
    """Every move returns a sentence about where it led, or why it led nowhere; "" within a phase."""

    def __init__(self, cursor: GraphCursor, breakpoints: Breakpoints, places: Places) -> None:
        self._cursor = cursor
        self._breakpoints = breakpoints
        self.scopes = Scopes(cursor, breakpoints)
        self._restarted = (-1, "")
        self._places = places
        self.append_more: Callable[[], bool] = lambda: False
        """What appends to the timeline at its end, where something is still to come."""
        self.owes: Callable[[], bool] = lambda: False
        """Whether there is such a thing."""
        self.done: Callable[[], str] = self._done
        """What is said at the end of the timeline."""

    @property
    def can_go_on(self) -> bool:
        """Whether there is anything after this position."""
        return self._cursor.playback.position < len(self._cursor.recording) or self.owes()

    def _more(self) -> None:
        if self._cursor.playback.position == len(self._cursor.recording):
            self.append_more()

    @property
    def can_go_back(self) -> bool:
        """Whether there is anything before this position."""
        return self._cursor.playback.position > 0

    def next_step(self) -> str:
        """Take one step; what is folded is passed over as one."""
        self._more()
        fold = self.scopes.fold_ahead()
        if fold:
            title, end = self.scopes.run_ahead(fold)
            if end > self._cursor.playback.position + 1:
                return self._pass(title, end, "passed over")
        return self._moved(self._cursor.playback.next(), END)

    def back_step(self) -> str:
        """Take one step back; what is folded is passed over as one."""
        fold, position = self.scopes.fold_behind(), self._cursor.playback.position
        if fold:
            title, start = self.scopes.run_behind(fold)
            if start < position - 1:
                return self._back_to(title, start, "back over")
        return self._moved(self._cursor.playback.back(), START)

    def step_into(self) -> str:
        """Take one step, into what is folded."""
        self._more()
        fold = self.scopes.fold_ahead()
        moved = self._moved(self._cursor.playback.next(), END)
        return moved or (f"into {fold.title}; r goes on to its end" if fold else "")

    def step_back_into(self) -> str:
        """Take one step back, into what is folded."""
        fold = self.scopes.fold_behind()
        moved = self._moved(self._cursor.playback.back(), START)
        return moved or (f"back into {fold.title}; R goes to its start" if fold else "")

    def finish_scope(self) -> str:
        """Finish the scope of the current node; where it ends here, the one around it."""
        scope = self.scopes.scope_ahead()
        if not scope:
            return "no scope goes on from here: n takes a step, f finishes the phase"
        fold = _scope(scope)
        return self._pass(fold.title, self.scopes.end_of(fold), "finished")

    def restart_scope(self) -> str:
        """Go back to the start of the scope of the current node; pressed there, of the one around it."""
        came_to, scope = self._restarted
        if came_to == self._cursor.playback.position:
            scope = scope.rpartition("/")[0]
        else:
            scope = self.scopes.scope_behind()
        while scope and self.scopes.start_of(_scope(scope)) == self._cursor.playback.position:
            scope = scope.rpartition("/")[0]
        if not scope:
            return "no scope begins before this: N takes a step back, F goes to the start of the phase"
        start = self.scopes.start_of(_scope(scope))
        self._restarted = (start, scope)
        return self._back_to(plain(scope), start, "back at the start of")

    def finish_phase(self) -> str:
        """Finish this phase, stopping where a breakpoint or a condition holds."""
        self._more()
        return self._moved(self._cursor.playback.finish(self._breakpoints.stops), END)

    def restart_phase(self) -> str:
        """Go back to the start of this phase, or to a breakpoint on the way."""
        return self._moved(self._cursor.playback.unfinish(self._breakpoints.stops), START)

    def next_phase(self) -> str:
        """Go to the next phase mark."""
        self._more()
        return self._moved(self._cursor.playback.next_phase(), "there is no later phase")

    def previous_phase(self) -> str:
        """Go to the previous phase mark."""
        return self._moved(self._cursor.playback.previous_phase(), "there is no earlier phase")

    def continue_on(self) -> str:
        """Continue to the next breakpoint or condition, or to the end."""
        self._more()
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
        """Jump to `K`, step K of this phase, or run to what is named: `w1`, `#7`, `tanh`, a scope."""
        wanted = whole(text)
        if wanted is None:
            return self._run_to(text.strip())
        phase = self._cursor.playback.phase
        last = phase.end - phase.start
        if not 0 <= wanted <= last:
            return f"there is no step {plain(text.strip())[:20]}: {phase.name} has 0 to {last:,}"
        return self._moved(self._cursor.playback.jump(phase.start + wanted), f"already at {wanted:,}")

    def _run_to(self, text: str) -> str:
        if not text:
            return "no step was named"
        try:
            condition = self._places.condition(text)
        except ValueError as error:
            return plain(str(error))
        moved = self._cursor.playback.run_to(condition)
        sentence = self._moved(moved, f"no other step meets {plain(condition.text)}")
        return sentence or self._came_to(plain(condition.text))

    def _came_to(self, what: str) -> str:
        return f"came to {what}: {self._cursor.playback.status}"

    def run_to_selected(self) -> str:
        """Run to the step that visits the selected node."""
        recording, target = self._cursor.recording, self._cursor.selected
        moved = self._cursor.playback.run_to(on_node(recording, target))
        sentence = self._moved(moved, f"no other step visits {plain(recording.name(target))}")
        self._cursor.select(target)
        return sentence or self._came_to(plain(recording.name(target)))

    def _pass(self, title: str, end: int, verb: str) -> str:
        """Take the steps up to `end` as one, and say what came of them."""
        recording, start = self._cursor.recording, self._cursor.playback.position
        self._cursor.playback.jump(end)
        sentence = self._moved(True, "")
        self._cursor.passed = passing(recording, title, start, end)
        return sentence or passed_note(recording, self._cursor.passed, verb)

    def _back_to(self, title: str, start: int, verb: str) -> str:
        """Go back over the steps from `start` on as one, and say how many nodes they were about."""
        count = self._cursor.playback.position - start
        self._cursor.playback.jump(start)
        return self._moved(True, "") or f"{verb} {title}, {count:,} node{'s'[: count != 1]}"

    def _moved(self, moved: bool, otherwise: str) -> str:
        """Select the node the new position is about, and return the sentence about it."""
        if not moved:
            return otherwise
        self._cursor.passed = None
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
            return self.done()
        for before, after in pairwise(phases):
            if position == after.start and before.name == "forward" and before.start:
                return f"{self._computed_anew(before)}; n crosses, N goes back into forward"
            if position == after.start:
                return f"{before.name} is done; press n again to cross, N to go back into {before.name}"
        return "" if position else "the very start: nothing has been computed"

    def _done(self) -> str:
        last = self._cursor.recording.phases[-1].name
        if self.owes():
            return f"{last} is done; n goes on with zero_grad and backward"
        return _DONE.get(last, f"{last} is done")

    def _computed_anew(self, forward: Phase) -> str:
        """What a forward pass after an update made of the root."""
        recording = self._cursor.recording
        values = [recording.value(recording.root, "data", at) for at in (forward.start, forward.end)]
        before, after = map(number, values)
        return f"forward is done: {plain(recording.name(recording.root))} {before} to {after}"


def _scope(scope: str) -> Fold:
    """A scope as a part to pass, folded or not."""
    return Fold(plain(scope), scope)
