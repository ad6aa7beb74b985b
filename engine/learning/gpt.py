"""A GPT of scalars: embedding, rmsnorm, causal attention by heads, MLP blocks; every number is a Value.

The whole model is on this page, after Karpathy's microgpt (2026) and GPT-2 (Radford et al. 2019):
rmsnorm in place of layernorm, no biases, relu. A document is read token by token; keys and values of
those before are kept in lists that grow, so attention looks back and never ahead, and needs no mask.
"""

import random
from collections.abc import Sequence
from functools import reduce
from typing import Any

from ..origin import scope
from ..value import Value
from .largest import largest
from .nn import Module
from .select import select

Vector = list[Value]
Matrix = list[Vector]
EPSILON = 1e-5
"""Added to the mean square in rmsnorm and to the variance in layernorm, as PyTorch's default."""


def matrix(name: str, rows: int, columns: int, spread: float, rng: random.Random) -> Matrix:
    """Return parameters drawn from a normal distribution around 0, labelled `wq[2,5]`."""
    with scope(name):
        return [
            [Value(rng.gauss(0, spread), label=f"{name}[{i},{j}]") for j in range(columns)]
            for i in range(rows)
        ]


def total(terms: Sequence[Any]) -> Any:
    """Return the sum; not `sum()`, which would put a leaf of 0 into every graph."""
    return reduce(lambda a, b: a + b, terms)


def dot(a: Vector, b: Vector) -> Value:
    """Return the sum of products."""
    product: Value = total([x * y for x, y in zip(a, b, strict=True)])
    return product


def linear(x: Vector, w: Matrix) -> Vector:
    """Return w @ x: one dot product a row."""
    return [dot(row, x) for row in w]


def rmsnorm(x: Vector) -> Vector:
    """Return x over the root of its mean square (Zhang and Sennrich 2019)."""
    with scope("rmsnorm"):
        mean_square = dot(x, x) * (1 / len(x))
        scale = (mean_square + EPSILON) ** -0.5
        return [each * scale for each in x]


def layernorm(x: Vector) -> Vector:
    """Return x with mean 0 and variance 1 (Ba et al. 2016), without gain and bias."""
    with scope("layernorm"):
        mean = total(x) * (1 / len(x))
        centred = [each - mean for each in x]
        scale = (dot(centred, centred) * (1 / len(x)) + EPSILON) ** -0.5
        return [each * scale for each in centred]


def softmax(logits: Vector) -> Vector:
    """Return exp(z) over their sum; the largest is taken off first, so that no exp overflows."""
    most = largest(logits)
    exps = [(z - most).exp() for z in logits]
    whole = total(exps)
    return [each / whole for each in exps]


def cross_entropy(logits: Vector, target: Value | int) -> Value:
    """Return -log softmax(logits)[target] as log(sum(exp(z))) - z[target], in nats."""
    most = largest(logits)
    shifted = [z - most for z in logits]
    chosen: Value = select(shifted, target, "target")
    loss: Value = total([z.exp() for z in shifted]).log() - chosen
    return loss


