"""One person's visit to one graph: the playback, what is selected, where to stop, descent by hand.

Free of Textual, so `trace --follow` and the tests drive the same object as the app. Every action
leaves a sentence in `note` when there is something to say.
"""

from itertools import pairwise

from ...engine.learning.descent import descend
from ...engine.recording.conditions import Condition, on_node, parse
from ...engine.recording.log import Recording
from ...engine.recording.playback import Playback
from ...engine.recording.record import record
from ..text.format import number, plain
from .target import Opened

_DONE = {"backward": "backward done: every gradient is final"}  # fits 40 cells


class Session:
    """The state behind the stepping screen and `trace --follow`."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened
        self.playback = Playback(opened.recording)
        self.selected = opened.recording.root
        self.stops: list[Condition] = []
        self.learning_rate = 0.05
        self.losses = [self._loss()]
        self.note = "forward is done; n steps backward"
        self.matches_text = ""
        self._changed: tuple[object, int, frozenset[tuple[int, str]]] = (None, -1, frozenset())

    @property
    def recording(self) -> Recording:
        """What is being played."""
        return self.playback.recording

    @property
    def current(self) -> int | None:
        """The node the last step was about; the root for its seed; None at the very start."""
        if not self.playback.position:
            return None
        node = self.recording.step_node[self.playback.position - 1]
        return node if node >= 0 else self.recording.root

    @property
    def changed(self) -> frozenset[tuple[int, str]]:
        """The cells (node, field) written by the step that led here."""
        if self._changed[0] is not self.recording or self._changed[1] != self.playback.position:
            writes = self.playback.step.writes if self.playback.step else ()
            cells = frozenset((write.target, write.field) for write in writes)
            self._changed = (self.recording, self.playback.position, cells)
        return self._changed[2]

    def _loss(self) -> float:
        loss = self.recording.value(self.recording.root, "data", len(self.recording))
        return float("nan") if loss is None else loss

    # Moving

    def next_step(self) -> None:
        """Take one step."""
        self._after_move(self.playback.next(), "this is the end")

    def back_step(self) -> None:
        """Take one step back."""
        self._after_move(self.playback.back(), "this is the start")

    def finish_phase(self) -> None:
        """Finish this phase, stopping where a breakpoint or a condition holds."""
        self._after_move(self.playback.finish(self.stops), "this is the end")

    def restart_phase(self) -> None:
        """Go back to the start of this phase, or to a breakpoint on the way."""
        self._after_move(self.playback.unfinish(self.stops), "this is the start")

    def next_phase(self) -> None:
        """Go to the next phase mark."""
        self._after_move(self.playback.next_phase(), "there is no later phase")

    def previous_phase(self) -> None:
        """Go to the previous phase mark."""
        self._after_move(self.playback.previous_phase(), "there is no earlier phase")

    def continue_on(self) -> None:
        """Continue to the next breakpoint or condition, or to the end."""
        self._after_move(self.playback.run(self.stops), "this is the end")

    def continue_back(self) -> None:
        """Continue back to a breakpoint or condition, or to the start."""
        self._after_move(self.playback.run(self.stops, backwards=True), "this is the start")

    def go_start(self) -> None:
        """Go to the very start, before the forward pass."""
        self._after_move(self.playback.jump(0), "this is the start")

    def go_end(self) -> None:
        """Go to the end of the last phase."""
        self._after_move(self.playback.jump(len(self.recording)), "this is the end")

    def go_to(self, position: int) -> None:
        """Go to a position of the whole recording."""
        self._after_move(self.playback.jump(position), "")

    def jump(self, text: str) -> None:
        """Jump to `K`, step K of this phase, or run to what a condition names: `node w1`, `op tanh`."""
        try:
            wanted = int(text)
        except ValueError:
            self._run_to(text.strip())
            return
        phase = self.playback.phase
        wanted = min(max(wanted, 0), phase.end - phase.start)
        self._after_move(self.playback.jump(phase.start + wanted), f"already at {wanted}")

    def _run_to(self, text: str) -> None:
        if not text:
            self.note = "no step was named"
            return
        try:
            condition = parse(text, self.recording)
        except ValueError as error:
            self.note = plain(str(error))
            return
        self._after_move(self.playback.run_to(condition), f"no other step meets {plain(text)}")

    def run_to_selected(self) -> None:
        """Run to the step that visits the selected node."""
        target = self.selected
        moved = self.playback.run_to(on_node(self.recording, target))
        self._after_move(moved, f"no other step visits {plain(self.recording.name(target))}")
        self.selected = target

    def _after_move(self, moved: bool, otherwise: str) -> None:
        if not moved:
            self.note = otherwise
            return
        subject = self._subject()
        self.selected = self.selected if subject is None else subject
        self.note = self._place_note()

    def _subject(self) -> int | None:
        """The node a position is about: the current one, but the root where backward is to begin."""
        position = self.playback.position
        begins = any(p.name == "backward" and p.start == position for p in self.recording.phases)
        return self.recording.root if begins and self.current is not None else self.current

    def _place_note(self) -> str:
        """Say what this position is, where it is more than a step within a phase."""
        position, phases = self.playback.position, self.recording.phases
        if held := self._stop_here():
            return f"stopped: {plain(held.text)}"
        if position == len(self.recording):
            return _DONE.get(phases[-1].name, f"{phases[-1].name} is done")
        for before, after in pairwise(phases):
            if position == after.start:
                return f"{before.name} is done; press n again to cross, N to go back into {before.name}"
        return "" if position else "the very start: nothing has been computed"

    def _stop_here(self) -> Condition | None:
        step = self.playback.position - 1
        held = (s for s in self.stops if step >= 0 and s.test(self.recording, step))
        return next(held, None)

    # Breakpoints

    def toggle_breakpoint(self) -> None:
        """Set or clear a breakpoint on the selected node."""
        self._toggle(on_node(self.recording, self.selected))

    def toggle_condition(self, text: str) -> None:
        """Set or clear a condition written as text; an empty text clears all."""
        if not text.strip():
            self.stops.clear()
            self.note = "no breakpoints, no conditions"
            return
        try:
            self._toggle(parse(text, self.recording))
        except ValueError as error:
            self.note = plain(str(error))

    def _toggle(self, condition: Condition) -> None:
        if condition in self.stops:
            self.stops.remove(condition)
            self.note = f"cleared: {plain(condition.text)}"
        else:
            self.stops.append(condition)
            self.note = f"stops at: {', '.join(plain(stop.text) for stop in self.stops)}"

    def has_breakpoint(self, node: int) -> bool:
        """Whether a breakpoint stands on the node itself."""
        return bool(self.stops) and on_node(self.recording, node) in self.stops

    # Selecting

    def select(self, node: int) -> None:
        """Select a node; the ledger shown is the selected node's."""
        self.selected = node

    def select_input(self) -> None:
        """Select the first input of the selected node."""
        inputs = self.recording.parents(self.selected)
        if len(inputs):
            self.selected = inputs[0]
            self.note = f"input 1 of {len(inputs)}"
        else:
            self.note = "a leaf has no inputs"

    def select_consumer(self) -> None:
        """Select the first consumer of the selected node."""
        consumers = self.consumers(self.selected)
        if consumers:
            names = [plain(self.recording.name(c)) for c in consumers[:4]]
            self.note = f"consumer 1 of {len(consumers)}: {', '.join(names)}"
            self.selected = consumers[0]
        else:
            self.note = "nothing consumes the root"

    def consumers(self, node: int) -> list[int]:
        """The nodes that use `node`, from the writes to its gradient, in the order of arrival."""
        writes = self.recording.cell_history(node, "grad")
        steps = (self.recording.step_of_write(write) for write in writes)
        causes = (self.recording.step_node[step] for step in steps)
        return list(dict.fromkeys(cause for cause in causes if cause >= 0))

    def search(self, text: str) -> None:
        """Select the next node whose name, op or scope holds `text`."""
        self.matches_text = text.strip().lower()
        self.next_match()

    def next_match(self) -> None:
        """Select the next match of the search, in backward order."""
        self._match(-1)

    def previous_match(self) -> None:
        """Select the previous match of the search."""
        self._match(1)

    def _match(self, direction: int) -> None:
        if not self.matches_text:
            self.note = "nothing is searched for; / starts a search"
            return
        count = self.recording.node_count
        for distance in range(1, count + 1):
            node = (self.selected + direction * distance) % count
            if self.matches_text in self._searched(node):
                self.selected = node
                self.note = f"found {plain(self.recording.name(node))}"
                return
        self.note = f"no node matches {plain(self.matches_text)!r}"

    def _searched(self, node: int) -> str:
        return f"{self.recording.scopes[node]} {self.recording.name(node)}".lower()

    # Descent by hand

    @property
    def can_update(self) -> bool:
        """Whether the graph is alive and has parameters to change."""
        return bool(self.opened.root and self.opened.parameters)

    def update(self) -> None:
        """Take one gradient-descent update, run forward again, stand before the new backward pass."""
        if not self.opened.root or not self.opened.parameters:
            self.note = "this graph has no parameters to update"
            return
        before = self.losses[-1]
        after = descend(self.opened.root, self.opened.parameters, self.learning_rate)
        self.losses.append(after)
        self.playback = Playback(record(self.opened.root))
        self.selected = self.recording.root
        count, rate = len(self.opened.parameters), number(self.learning_rate)
        self.note = (
            f"update {len(self.losses) - 1}: {count} parameters, each -= {rate} * grad; "
            f"loss {number(before)} to {number(after)}"
        )

    def set_learning_rate(self, text: str) -> None:
        """Read a learning rate: any finite number (a negative one climbs)."""
        try:
            rate = float(text)
        except ValueError:
            rate = float("nan")
        if rate - rate != 0:
            self.note = f"a learning rate is a finite number, not {plain(text)!r}"
            return
        self.learning_rate = rate
        self.note = f"learning rate {number(rate)}"
