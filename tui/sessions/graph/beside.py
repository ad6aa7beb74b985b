"""A right pass beside a wrong one: two recordings on one timeline, and where they part."""

from ....engine.recording.alignment import aligned, first_difference, first_missing
from ....engine.recording.log import Recording
from ....engine.recording.playback import Playback
from .cursor import GraphCursor


class Beside:
    """The right recording, played as far as the one that is stepped through."""

    def __init__(self, cursor: GraphCursor, right: Recording, parts_at: int | None = None) -> None:
        self._cursor = cursor
        self._playback = Playback(right)
        self.parts_at = first_difference(cursor.recording, right) if parts_at is None else parts_at
        """The position after the first step that differs; -1 where none does."""

    @property
    def playback(self) -> Playback:
        """The right one's playback, at the position of the other."""
        one, right = self._cursor.playback, self._playback.recording
        ends = one.position == self.parts_at == len(one.recording)
        missing = first_missing(one.recording, right) if ends else -1
        self._playback.jump(missing if missing >= 0 else aligned(one.recording, one.position, right))
        return self._playback

    @property
    def where(self) -> str:
        """How this position stands to the one where they part, in words."""
        position = self._cursor.playback.position
        if self.parts_at < 0:
            return "the same"
        if position < self.parts_at:
            return "the same so far"
        if position == self.parts_at:
            return "here they part"
        phase = self._cursor.recording.phase_of(self.parts_at - 1)
        return f"they parted at {phase.name} {self.parts_at - phase.start}"
