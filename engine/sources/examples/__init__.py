"""The bundled graphs: each a few lines of the plain code a person would write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...value import Value
from . import networks, small

Rows = Sequence[tuple[Sequence[float], float]]


@dataclass(frozen=True)
class Example:
    """A graph by name. `build` gets `rows` data points and returns the root and the parameters.

    The summary says what to look at.
    """

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
        Example("neuron", "a neuron, squared error: watch w1.grad become 7", 12, small.neuron),
        Example("accumulate", "a*a + a: watch three contributions add up in a.grad", 3, small.accumulate),
        Example("diamond", "d feeds e, h and out: watch it wait for all three", 8, small.diamond),
        Example("forgotten", "no zero_grad: watch w.grad start at 16, end wrong", 6, small.forgotten),
        Example("branch", "an if in a loop: see which branches are in the tree", 4, small.branch),
        Example("dead", "a dead relu: watch 0 reach its weights, u move none", 13, small.dead),
        Example("readme", "micrograd's README: watch a.grad come to 138.8", 33, small.readme),
        Example("chain", "2,000 sines in a row: watch the gradient fade", 2000, small.chain),
        Example("lecture", "MLP(3, [4, 4, 1]), 4 samples: watch u lower the loss", 398, networks.lecture),
        Example("moons", "MLP(2, [16, 16, 1]): find relus that pass 0 back", 1662, networks.moon, 1),
        Example("gpt", "a GPT reads emma, untrained: see a head's scores", 40_954, networks.gpt),
        Example("demo", "micrograd's demo, 100 moons: m shows its matrices", 65_818, networks.demo, 100),
    )
}
