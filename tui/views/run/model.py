"""What of a run's configuration the panes draw by: its layers, and the plane of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....engine.learning.config import Config
from ....engine.learning.predict_batch import Box
from ....engine.learning.settings import Settings
from ....engine.learning.state import Row
from ...charts.histogram import Layer


@dataclass(frozen=True)
class Unscaled:
    """Turns a number that was standardised back into the unit of the data."""

    mean: float
    scale: float

    def __call__(self, x: float) -> float:
        return self.mean + self.scale * x


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane of two inputs: the rows as points of a class, and what the network is measured by.

    A regression's rows count as two classes: above and below `middle`, certain at `reach` from it.
    """

    box: Box
    points: tuple[tuple[tuple[float, float], int], ...]
    names: tuple[str, ...]
    middle: float = 0.0
    reach: float = 1.0

    @classmethod
    def of(cls, config: Config, rows: Sequence[Row]) -> Plane:
        """Return the plane of a run."""
        box = Box.around([x for x, _ in rows])
        if config.classes:
            points = tuple(((x[0], x[1]), int(y)) for x, y in rows)
            return cls(box, points, config.classes)
        low, high = min(y for _, y in rows), max(y for _, y in rows)
        middle, reach = (low + high) / 2, (high - low) / 2 or 1.0
        points = tuple(((x[0], x[1]), int(y > middle)) for x, y in rows)
        names = (f"below {middle:.3g}", f"above {middle:.3g}")
        return cls(box, points, names, middle, reach)

    def cell(self, point: tuple[float, float], width: int, height: int) -> tuple[int, int]:
        """Which of `width` x `height` cells a point lies in."""
        box, (x, y) = self.box, point
        across = (x - box.left) / (box.right - box.left)
        down = (box.top - y) / (box.top - box.bottom)
        return min(int(across * width), width - 1), min(int(down * height), height - 1)


def layers(
    config: Settings,
    parameters: Sequence[float],
    gradients: Sequence[float],
    ratios: Sequence[float] = (),
) -> list[Layer]:
    """Cut the flat lists of parameters and gradients into layers; each has an update-to-weight ratio."""
    return [
        Layer(
            span.name,
            span.of(parameters),
            span.of(gradients),
            ratios[i] if i < len(ratios) else None,
        )
        for i, span in enumerate(config.layers)
    ]
