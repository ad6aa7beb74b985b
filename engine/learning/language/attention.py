"""What the heads of a GPT look at while it reads a document: of each query the weight of every key."""

from __future__ import annotations

from collections.abc import Sequence

from .arrays import Reader
from .config import GPTConfig


def attention_of(
    config: GPTConfig, parameters: Sequence[float], tokens: Sequence[float]
) -> list[tuple[str, list[list[float]]]]:
    """Return (`layer[0]/head[2]`, a row of weights for each token but the last) for every head."""
    reader = Reader(config, parameters)
    names = [f"layer[{i}]/head[{j}]" for i in range(config.depth) for j in range(config.heads)]
    rows: list[list[list[float]]] = [[] for _ in names]
    for token in tokens[:-1]:
        reader.logits([int(token)])
        weights = [head for layer in reader.weights for head in layer[0].tolist()]
        for own, row in zip(rows, weights, strict=True):
            own.append(row)
    return list(zip(names, rows, strict=True))
