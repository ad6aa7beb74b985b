"""The bundled graphs: each a few lines of the plain code a person would write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...value import Value
from . import networks, small

Rows = Sequence[tuple[Sequence[float], float]]


@dataclass(frozen=True)
class Example:
    """A graph by name. `build` gets `rows` data points and returns the root and the parameters."""

    name: str
    summary: str
    nodes: int
    build: Callable[[Rows], tuple[Value, list[Value]]]
    rows: int = 0

    @property
    def slow(self) -> bool:
        """Whether building it takes long enough to show progress."""
        return self.nodes > 10_000


EXAMPLES = {
    example.name: example
    for example in (
        Example("neuron", "one neuron with a squared error", 12, small.neuron),
        Example("accumulate", "a*a + a: one leaf, three contributions", 3, small.accumulate),
        Example("diamond", "a shared node on two paths of different length", 8, small.diamond),
        Example("readme", "the expression of micrograd's README", 33, small.readme),
        Example("chain", "two thousand nodes in a row", 2000, small.chain),
        Example("lecture", "MLP(3, [4, 4, 1]) on the lecture's four samples", 398, networks.lecture),
        Example("moons", "one moons sample through MLP(2, [16, 16, 1])", 1662, networks.moon, 1),
        Example("demo", "the loss of micrograd's demo: 100 moons", 65_818, networks.demo, 100),
    )
}
