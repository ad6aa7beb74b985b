"""What a line was found to hold."""

from dataclasses import dataclass, field

Numbers = dict[str, float]


@dataclass
class Found:
    """The numbers of a line by name, and where in the training it says that they are from."""

    numbers: Numbers = field(default_factory=dict)
    epoch: int | None = None
    batch: int | None = None
    """How far the epoch is, or whatever a progress bar counts."""
    batches: int | None = None
    """How far that goes."""
