"""Sampling: documents made up by a GPT, one token after the other, each drawn by its probability.

Every sample has a random generator of its own, so the first ones do not depend on how many are drawn.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from ..predict_batch import prepare
from .arrays import Reader
from .config import GPTConfig

TEMPERATURE = 0.5
"""As microgpt has it: likely tokens are drawn more often than they occur."""


def sample(
    config: GPTConfig,
    parameters: Sequence[float],
    numbers: Sequence[int],
    *,
    temperature: float = TEMPERATURE,
    seed: int = 0,
    prompt: str = "",
    longest: int | None = None,
) -> list[str]:
    """Return the samples of these numbers, which begin with `prompt`.

    At temperature 0 each token is the likeliest. A sample depends on its number and the seed alone.
    It ends with the token for the end, where the context is full, or after `longest` tokens.

    Raise ValueError with a sentence for a prompt that cannot be read or a temperature below 0.
    """
    if not 0 <= temperature < math.inf:
        raise ValueError(f"the temperature must be 0 or more, not {temperature}")
    begun = _tokens(config, prompt)
    reader = Reader(config, parameters)
    generators = [random.Random(f"{seed}/{number}") for number in numbers]
    texts, going = [list(begun) for _ in numbers], [True] * len(numbers)
    for at in range(min(config.context, longest or config.context)):
        read = [config.end if not at else tokens[at - 1] if at <= len(tokens) else 0 for tokens in texts]
        logits = reader.logits(read)
        if at < len(begun):
            continue
        for i, chances in enumerate(_chances(logits, temperature)):
            if going[i]:
                token = _drawn(chances, generators[i])
                going[i] = token != config.end
                texts[i] += [token] * going[i]
        if not any(going):
            break
    return [config.text(tokens) for tokens in texts]


def _tokens(config: GPTConfig, prompt: str) -> list[int]:
    index = {character: i for i, character in enumerate(config.characters)}
    for character in prompt:
        if character not in index:
            raise ValueError(f"the prompt has {character!r}, which is not in the vocabulary of the run")
    if len(prompt) >= config.context:
        raise ValueError(
            f"the prompt has {len(prompt):,} characters; the context of {config.context:,} leaves room "
            f"for {config.context - 1:,}"
        )
    return [index[character] for character in prompt]


def _chances(logits: Any, temperature: float) -> list[list[float]]:
    """Return the probability of every token, for every document; of the likeliest 1 at temperature 0."""
    np = prepare()
    if not temperature:
        return list((logits == logits.max(axis=-1, keepdims=True)).astype(float).tolist())
    with np.errstate(all="ignore"):
        z = (logits - logits.max(axis=-1, keepdims=True)) / temperature
        odds = np.exp(z)
        return list((odds / odds.sum(axis=-1, keepdims=True)).tolist())


def _drawn(chances: Sequence[float], generator: random.Random) -> int:
    """Draw a token; of probabilities that are no numbers, the first."""
    left = generator.random() * math.fsum(chances)
    for token, chance in enumerate(chances):
        left -= chance
        if left < 0:
            return token
    return max(range(len(chances)), key=chances.__getitem__)
