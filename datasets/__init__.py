"""Small data sets to learn from: points and what they become, or texts. Imports nothing of ours."""

from . import toys
from .bundled import bundled
from .dataset import BadData, Dataset, Row, Source
from .documents import Documents, Text, names
from .moons import moons

DATASETS = {
    source.name: source
    for source in (
        Source("moons", "two interleaving half circles, as in micrograd's demo", toys.moons, 100, 0.1),
        Source("circles", "a circle around another", toys.circles, 100, 0.05),
        Source("blobs", "three round clouds", toys.blobs, 150, 0.6),
        Source("spirals", "two spiral arms, the hard one", toys.spirals, 200, 0.05),
        Source("xor", "do the signs of x1 and x2 differ?", toys.xor, 100, 0.05),
        Source("linear", "regression: a straight line", toys.linear, 50, 0.1),
        Source("sine", "regression: one wave", toys.sine, 100, 0.1),
        Source("penguins", "three species by four measurements", bundled("penguins"), 342),
        Source("iris", "three species by four measurements", bundled("iris"), 150),
        Source("digits", "handwritten digits, 8x8", bundled("digits"), 1797),
    )
}

TEXTS = {
    text.name: text
    for text in (Text("names", "first names, to learn to make up more of them", 5163, names),)
}

__all__ = ["DATASETS", "TEXTS", "BadData", "Dataset", "Documents", "Row", "Source", "Text", "moons"]
