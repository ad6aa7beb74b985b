"""The job every contender does: micrograd's own demo, of any batch and width."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Protocol

LR = 0.05
L2 = 1e-4


class Compared(Protocol):
    """What contenders do: a training step, again and again."""

    @property
    def first(self) -> int:
        """After so many steps their losses are compared."""

    @property
    def cycle(self) -> int:
        """After so many steps the rows come again: a round is a multiple of it."""

    @property
    def compared(self) -> tuple[str, ...]:
        """The contenders that the table has a ratio to."""

    @property
    def title(self) -> str:
        """What is done, in a line."""


@dataclass(frozen=True)
class Job:
    """MLP(2, [width, width, 1]) with relu, max-margin loss + L2, full batch, SGD."""

    first: ClassVar[int] = 3
    cycle: ClassVar[int] = 1
    compared: ClassVar[tuple[str, ...]] = (
        *("micrograd, as shipped", "PyTorch eager, 1 thread"),
        "C by hand",
    )
    batch: int = 100
    width: int = 16

    @property
    def title(self) -> str:
        """What is done, in a line."""
        return (
            f"MLP(2, [{self.width}, {self.width}, 1]), relu, max-margin loss + L2, "
            f"{self.batch:,} moons a step, SGD"
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers a layer gives, the inputs first."""
        return (2, self.width, self.width, 1)

    def rows(self) -> list[tuple[float, float, float]]:
        """Return two moons with noise: x, y and the label -1 or 1."""
        rng = random.Random(1)
        made = []
        for i in range(self.batch):
            angle, upper = rng.uniform(0, math.pi), i % 2 == 0
            x = math.cos(angle) if upper else 1 - math.cos(angle)
            y = math.sin(angle) if upper else 0.5 - math.sin(angle)
            label = 1.0 if upper else -1.0
            made.append((x + rng.gauss(0, 0.1), y + rng.gauss(0, 0.1), label))
        return made

    def layers(self) -> list[list[tuple[list[float], float]]]:
        """Return the first weights: by layer and neuron, its weights and its bias."""
        rng = random.Random(2)
        return [
            [([rng.uniform(-1, 1) for _ in range(nin)], 0.0) for _ in range(nout)]
            for nin, nout in pairwise(self.sizes)
        ]
