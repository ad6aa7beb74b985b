"""Gradient descent by hand on an opened graph: the learning rate, the updates, the losses."""

import math

from ....engine.graph import toposort
from ....engine.learning.optim import SGD
from ....engine.learning.record_step import append_training_step
from ....engine.value import Value
from ...text.format import number, plain
from ..target import Opened
from .cursor import GraphCursor
from .editing import Editing

MOST_WRITES = 40_000_000
"""A timeline is not made longer than this: 22 bytes a write, so about a gigabyte."""


class Descent:
    """Updates the parameters of a graph that is alive. Each method returns a sentence about it."""

    def __init__(self, cursor: GraphCursor, opened: Opened, editing: Editing) -> None:
        self._cursor = cursor
        self._editing = editing
        self._opened = opened
        self._order: list[Value] = []
        self.learning_rate = 0.05
        self._losses = [(0, self._loss())]

    def _loss(self) -> float:
        recording = self._cursor.recording
        loss = recording.value(recording.root, "data", len(recording))
        return math.nan if loss is None else loss

    @property
    def losses(self) -> list[float]:
        """The losses of all the training steps up to the position: walking back takes them away."""
        position = self._cursor.playback.position
        return [loss for known_from, loss in self._losses if known_from <= position]

    def remember_loss(self) -> None:
        """Note the loss that an edit at the end of the timeline came to."""
        self._losses.append((len(self._cursor.recording), self._loss()))

    @property
    def possible(self) -> bool:
        """Whether the graph is alive and has parameters to change."""
        return bool(self._opened.root and self._opened.parameters)

    def update(self) -> str:
        """Append update, forward, zero_grad and backward to the timeline, and take the first step."""
        none = "" if self.possible else "this graph has no parameters to update"
        if none and all(phase.name != "update" for phase in self._cursor.recording.phases):
            return none
        return self._missing() or self._ahead() or none or self._append()

    @property
    def hint(self) -> str:
        """How to come to the first update, before there has been one."""
        playback = self._cursor.playback
        begun = playback.phase.name == "update" and playback.position > playback.phase.start
        if not self.possible or begun or len(self._losses) > 1:
            return ""
        return "  f, then u takes an update" if self._missing() else "  u takes an update"

    def _missing(self) -> str:
        """What must come before an update can, at a position before the end of a backward pass."""
        playback = self._cursor.playback
        left, phase = playback.phase.end - playback.position, playback.phase
        if phase.name == "backward" and left:
            pass_ = "the backward pass" if playback.at_mark else f"{left} steps of the backward pass"
            return f"no update yet: {pass_} must come first; f runs it, then u"
        if phase.name in ("forward", "zero_grad", "recalculate"):
            return f"no update yet: {phase.name} and backward must come first; p goes on to the next mark"
        return ""

    def _ahead(self) -> str:
        """Go into an update that is on the timeline already, or say that this is one."""
        playback = self._cursor.playback
        phase = playback.phase
        if phase.name != "update" or playback.position == phase.end:
            return ""
        if playback.position > phase.start:
            return "this is the update: n takes its next step, f the rest of it"
        self._first_step()
        count = phase.end - phase.start
        return f"the update of {count} parameter{'s'[: count != 1]}: n takes the next, f all of them"

    def _first_step(self) -> None:
        self._cursor.playback.next()
        if self._cursor.current is not None:
            self._cursor.select(self._cursor.current)

    def _append(self) -> str:
        recording, root = self._cursor.recording, self._opened.root
        assert root is not None
        if len(recording.write_cell) > MOST_WRITES:
            return "the timeline is full: no more updates fit; x exports it"
        self._order = self._order or toposort(root)
        self._editing.synchronise(self._order)
        optimizer = SGD(self._opened.parameters)
        optimizer.lr = self.learning_rate
        append_training_step(recording, self._order, self._opened.parameters, optimizer)
        self._losses.append((recording.phases[-1].start, self._loss()))
        self._first_step()
        return "4 phases appended: update, forward, zero_grad, backward; n steps, p next phase"

    @property
    def can_toggle(self) -> bool:
        """Whether the selected node is a leaf of a graph that is alive."""
        return bool(self._opened.root) and self._cursor.recording.ops[self._cursor.selected] is None

    def toggle_parameter(self) -> str:
        """Let an update move the selected leaf, or let it be an input that stays as it is."""
        called = plain(self._cursor.recording.name(self._cursor.selected))
        if self._cursor.recording.ops[self._cursor.selected] is not None:
            return f"{called} is computed: only a leaf can be a parameter"
        if self._opened.root is None:
            return "a recording from a file is not alive: u cannot move anything in it"
        self._order = self._order or toposort(self._opened.root)
        leaf = self._order[self._cursor.selected]
        if leaf in self._opened.parameters:
            self._opened.parameters.remove(leaf)
            return f"{called} is an input now: u leaves it as it is"
        self._opened.parameters.append(leaf)
        return f"{called} is a parameter now: u moves it"

    def set_learning_rate(self, text: str) -> str:
        """Read a learning rate: any finite number (a negative one climbs)."""
        rate = learning_rate(text)
        if isinstance(rate, str):
            return rate
        self.learning_rate = rate
        return f"learning rate {number(rate)}, from the next update on"


def learning_rate(text: str) -> float | str:
    """Read a learning rate; return a sentence where the text is no finite number."""
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    return rate if math.isfinite(rate) else f"a learning rate is a finite number, not {plain(text)!r}"
