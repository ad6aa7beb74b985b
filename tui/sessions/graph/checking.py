"""Checking every gradient of the open graph: each cell moved both ways, the worst first."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ....engine.experiments.nudge import Slope, central
from ....engine.forward import forward_of
from .nudging import Nudging

CLOSE = 1e-5
"""Up to this error a gradient is right."""
KEPT = 1_000
"""So many of the worst are kept."""


@dataclass
class Checked:
    """A check as far as it has come."""

    total: int
    done: int = 0
    right: int = 0
    skipped: int = 0
    """Cells that cannot be nudged: an op without a formula follows from them."""
    worst: list[Slope] = field(default_factory=list)

    def add(self, slope: Slope) -> None:
        """Count one cell, and keep it where it is among the worst."""
        self.done += 1
        self.right += slope.error <= CLOSE
        self.worst.append(slope)
        if len(self.worst) >= 2 * KEPT:
            self._sort()

    def skip(self, count: int) -> None:
        """Count cells that cannot be nudged."""
        self.done += count
        self.skipped += count

    def _sort(self) -> None:
        self.worst = sorted(self.worst, key=lambda slope: -slope.error)[:KEPT]

    def finish(self) -> "Checked":
        """Put the worst first."""
        self._sort()
        return self


def check_all(nudging: Nudging, checked: Checked, between: Callable[[], object]) -> Checked:
    """Check every cell; `between` is called now and then, and may raise to end it."""
    sheet = nudging.sheet
    grads = nudging.gradients(sheet)
    fixed = sheet.before_fixed()
    checked.skip(len(fixed))
    cells = [node for node in range(checked.total) if node not in fixed]
    for slope in central(sheet, grads, cells, forward_of(sheet), between):
        checked.add(slope)
    return checked.finish()
