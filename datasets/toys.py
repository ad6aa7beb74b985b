"""Made-up points in the plane and on the line. The same n, noise and seed give the same rows.

`noise` is the standard deviation of what is added to each coordinate, or to y in a regression.
"""

import math
import random
from collections.abc import Iterable

from .dataset import Dataset, Row
from .moons import moons as moon_rows

PLANE = ("x1", "x2")


def moons(n: int, noise: float, seed: int) -> Dataset:
    """Two interleaving half circles, as micrograd's demo has them."""
    rows = [(point, float(label > 0)) for point, label in moon_rows(n, noise, seed)]
    return _classes("moons", "two interleaving half circles", rows, ("upper", "lower"))


def circles(n: int, noise: float, seed: int) -> Dataset:
    """A circle of radius 1 around one of radius 1/2."""
    rng = random.Random(seed)
    outer, inner = (n + 1) // 2, n // 2
    rows = [(_on_circle(1.0, i / outer), 0.0) for i in range(outer)]
    rows += [(_on_circle(0.5, i / inner), 1.0) for i in range(inner)]
    noisy = _shaken(rows, noise, rng)
    return _classes("circles", "a circle around another", noisy, ("outer", "inner"))


def blobs(n: int, noise: float, seed: int) -> Dataset:
    """Three round clouds, whose centres stand on a circle of radius 2."""
    rng = random.Random(seed)
    rows = [(_on_circle(2.0, i % 3 / 3), float(i % 3)) for i in range(n)]
    return _classes("blobs", "three round clouds", _shaken(rows, noise, rng), ("a", "b", "c"))


def spirals(n: int, noise: float, seed: int) -> Dataset:
    """Two arms that wind once and a half around each other."""
    rng = random.Random(seed)
    rows = []
    for i in range(n):
        arm, along = i % 2, (i // 2 + 1) / ((n + 1) // 2)
        rows.append((_on_circle(2 * along, 1.5 * along + arm / 2), float(arm)))
    return _classes("spirals", "two spiral arms", _shaken(rows, noise, rng), ("first", "second"))


def xor(n: int, noise: float, seed: int) -> Dataset:
    """Points of a square: class "differ" where the signs of x1 and x2 do."""
    rng = random.Random(seed)
    rows: list[Row] = []
    for i in range(n):
        right, up = i % 2, i // 2 % 2
        x, y = rng.random() * (2 * right - 1), rng.random() * (2 * up - 1)
        rows.append(((x, y), float(right != up)))
    return _classes(
        "xor", "do the signs of x1 and x2 differ?", _shaken(rows, noise, rng), ("same", "differ")
    )


def linear(n: int, noise: float, seed: int) -> Dataset:
    """Return y = 2x - 1 for x from -1 to 1."""
    rng = random.Random(seed)
    xs = [rng.uniform(-1, 1) for _ in range(n)]
    rows = [((x,), 2 * x - 1 + rng.gauss(0, noise)) for x in xs]
    return Dataset("linear", "a straight line, y = 2x - 1", ("x",), "y", tuple(rows))


def sine(n: int, noise: float, seed: int) -> Dataset:
    """Return y = sin(x) for x from -pi to pi."""
    rng = random.Random(seed)
    xs = [rng.uniform(-math.pi, math.pi) for _ in range(n)]
    rows = [((x,), math.sin(x) + rng.gauss(0, noise)) for x in xs]
    return Dataset("sine", "one wave, y = sin(x)", ("x",), "y", tuple(rows))


def _on_circle(radius: float, turn: float) -> tuple[float, float]:
    return radius * math.cos(2 * math.pi * turn), radius * math.sin(2 * math.pi * turn)


def _shaken(rows: Iterable[Row], noise: float, rng: random.Random) -> list[Row]:
    shaken = [(tuple(v + rng.gauss(0, noise) for v in x), y) for x, y in rows]
    rng.shuffle(shaken)
    return shaken


def _classes(name: str, description: str, rows: Iterable[Row], classes: tuple[str, ...]) -> Dataset:
    return Dataset(name, description, PLANE, "class", tuple(rows), classes)
