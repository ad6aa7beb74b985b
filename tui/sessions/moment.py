"""A moment of a run as a graph to step through: one training step, its four phases on one timeline."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.backward import backward
from ...engine.learning.record_step import record_training_step
from ...engine.recording.log import Recording
from ...engine.recording.record import Progress
from ...engine.runs.store.schema import BadRun
from ...engine.runs.store.store import Store
from ...engine.runs.trainer.replay import Replay, moment
from ..text.format import number, plain
from ..views.graph.outline import Outline
from ..views.steps.chain_rule import place
from .graph.cursor import GraphCursor
from .graph.descent import Descent
from .graph.editing import Editing
from .stepping import SteppingSession
from .target import Opened


@dataclass
class MomentGraph(Opened):
    """An opened training step. `stored` is the loss the run has of it, nan where it has none yet."""

    step: int = 0
    stored: float = float("nan")
    learning_rate: float = 0.0
    sample: str = ""
    """The scope of the first sample of the mini-batch that moves anything, else of the first."""


def open_moment(
    store: Store, step: int, replay: Replay | None = None, progress: Progress = lambda fraction: None
) -> MomentGraph:
    """Replay the run up to a training step and record that step; raise BadRun where that cannot be."""
    if store.training_config.breaks.overwrite:
        raise BadRun(f"{store.name} assigns its gradients: `trace --break overwrite` shows such a pass")
    at = moment(store, step, replay)
    training = at.training
    if refusal := training.refusal(step):
        raise BadRun(refusal)
    before = _gradients_before(store, step, replay)
    for parameter, grad in zip(training.parameters, before, strict=False):
        parameter.grad = grad
    loss = training.loss_of(step)
    progress(0.2)
    training.optimizer.lr = training.lr_at(step)
    recording = record_training_step(
        loss,
        training.parameters,
        training.optimizer,
        lambda f: progress(0.2 + 0.8 * f),
        training.config.breaks.zeroes(step),
    )
    text = training.batch_text(step)
    title = f"{plain(store.name)}, training step {step:,}{': ' if text else ''}{plain(text)}"
    first = _first_that_counts(recording, training.scopes_of(step))
    rate = training.optimizer.lr
    return MomentGraph(title, recording, loss, training.parameters, step, at.loss, rate, first)


class PlayedUpdate(Descent):
    """The update of a training step: played as it was recorded, instead of making one up."""

    def __init__(self, cursor: GraphCursor, opened: MomentGraph, editing: Editing) -> None:
        super().__init__(cursor, opened, editing)
        self.learning_rate = opened.learning_rate

    @property
    def possible(self) -> bool:
        """Whether the training step was recorded with its update."""
        return self._cursor.recording.phases[-1].name == "update"

    def update(self) -> str:
        """Go into the update, or finish it and say which parameters moved, and how far."""
        if not self.possible:
            return "this training step has no update"
        playback, phase = self._cursor.playback, self._cursor.recording.phases[-1]
        if playback.position <= phase.start:
            return self._missing() or self._ahead()
        playback.jump(phase.end)
        return self._all_moved()

    def _all_moved(self) -> str:
        recording = self._cursor.recording
        moves = sorted(moves_of(recording), key=lambda move: -abs(move[1]))
        moved = [move for move in moves if move[1]]
        if moves:
            self._cursor.select(moves[0][0])
        most = ", ".join(f"{place(recording, node)} {number(by, signed=True)}" for node, by in moved[:3])
        return f"{len(moved)} of {len(moves)} parameters moved{', most ' if most else ''}{most}"


class MomentSession(SteppingSession):
    """Steps through what a training step did."""

    of_run = True

    def __init__(self, opened: MomentGraph, place: str = "") -> None:
        super().__init__(opened)
        self._place = place
        self.moment = opened
        self.descent = PlayedUpdate(self, opened, self.editing)
        self.editing.on_edit = self.descent.remember_loss
        self._applied: frozenset[tuple[int, str]] = frozenset()
        self.broken = _first_broken(opened.recording)
        """The write that was the first not to be finite, if any."""
        self.note = self._opening_note()

    def _opening_note(self) -> str:
        loss, stored = self.descent.losses[0], self.moment.stored
        beside = "" if math.isnan(stored) else f", stored {stored!r}"
        if loss == stored or math.isclose(loss, stored, rel_tol=1e-12, abs_tol=1e-12):
            beside = ", as stored"
        beside = f"loss {number(loss)}{beside}"
        if self.broken is None:
            return f"{beside}; n steps backward, over what is folded; s goes into it"
        return f"{beside}; the first nan or inf is written here; p goes on"

    def show(self, outline: Outline) -> str:
        """Open the tree on the first sample, or where a number broke; return the sample's scope."""
        scope, scopes = self.moment.sample, self.recording.scopes
        first = max((i for i, own in enumerate(scopes) if own == scope), default=self.recording.root)
        outline.reveal(first)
        if self._place and self.broken is None:
            self._light(outline, scope)
        if self.broken is not None:
            self.playback.jump(self.recording.step_of_write(self.broken) + 1)
            self.select(self.recording.write_at(self.broken).target)
            outline.reveal(self.selected)
        return scope

    def _light(self, outline: Outline, sample: str) -> None:
        """Select what a place of the network gave for the first sample, and open the tree there."""
        place, own = self._place, self._inside(f"{sample}/{self._place}")
        while not own and place:  # a matrix is no scope of the graph; the head or layer it is of is one
            place = place.rpartition("/")[0]
            own = self._inside(f"{sample}/{place}") if place else []
        if own:
            self.select(own[-1])
            outline.reveal(own[-1])
            given = number(self.playback.value(own[-1], "data"))
            self.note = f"{plain(place)} gives {given} for {plain(sample)}; {self.note}"

    def _inside(self, scope: str) -> list[int]:
        """The nodes in a scope, and in those inside it."""
        scopes = self.recording.scopes
        return [i for i, own in enumerate(scopes) if own == scope or own.startswith(f"{scope}/")]

    @property
    def changed(self) -> frozenset[tuple[int, str]]:
        """The cells the last step wrote; at the end of the update, all that the update moved."""
        if self.playback.position != len(self.recording):
            return super().changed
        if not self._applied:
            moved = (node for node, by in moves_of(self.recording) if by)
            self._applied = frozenset((node, "data") for node in moved)
        return self._applied


def moves_of(recording: Recording) -> list[tuple[int, float]]:
    """Return every parameter the last update wrote and by how much it moved."""
    phase = recording.phases[-1]
    if phase.name != "update":
        return []
    writes = (w for step in range(phase.start, phase.end) for w in recording.step_at(step).writes)
    return [(write.target, write.after - (write.before or 0.0)) for write in writes]


def _gradients_before(store: Store, step: int, replay: Replay | None) -> Sequence[float]:
    """What zero_grad finds: the gradients of the training step before."""
    if step <= 0:
        return ()
    training = moment(store, step - 1, replay).training
    backward(training.loss_of(step - 1))
    return [p.grad for p in training.parameters]


def _first_that_counts(recording: Recording, samples: list[str]) -> str:
    """The first sample whose loss is not 0: the gradients that pass through the others are 0."""
    losses = {scope: node for node, scope in enumerate(recording.scopes) if scope in samples}
    end = len(recording)
    return next((scope for scope in samples if recording.value(losses[scope], "data", end)), samples[0])


def _first_broken(recording: Recording) -> int | None:
    """Return the first write of a number that is not finite."""
    return next((i for i, x in enumerate(recording.write_after) if not math.isfinite(x)), None)
