"""A GPT's forward pass on arrays: many documents read at once, token by token; no gradients.

For scores, samples and what attention looks at, where no graph is wanted. It computes what `GPT`
computes, up to the order of the sums. numpy is imported by the first reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..gpt import EPSILON
from ..predict_batch import prepare
from ..state import Row
from .config import GPTConfig


class Reader:
    """Documents as far as they have been read: what each layer keeps of the positions so far."""

    def __init__(self, config: GPTConfig, parameters: Sequence[float]) -> None:
        np = prepare()
        flat = np.asarray(parameters, dtype=float)
        self.config = config
        self._weights = {
            span.name: flat[span.first : span.last].reshape(span.neurons, span.each)
            for span in config.layers
        }
        self.begin()

    def begin(self) -> None:
        """Begin other documents."""
        self._at = 0
        self._keys: list[list[Any]] = [[] for _ in range(self.config.depth)]
        self._values: list[list[Any]] = [[] for _ in range(self.config.depth)]
        self.weights: list[Any] = []
        """How much each head of each layer looked at each position so far, for the token read last."""
        self.hidden: list[Any] = []
        """What the hidden units of each layer gave for it."""

    def logits(self, tokens: Sequence[int]) -> Any:
        """Read one more token of each document; return how much speaks for each to come next."""
        np = prepare()
        self.weights, self.hidden = [], []
        with np.errstate(all="ignore"):  # a diverged run has infinities to show, not to warn of
            x = _rmsnorm(self._weights["wte"][list(tokens)] + self._weights["wpe"][self._at])
            for layer in range(self.config.depth):
                x = x + self._attention(layer, _rmsnorm(x))
                hidden = np.maximum(_rmsnorm(x) @ self._of(layer, "fc1").T, 0.0)
                self.hidden.append(hidden)
                x = x + hidden @ self._of(layer, "fc2").T
            self._at += 1
            return x @ self._weights["lm_head"].T

    def loss(self, rows: Sequence[Row]) -> float:
        """Return the mean over the documents of the mean loss of their tokens, in nats."""
        np = prepare()
        documents = [[int(token) for token in x] for x, _ in rows]
        lost, counts = np.zeros(len(rows)), np.array([len(tokens) - 1 for tokens in documents])
        self.begin()
        for at in range(max(counts)):
            read = [tokens[at] if at < len(tokens) else 0 for tokens in documents]
            wanted = [tokens[at + 1] if at + 1 < len(tokens) else 0 for tokens in documents]
            nats = -_log_softmax(self.logits(read))[np.arange(len(rows)), wanted]
            lost += np.where(at < counts, nats, 0.0)
        return float((lost / counts).mean())

    def _of(self, layer: int, name: str) -> Any:
        return self._weights[f"layer[{layer}]/{name}"]

    def _attention(self, layer: int, x: Any) -> Any:
        np, config = prepare(), self.config
        shape = (len(x), config.heads, config.size)
        query, key, value = ((x @ self._of(layer, w).T).reshape(shape) for w in ("wq", "wk", "wv"))
        self._keys[layer].append(key)
        self._values[layer].append(value)
        keys, values = np.stack(self._keys[layer], 2), np.stack(self._values[layer], 2)
        scores = np.einsum("bhs,bhts->bht", query, keys) * config.size**-0.5
        weights = np.exp(_log_softmax(scores))
        self.weights.append(weights)
        mixed = np.einsum("bht,bhts->bhs", weights, values)
        return mixed.reshape(len(x), config.embed) @ self._of(layer, "wo").T


def _rmsnorm(x: Any) -> Any:
    return x * ((x * x).mean(axis=-1, keepdims=True) + EPSILON) ** -0.5


def _log_softmax(z: Any) -> Any:
    np = prepare()
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
