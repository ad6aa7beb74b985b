"""Moving through a backward pass of tensors: by nodes, over folded modules, to a breakpoint."""

from ....engine.recording.conditions import Condition, find
from ...text.format import plain, whole
from ...views.tensors.modules import scopes_around
from ...views.tensors.passed import Passed, passed_note
from ...views.tensors.trace import verdict
from .breakpoints import TensorBreakpoints
from .cursor import TensorCursor

START, END = "this is the start", "this is the end"


class TensorMoving:
    """Every move returns a sentence about where it led, or why it led nowhere; "" within the pass."""

    def __init__(self, cursor: TensorCursor, breakpoints: TensorBreakpoints) -> None:
        self._cursor, self._breakpoints = cursor, breakpoints
        self._restarted = (-1, "")

    # By steps

    def next_step(self) -> str:
        """Visit the next node; a folded module is passed over as one step."""
        cursor = self._cursor
        if fold := self._fold_ahead:
            end = self._stop_ahead(cursor.run_from(cursor.taken, fold))
            if end > cursor.taken + 1:
                return self._pass(fold, end, "passed over")
        return self._moved(cursor.move(cursor.taken + 1), END)

    def back_step(self) -> str:
        """Take the last step back; over a folded module as one."""
        cursor = self._cursor
        if fold := self._fold_behind:
            start = self._stop_behind(cursor.run_from(cursor.taken - 1, fold, ahead=False))
            if start < cursor.taken - 1:
                return self._back_to(fold, start, "back over")
        return self._moved(cursor.move(cursor.taken - 1), START)

    def step_into(self) -> str:
        """Visit the next node, into a folded module, which opens."""
        fold = self._fold_ahead
        moved = self._moved(self._cursor.move(self._cursor.taken + 1), END)
        self._reveal()
        return moved or (f"into {plain(fold)}; r goes on to its end" if fold else "")

    def step_back_into(self) -> str:
        """Take the last step back, into a folded module, which opens."""
        fold = self._fold_behind
        moved = self._moved(self._cursor.move(self._cursor.taken - 1), START)
        self._reveal()
        return moved or (f"back into {plain(fold)}; R goes to its start" if fold else "")

    @property
    def _fold_ahead(self) -> str | None:
        """The folded module that the next step goes into."""
        cursor = self._cursor
        if not cursor.can_go_on:
            return None
        return cursor.tree.fold_of(cursor.recording.steps[cursor.taken].node)

    @property
    def _fold_behind(self) -> str | None:
        """The folded module that the last step was in."""
        return self._cursor.tree.fold_of(self._cursor.node.id) if self._cursor.can_go_back else None

    def _reveal(self) -> None:
        self._cursor.tree.reveal(self._cursor.node.id)
        self._cursor.select(self._cursor.tree.row_of(self._cursor.node.id))

    # By modules

    def finish_module(self) -> str:
        """Finish the module of the current node; where it ends here, the one around it."""
        cursor, last = self._cursor, self._cursor.taken - 1
        for scope in reversed(scopes_around(cursor.scope_at(last)) if last >= 0 else []):
            end = cursor.run_from(last, scope)
            if end > cursor.taken:
                return self._pass(scope, self._stop_ahead(end), "finished")
        return "no module goes on from here: n takes a step, f finishes the pass"

    def restart_module(self) -> str:
        """Go back to the start of the module of the current node; pressed there, of the one around it."""
        cursor, last = self._cursor, self._cursor.taken - 1
        came_to, before = self._restarted
        if came_to == cursor.taken:
            at, around = came_to, scopes_around(before)[:-1]
        else:
            at, around = last, scopes_around(cursor.scope_at(last)) if last >= 0 else []
        for scope in reversed(around):
            start = cursor.run_from(at, scope, ahead=False)
            if start < cursor.taken:
                self._restarted = (start, scope)
                return self._back_to(scope, start, "back at the start of")
        return "no module begins before this: N takes a step back, F goes to the start of the pass"

    # To a stop, to an end

    def continue_on(self) -> str:
        """Continue to the next breakpoint or condition, or to the end."""
        return self._moved(self._cursor.move(self._stop_ahead(self._cursor.total)), END)

    def continue_back(self) -> str:
        """Continue back to a breakpoint or condition, or to the start."""
        return self._moved(self._cursor.move(self._stop_behind(0)), START)

    def go(self, taken: int) -> str:
        """Go to where so many steps are taken."""
        return self._moved(self._cursor.move(taken), START if taken <= 0 else "")

    def go_start(self) -> str:
        """Go to the start."""
        return self._moved(self._cursor.move(0), START)

    def go_end(self) -> str:
        """Go to the end."""
        return self._moved(self._cursor.move(self._cursor.total), END)

    def jump(self, text: str) -> str:
        """Jump to a step by its number, or run to what is named: a node, op, module or condition."""
        if not text.strip():
            return "no step was named"
        if (step := whole(text.strip())) is not None:
            if not 0 <= step <= self._cursor.total:
                return f"there are {self._cursor.total:,} steps, from 1 on"
            return self._moved(self._cursor.move(step), f"already at {step:,}")
        try:
            return self._run_to(self._breakpoints.condition(text))
        except ValueError as error:
            return plain(str(error))

    def run_to_selected(self) -> str:
        """Run to the step that visits the selected row: a node, or a module's first."""
        selected = self._cursor.selected
        sentence = self._run_to(self._breakpoints.of_row(selected))
        self._cursor.select(selected)
        return sentence

    def _run_to(self, condition: Condition) -> str:
        """Go to the next step at which a condition holds, else to the nearest one behind."""
        recording, taken = self._cursor.recording, self._cursor.taken
        found = find(recording, [condition], range(taken, self._cursor.total))
        if found is None:
            found = find(recording, [condition], range(taken - 2, -1, -1))
        moved = found is not None and self._cursor.move(found + 1)
        sentence = self._moved(moved, f"no other step meets {plain(condition.text)}")
        return sentence or f"came to {plain(condition.text)}: step {self._cursor.taken}"

    # Sentences

    def _pass(self, scope: str, end: int, verb: str) -> str:
        passed = Passed(scope, self._cursor.taken, end)
        self._cursor.move(end, passed)
        return self._moved(True, "") or passed_note(self._cursor.recording, passed, verb)

    def _back_to(self, scope: str, start: int, verb: str) -> str:
        count = self._cursor.taken - start
        self._cursor.move(start)
        return self._moved(True, "") or f"{verb} {plain(scope)}, {count:,} node{'s'[: count != 1]}"

    def _moved(self, moved: bool, otherwise: str) -> str:
        """Say what this place is, where it is more than a step of the pass."""
        if not moved:
            return otherwise
        if reached := self._breakpoints.reached:
            return f"stopped: {plain(reached.text)}"
        if not self._cursor.can_go_on:
            return f"the end: {verdict(self._cursor.recording)}"
        return "" if self._cursor.taken else "the start: no step is taken"

    def _stop_ahead(self, end: int) -> int:
        return self._stop(range(self._cursor.taken, end), end)

    def _stop_behind(self, start: int) -> int:
        return self._stop(range(self._cursor.taken - 2, start - 1, -1), start)

    def _stop(self, steps: range, otherwise: int) -> int:
        met = find(self._cursor.recording, self._breakpoints.stops, steps)
        return otherwise if met is None else met + 1
