"""The configuration of a GPT's training run: plain data, everything it needs beside its documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

from ..settings import MOST_PARAMETERS, Settings
from ..shape import LayerSpan

KIND = "gpt"
WORDS = {" ": "space", "\t": "tab"}
"""What is said of a character that cannot be seen."""
MOST_NODES = 5_000_000
"""Of the graph of the longest document: some two gigabytes while a step is done with Values."""


@dataclass(frozen=True)
class GPTConfig(Settings):
    """Everything a run of a GPT needs beside its documents; as it stands, microgpt's of 2026."""

    TOLD: ClassVar[tuple[str, ...]] = ("embed", "heads", "depth", "context", *Settings.TOLD)

    characters: tuple[str, ...]
    """The vocabulary: token i is the character i; the token after the last begins and ends a document."""
    embed: int = 16
    """Numbers for each position, in every layer."""
    heads: int = 4
    depth: int = 1
    """How many layers."""
    context: int = 16
    """The most tokens it looks back on."""
    optimizer: str = field(default="adam", kw_only=True)
    lr: float = field(default=0.01, kw_only=True)
    betas: tuple[float, float] = field(default=(0.85, 0.99), kw_only=True)
    schedule: str = field(default="linear-to-zero", kw_only=True)
    batch: int = field(default=1, kw_only=True)
    """Documents a training step."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("embed", "heads", "depth", "context"):
            if getattr(self, name) < 1:
                called = "layers" if name == "depth" else name
                raise ValueError(f"{called} must be 1 or more, not {getattr(self, name)}")
        if self.embed % self.heads:
            raise ValueError(f"{self.heads} heads do not divide an embedding of {self.embed}")
        if not self.characters:
            raise ValueError("a GPT needs a vocabulary, and characters is empty")
        if self.breaks.equal_weights or self.breaks.linear:
            raise ValueError("equal-weights and no-nonlinearity break a network of rows, not a GPT")
        self._refuse_large()

    def _refuse_large(self) -> None:
        # Its size by arithmetic alone: a list of a million layers is not made to be refused.
        width, vocabulary = self.embed, self.vocabulary
        block = 12 * width * width * self.depth
        count = (2 * vocabulary + self.context) * width + block
        if count > MOST_PARAMETERS:
            raise ValueError(
                f"such a GPT has {count:,} parameters; at most {MOST_PARAMETERS:,} can be trained here, "
                "where each is a Value"
            )
        if (nodes := self.nodes_of(self.context)) > MOST_NODES:
            raise ValueError(
                f"a document of {self.context:,} tokens would be a graph of some {nodes:,} nodes; "
                f"at most {MOST_NODES:,} can be trained here: a smaller context, or fewer layers"
            )

    def nodes_of(self, predictions: int) -> int:
        """Return about how many nodes the graph of a document has: two for each use of a parameter."""
        width = self.embed
        each = 12 * width * width * self.depth + self.vocabulary * width
        return 2 * (each + 2 * width * self.depth * predictions) * predictions

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return len(self.characters) + 1

    @property
    def end(self) -> int:
        """The token that begins and ends a document."""
        return len(self.characters)

    @property
    def size(self) -> int:
        """How many of the numbers of a position each head has."""
        return self.embed // self.heads

    @property
    def summary(self) -> str:
        """Its shape in words, and what it is trained by."""
        plural = "s"[: self.depth != 1], "s"[: self.heads != 1]
        shape = f"{self.depth} layer{plural[0]} of {self.embed}, {self.heads} head{plural[1]}"
        return f"GPT, {shape}, context {self.context}, {self.optimizer}"

    @cached_property
    def layers(self) -> tuple[LayerSpan, ...]:
        """Where each matrix lies in the flat list of parameters, in the order of `GPT.parameters()`."""
        found, first = [], 0
        for name, rows, columns in self._matrices():
            found.append(LayerSpan(rows, columns, first, name, "row"))
            first = found[-1].last
        return tuple(found)

    def _matrices(self) -> Iterator[tuple[str, int, int]]:
        width = self.embed
        yield "wte", self.vocabulary, width
        yield "wpe", self.context, width
        for i in range(self.depth):
            for name in ("wq", "wk", "wv", "wo"):
                yield f"layer[{i}]/{name}", width, width
            yield f"layer[{i}]/fc1", 4 * width, width
            yield f"layer[{i}]/fc2", width, 4 * width
        yield "lm_head", self.vocabulary, width

    @cached_property
    def parts(self) -> tuple[LayerSpan, ...]:
        """The matrices, of queries, keys and values the rows of each head by themselves."""
        return tuple(part for span in self.layers for part in self._parts_of(span))

    def _parts_of(self, span: LayerSpan) -> Iterator[LayerSpan]:
        layer, _, name = span.name.rpartition("/")
        if name not in ("wq", "wk", "wv"):
            yield span
            return
        for head in range(self.heads):
            first = span.first + head * self.size * span.each
            place = f"{layer}/head[{head}]/{name}"
            yield replace(span, neurons=self.size, first=first, name=place)

    def letter(self, token: float) -> str:
        """Return what a token stands for: its character, or a word for a blank or the end."""
        return WORDS.get(one := self.characters[int(token)], one) if token < self.end else "end"

    def text(self, tokens: Sequence[float]) -> str:
        """Return the characters of a document's tokens."""
        return "".join(self.characters[int(t)] for t in tokens if t < self.end)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"kind": KIND, **super().to_json()}
