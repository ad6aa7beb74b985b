"""Small neural networks, written with Values. The engine above knows nothing of them.

The classes and their arguments are micrograd's; scopes (`layer[0]/neuron[3]`) are set by themselves.
"""

import random
from collections.abc import Iterable, Sequence
from typing import Any

from .graph import zero_grad
from .origin import scope
from .value import Value


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """Return the values that training changes."""
        return []

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0."""
        zero_grad(self.parameters())


class Neuron(Module):
    """A weighted sum of its inputs and a bias, through relu unless `nonlin` is False."""

    def __init__(self, nin: int, nonlin: bool = True, rng: Any = random) -> None:
        self.w = [Value(rng.uniform(-1, 1), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")
        self.nonlin = nonlin

    def __call__(self, x: Iterable[Any]) -> Value:
        act = sum((wi * xi for wi, xi in zip(self.w, x, strict=False)), self.b)
        return act.relu() if self.nonlin else act

    def parameters(self) -> list[Value]:
        """Return the weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons that read the same inputs; a single one returns its value, not a list."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = []
        for i in range(nout):
            with scope(f"neuron[{i}]"):
                self.neurons.append(Neuron(nin, **kwargs))

    def __call__(self, x: Sequence[Any]) -> Any:
        out = []
        for i, neuron in enumerate(self.neurons):
            with scope(f"neuron[{i}]"):
                out.append(neuron(x))
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Return the parameters of every neuron in turn."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A multi-layer perceptron: relu layers and a linear last one, `MLP(2, [16, 16, 1])`."""

    def __init__(self, nin: int, nouts: Sequence[int], rng: Any = random) -> None:
        sizes = [nin, *nouts]
        self.layers = []
        for i in range(len(nouts)):
            with scope(f"layer[{i}]"):
                last = i == len(nouts) - 1
                self.layers.append(Layer(sizes[i], sizes[i + 1], nonlin=not last, rng=rng))

    def __call__(self, x: Sequence[Any]) -> Any:
        for i, layer in enumerate(self.layers):
            with scope(f"layer[{i}]"):
                x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        """Return the parameters of every layer in turn."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
