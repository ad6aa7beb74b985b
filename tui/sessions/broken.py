"""A session on a backward pass that was broken on purpose, with the right one beside it."""

from ...engine.experiments.broken import Broken
from ...engine.recording.conditions import Condition
from ..text.format import plain
from ..views.experiment import verdict
from ..views.steps.wrong import right_gradient
from .stepping import SteppingSession
from .target import Opened


class BrokenSession(SteppingSession):
    """Steps both passes; `origin` is the session on the right one, to which Esc leads back."""

    of_break = True

    def __init__(self, origin: SteppingSession, broken: Broken) -> None:
        said, parts_at = origin.breaking.said, broken.parts_at
        title = f"{origin.opened.title}, broken: {said}"
        super().__init__(Opened(title, broken.recording, right=broken.right, parts_at=parts_at))
        self.origin = origin
        self.breaking = self.commands.breaking = origin.breaking
        self.editing.refusal = "this pass is broken on purpose: Esc goes back to the right one first"
        self.note = f"{said}: the gradients come out right here all the same"
        if parts_at >= 0:
            self.breakpoints.stops.append(
                Condition("where the passes part", lambda log, step: step == parts_at - 1)
            )
            phase = broken.recording.phase_of(parts_at - 1)
            place = f"{phase.name} {parts_at - phase.start} of {phase.end - phase.start}"
            self.note = f"{said}: they part at {place}; n steps both, c goes there"
        self.moving.done = self.wrong

    def wrong(self) -> str:
        """How many of the gradients are wrong in the end."""
        log = self.recording
        wrong = [right_gradient(log, node, len(log)) is not None for node in range(log.node_count)]
        return f"the broken pass is done: {verdict(sum(wrong), log.node_count)}"

    @property
    def called(self) -> str:
        """What is broken, for a title."""
        return plain(self.breaking.said)
