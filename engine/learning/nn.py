"""Small neural networks, written with Values. The engine above knows nothing of them.

The classes and their arguments are micrograd's; scopes (`layer[0]/neuron[3]`) are set by themselves.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..graph import zero_grad
from ..origin import scope
from ..value import Value


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """Return the values that training changes."""
        return []

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0."""
        zero_grad(self.parameters())


ACTIVATIONS: dict[str, Callable[[Value], Value]] = {
    "relu": lambda z: z.relu(),
    "tanh": lambda z: z.tanh(),
    "sigmoid": lambda z: z.sigmoid(),
    "linear": lambda z: z,
}


class Neuron(Module):
    """A weighted sum of its inputs and a bias, through `activation` unless `nonlin` is False."""

    def __init__(
        self, nin: int, nonlin: bool = True, activation: str = "relu", rng: Any = random
    ) -> None:
        self.activation = _known(activation) if nonlin else "linear"
        self.nonlin = self.activation != "linear"
        self.w = [Value(rng.uniform(-1, 1), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")

    def __call__(self, x: Iterable[Any]) -> Value:
        act: Value = sum((wi * xi for wi, xi in zip(self.w, x, strict=False)), self.b)
        return ACTIVATIONS[self.activation](act)

    def parameters(self) -> list[Value]:
        """Return the weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        name = "ReLU" if self.activation == "relu" else self.activation.capitalize()
        return f"{name}Neuron({len(self.w)})"


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
    """A multi-layer perceptron: layers of `activation` and a linear last one, `MLP(2, [16, 16, 1])`."""

    def __init__(
        self, nin: int, nouts: Sequence[int], activation: str = "relu", rng: Any = random
    ) -> None:
        sizes = [nin, *nouts]
        self.layers = []
        for i in range(len(nouts)):
            with scope(f"layer[{i}]"):
                last = i == len(nouts) - 1
                layer = Layer(*sizes[i : i + 2], nonlin=not last, activation=activation, rng=rng)
                self.layers.append(layer)

    def __call__(self, x: Sequence[Any]) -> Any:
        out: Any = x
        for i, layer in enumerate(self.layers):
            with scope(f"layer[{i}]"):
                out = layer([out] if isinstance(out, Value) else out)
        return out

    def parameters(self) -> list[Value]:
        """Return the parameters of every layer in turn."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"


def _known(activation: str) -> str:
    if activation not in ACTIVATIONS:
        raise ValueError(f"no activation is called {activation!r}; there are {', '.join(ACTIVATIONS)}")
    return activation