class Attention(Module):
    """Causal self-attention: every head asks each position so far, and mixes what they hold."""

    def __init__(self, embed: int, heads: int, rng: random.Random, spread: float) -> None:
        self.heads, self.size = heads, embed // heads
        self.wq, self.wk, self.wv, self.wo = (
            matrix(name, embed, embed, spread, rng) for name in ("wq", "wk", "wv", "wo")
        )

    def __call__(self, x: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        with scope("query"):
            query = linear(x, self.wq)
        with scope("key"):
            keys.append(linear(x, self.wk))
        with scope("value"):
            values.append(linear(x, self.wv))
        mixed: Vector = []
        for head in range(self.heads):
            with scope(f"head[{head}]"):
                part = slice(head * self.size, (head + 1) * self.size)
                mixed += self._head(query[part], [k[part] for k in keys], [v[part] for v in values])
        with scope("projection"):
            return linear(mixed, self.wo)

    def _head(self, query: Vector, keys: Matrix, values: Matrix) -> Vector:
        with scope("scores"):
            scores = [dot(query, key) * self.size**-0.5 for key in keys]
        with scope("weights"):
            weights = softmax(scores)
        for i, weight in enumerate(weights):
            weight.label = f"weight[{i}]"
        with scope("mix"):
            return [dot(weights, [value[j] for value in values]) for j in range(self.size)]

    def parameters(self) -> list[Value]:
        """Return query, key, value, projection, each row by row."""
        return [p for w in (self.wq, self.wk, self.wv, self.wo) for row in w for p in row]


class Block(Module):
    """A layer: attention, then an MLP four times as wide, each added to what it was given."""

    def __init__(self, embed: int, heads: int, rng: random.Random, spread: float) -> None:
        self.attention = Attention(embed, heads, rng, spread)
        self.fc1 = matrix("fc1", 4 * embed, embed, spread, rng)
        self.fc2 = matrix("fc2", embed, 4 * embed, spread, rng)

    def __call__(self, x: Vector, keys: list[Vector], values: list[Vector]) -> Vector:
        x = _added(x, self.attention(rmsnorm(x), keys, values))
        with scope("mlp"):
            hidden = [z.relu() for z in linear(rmsnorm(x), self.fc1)]
            return _added(x, linear(hidden, self.fc2))

    def parameters(self) -> list[Value]:
        """Return those of the attention, then of the MLP."""
        mlp = [p for w in (self.fc1, self.fc2) for row in w for p in row]
        return [*self.attention.parameters(), *mlp]


def _of_letter(name: str) -> str:
    """Return what a scope says of what is read there: a letter in quotes, a word as it is."""
    return f" '{name}'" if len(name) == 1 else f" {name}"


class GPT(Module):
    """A language model of tokens 0 to `vocabulary` - 1; `context` is the most tokens it looks back on."""

    def __init__(
        self,
        vocabulary: int,
        embed: int = 16,
        heads: int = 4,
        layers: int = 1,
        context: int = 16,
        rng: random.Random | None = None,
        spread: float = 0.08,
    ) -> None:
        if embed % heads:
            raise ValueError(f"{heads} heads do not divide an embedding of {embed}")
        rng, self.context = rng or random.Random(), context
        self.wte = matrix("wte", vocabulary, embed, spread, rng)
        self.wpe = matrix("wpe", context, embed, spread, rng)
        self.layers = []
        for i in range(layers):
            with scope(f"layer[{i}]"):
                self.layers.append(Block(embed, heads, rng, spread))
        self.head = matrix("lm_head", vocabulary, embed, spread, rng)

    def read(self) -> "Reading":
        """Begin a document."""
        return Reading(self)

    def loss(self, tokens: Sequence[Value | int], names: Sequence[str] = ()) -> Value:
        """Return the mean cross entropy of each token after the first, given those before, in nats."""
        reading, count = self.read(), min(self.context, len(tokens) - 1)
        losses = []
        for i in range(count):
            with scope(f"position[{i}]{_of_letter(names[i]) if names else ''}"):
                losses.append(cross_entropy(reading.logits(tokens[i]), tokens[i + 1]))
        with scope("mean"):
            loss: Value = total(losses) * (1 / count)
        return loss

    def parameters(self) -> list[Value]:
        """Return the embeddings, the layers in turn, the head."""
        tables = [p for table in (self.wte, self.wpe) for row in table for p in row]
        blocks = [p for block in self.layers for p in block.parameters()]
        return [*tables, *blocks, *(p for row in self.head for p in row)]


class Reading:
    """A document as far as it has been read: what each layer keeps of the positions so far."""

    def __init__(self, model: GPT) -> None:
        self._model = model
        self._keys: list[list[Vector]] = [[] for _ in model.layers]
        self._values: list[list[Vector]] = [[] for _ in model.layers]
        self._at = 0

    def logits(self, token: Value | int) -> Vector:
        """Read a token; return how much speaks for each token to come next."""
        model = self._model
        with scope("embedding"):
            x = _added(select(model.wte, token, "token"), select(model.wpe, self._at, "position"))
        x = rmsnorm(x)
        for i, layer in enumerate(model.layers):
            with scope(f"layer[{i}]"):
                x = layer(x, self._keys[i], self._values[i])
        self._at += 1
        with scope("lm_head"):
            return linear(x, model.head)


def _added(x: Vector, y: Vector) -> Vector:
    return [a + b for a, b in zip(x, y, strict=True)]


__all__ = ["GPT", "Attention", "Block", "Reading", "cross_entropy", "layernorm", "rmsnorm", "softmax"]
