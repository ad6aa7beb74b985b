"""Where layers and neurons lie in the flat list of parameters: where the network itself has them."""

import random

import pytest

from micrograd_tui.engine.learning.nn import MLP
from micrograd_tui.engine.learning.shape import spans


@pytest.mark.parametrize("sizes", [(2, 3, 2, 1), (1, 1), (3, 1, 4)])
def test_parameters_are_split_by_layer_and_neuron_in_the_order_of_the_network(
    sizes: tuple[int, ...],
) -> None:
    model = MLP(sizes[0], sizes[1:], rng=random.Random(4))
    numbers = [p.data for p in model.parameters()]

    for span, layer in zip(spans(sizes), model.layers, strict=True):
        assert span.of(numbers) == [p.data for p in layer.parameters()]
        assert list(span.neurons_of(numbers)) == [
            [p.data for p in neuron.parameters()] for neuron in layer.neurons
        ]
    assert spans(sizes)[-1].last == len(numbers)


def test_a_list_that_is_not_there_yet_has_empty_parts() -> None:
    assert [span.of(()) for span in spans((2, 3, 1))] == [(), ()]
