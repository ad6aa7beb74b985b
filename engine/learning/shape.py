"""The shape of a network's parameters: where layers and neurons lie in the one flat list of all of them.

The order is that of `MLP.parameters()`: layer by layer, in it neuron by neuron, of each the weights and
then the bias. The list is what training, checkpoints and compiled programs keep, so whoever wants a layer
of it, or of its gradients, asks here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class LayerSpan:
    """A layer or a matrix in the flat list: `neurons` of `each` parameters, `first` to before `last`."""

    neurons: int
    each: int
    first: int
    name: str = ""
    """What it is called: its scope in the graph, or its matrix."""
    unit: str = "neuron"
    """What its parts are called: the neurons of a layer, the rows of a matrix."""

    @property
    def last(self) -> int:
        """The index after the last of its parameters."""
        return self.first + self.neurons * self.each

    def of(self, numbers: Sequence[float]) -> Sequence[float]:
        """Return the layer's part of a flat list: of parameters, or of gradients."""
        return numbers[self.first : self.last]

    def neurons_of(self, numbers: Sequence[float]) -> Iterator[Sequence[float]]:
        """Yield the part of every neuron in turn: its weights, then its bias."""
        for first in range(self.first, self.last, self.each):
            yield numbers[first : first + self.each]


def spans(sizes: Sequence[int]) -> tuple[LayerSpan, ...]:
    """Return where the layers of a network of these sizes lie, its inputs being the first of them."""
    found: list[LayerSpan] = []
    first = 0
    for i, (inputs, neurons) in enumerate(pairwise(sizes)):
        found.append(LayerSpan(neurons, inputs + 1, first, f"layer[{i}]"))
        first = found[-1].last
    return tuple(found)
