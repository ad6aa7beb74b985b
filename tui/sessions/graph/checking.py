"""Checking every gradient of the open graph: each cell moved both ways, the worst first."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ....engine.experiments.nudge import Slope, central
from .nudging import Nudging

CLOSE = 1e-5
"""Up to this error a gradient is right."""
KEPT = 1_000
"""So many of the worst are kept."""
BETWEEN = 50
"""Cells between two looks at whether anybody still wants them."""


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

    def skip(self) -> None:
        """Count a cell that cannot be nudged."""
        self.done += 1
        self.skipped += 1

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
    for node in range(checked.total):
        if node % BETWEEN == 0:
            between()
        if node in fixed:
            checked.skip()
        else:
            checked.add(central(sheet, node, grads[node]))
    return checked.finish()
