"""The second job: a GPT of microgpt's size, one document a step, the update by Adam included."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

LR, BETAS, EPS = 0.01, (0.85, 0.99), 1e-8
"""Of Adam."""
EPSILON = 1e-5
"""In rmsnorm."""


@dataclass(frozen=True)
class Documents:
    """One layer, embedding 16, 4 heads, context 16, 27 tokens; documents of changing length, in turn."""

    first: ClassVar[int] = 20
    cycle: ClassVar[int] = 10
    compared: ClassVar[tuple[str, ...]] = (
        *("microgpt-like", "PyTorch eager, 1 thread"),
        *("numpy by hand", "C by hand"),
    )
    embed: int = 16
    heads: int = 4
    context: int = 16
    vocabulary: int = 27

    @property
    def title(self) -> str:
        """What is done, in a line."""
        return (
            f"GPT of {sum(r * c for _, r, c in self.shapes):,} parameters, one document a step, Adam; "
            f"documents of {min(self.lengths)} to {max(self.lengths)} predictions in turn"
        )

    @property
    def lengths(self) -> tuple[int, ...]:
        """How many predictions the documents have: first names, mean 7."""
        return (7, 6, 8, 5, 7, 10, 6, 4, 9, 8)

    @property
    def shapes(self) -> tuple[tuple[str, int, int], ...]:
        """The matrices in the order of their parameters: name, rows, columns."""
        d = self.embed
        return (
            ("wte", self.vocabulary, d),
            ("wpe", self.context, d),
            *((name, d, d) for name in ("wq", "wk", "wv", "wo")),
            ("fc1", 4 * d, d),
            ("fc2", d, 4 * d),
            ("head", self.vocabulary, d),
        )

    def documents(self) -> list[list[int]]:
        """Return the tokens of each document; the last token of the vocabulary begins and ends it."""
        rng, end = random.Random(1), self.vocabulary - 1
        return [[end, *(rng.randrange(end) for _ in range(n - 1)), end] for n in self.lengths]

    def parameters(self) -> list[float]:
        """Return the first weights."""
        rng = random.Random(2)
        return [rng.gauss(0, 0.08) for _ in range(sum(r * c for _, r, c in self.shapes))]

    def starts(self) -> list[int]:
        """Return where each matrix begins in the parameters."""
        return [0, *accumulate(r * c for _, r, c in self.shapes)][:-1]
