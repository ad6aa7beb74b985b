"""Two interleaving half circles, the data set of micrograd's demo."""

import math
import random

Row = tuple[tuple[float, float], float]


def moons(n: int = 100, noise: float = 0.1, seed: int = 1337) -> list[Row]:
    """Return n rows ((x, y), label), label -1 or 1, half of them each (one more -1 if n is odd).

    The shape of sklearn.datasets.make_moons: the upper half circle of radius 1 about (0, 0), the
    lower one about (1, 0.5), with gaussian noise of standard deviation `noise`; rows are shuffled.
    """
    rng = random.Random(seed)
    upper = [_point(i, (n + 1) // 2) for i in range((n + 1) // 2)]
    lower = [_point(i, n // 2) for i in range(n // 2)]
    rows = [(point, -1.0) for point in upper] + [((1 - x, 0.5 - y), 1.0) for x, y in lower]
    noisy = [((x + rng.gauss(0, noise), y + rng.gauss(0, noise)), label) for (x, y), label in rows]
    rng.shuffle(noisy)
    return noisy


def _point(i: int, n: int) -> tuple[float, float]:
    angle = math.pi * i / max(1, n - 1)
    return math.cos(angle), math.sin(angle)
