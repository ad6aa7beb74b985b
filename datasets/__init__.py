"""Small data sets to learn from: points and what they should become. Imports nothing of ours."""

from .moons import moons

DATASETS = {"moons": moons}

__all__ = ["DATASETS", "moons"]
