"""What of a run's configuration the panes draw by: its layers, and the plane of its inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...engine.learning.config import Config
from ...engine.learning.predict_batch import Box, Row
from ..charts.histogram import Layer


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


@dataclass(frozen=True)
class Span:
    """A layer in the flat list of all parameters: so many neurons of so many each, from first to last."""

    neurons: int
    each: int
    first: int
    last: int


def spans(config: Config) -> list[Span]:
    """Where the layers of a network stand."""
    found, at, inputs = [], 0, len(config.inputs)
    for size in (*config.hidden, config.outputs):
        end = at + size * (inputs + 1)
        found.append(Span(size, inputs + 1, at, end))
        at, inputs = end, size
    return found


def layers(config: Config, parameters: Sequence[float], gradients: Sequence[float]) -> list[Layer]:
    """Cut the flat lists of parameters and gradients into layers."""
    return [
        Layer(f"layer[{i}]", parameters[span.first : span.last], gradients[span.first : span.last])
        for i, span in enumerate(spans(config))
    ]
