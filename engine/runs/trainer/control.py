"""The controls of a trainer: paused or not, how fast, how many steps more, why to stop.

Orders set them and the training loop reads them, so neither has to know the other.
"""

from dataclasses import dataclass, field

from .throttle import Throttle


@dataclass
class Control:
    """What watchers have asked for, for the training loop to read between its steps."""

    throttle: Throttle = field(default_factory=Throttle)
    paused: bool = False
    allowed: int = 0
    """Training steps to do although paused."""
    stopping: str = ""
    """Why to stop, if so."""
    lr: float | None = None
    """A learning rate that is ordered and not taken up yet."""
    checkpoint: bool = False
    """Whether a checkpoint is ordered and not made yet."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do but to wait for orders."""
        return self.paused and not self.allowed

    def go_on(self, step: int) -> None:
        """Train again from this step on, as fast as the throttle lets it."""
        self.paused, self.allowed = False, 0
        self.throttle.begin(step)
