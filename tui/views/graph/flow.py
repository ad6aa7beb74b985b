"""Which way the numbers flow along the edges of a drawn graph: data forward, contributions backward."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ....engine.recording.log import Phase
from ....engine.recording.playback import Playback
from .boxes import Use


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows along an edge: whether it is the last step's, and the contribution it has carried."""

    backward: bool
    current: bool
    amount: float | None


@dataclass
class Flows:
    """Looks up what has flowed; the backward passes are indexed once each."""

    uses: Sequence[Use | None]
    _visits: dict[tuple[int, Phase], dict[int, int]] = field(default_factory=dict)

    def of(self, playback: Playback, edge: int) -> Flow | None:
        """What flows along an edge whose use is known; None where nothing has, or not in this phase."""
        use, phase = self.uses[edge], playback.phase
        if use is None or phase.name == "forward":
            return self._forward(playback, use)
        if phase.name != "backward":
            return None
        visit = self._index(playback, phase).get(use[0])
        if visit is None or visit >= playback.position:
            return None
        writes = playback.recording.step_at(visit).writes
        amount = next((write.amount for write in writes if write.slot == use[1]), None)
        return Flow(True, visit == playback.position - 1, amount)

    def _forward(self, playback: Playback, use: Use | None) -> Flow | None:
        step = playback.position - 1
        here = step >= 0 and use is not None and playback.recording.step_node[step] == use[0]
        return Flow(False, True, None) if here else None

    def _index(self, playback: Playback, phase: Phase) -> dict[int, int]:
        """When each of the drawn users was visited in a backward phase."""
        recording = playback.recording
        key = (id(recording), phase)
        if key not in self._visits:
            wanted = {use[0] for use in self.uses if use}
            steps = enumerate(recording.step_node[phase.start : phase.end], phase.start)
            self._visits[key] = {node: step for step, node in steps if node in wanted}
        return self._visits[key]
