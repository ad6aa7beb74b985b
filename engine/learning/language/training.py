"""The training of a GPT on documents, written with Values: one graph a mini-batch of documents."""

import random
from collections.abc import Sequence
from contextlib import nullcontext

from ...origin import scope
from ...value import Value
from ..gpt import GPT, total
from ..loop import TrainingLoop
from ..state import Row, Score
from .config import MOST_NODES, GPTConfig


class GPTTraining(TrainingLoop):
    """A row is a document: its tokens, the first and the last of which are the end."""

    config: GPTConfig

    def __init__(self, config: GPTConfig, rows: Sequence[Row]) -> None:
        self.model = GPT(
            config.vocabulary,
            config.embed,
            config.heads,
            config.depth,
            config.context,
            rng=random.Random(config.seed),
        )
        super().__init__(config, rows, self.model.parameters())

    def loss_of(self, step: int) -> Value:
        """Return the mean loss of that step's documents at the parameters of now, as a graph."""
        batch = self.batch_of(step)
        losses = []
        for row in batch:
            with scope(self._scope_of(row)) if len(batch) > 1 else nullcontext():
                losses.append(self.document_loss(row))
        loss = losses[0]
        if len(batch) > 1:
            with scope("mean"):
                loss = total(losses) * (1.0 / len(losses))
        loss.label = "loss"
        return loss

    def document_loss(self, row: int) -> Value:
        """Return the loss of one document: the mean over its positions."""
        tokens = self.rows[row][0]
        return self.model.loss([int(token) for token in tokens], self._letters(tokens))

    def scopes_of(self, step: int) -> list[str]:
        """Return the scope of each document's first position."""
        batch = self.batch_of(step)
        firsts = [f"position[0] {self._letters(self.rows[row][0])[0]}" for row in batch]
        if len(batch) == 1:
            return firsts
        return [f"{self._scope_of(row)}/{first}" for row, first in zip(batch, firsts, strict=True)]

    def refusal(self, step: int) -> str:
        """Return why the graph of that step's documents is too large to be made, if it is."""
        batch = self.batch_of(step)
        nodes = sum(self.config.nodes_of(len(self.rows[row][0]) - 1) for row in batch)
        if nodes <= MOST_NODES:
            return ""
        size = f"{len(batch):,} documents are a graph of some {nodes:,} nodes"
        return f"{size}, and at most {MOST_NODES:,} can be made here: a smaller --batch"

    def batch_text(self, step: int) -> str:
        """Return the documents of that step."""
        return ", ".join(self.config.text(self.rows[row][0]) for row in self.batch_of(step))

    def _scope_of(self, row: int) -> str:
        text = self.config.text(self.rows[row][0]).replace("/", "|")
        return f"document[{row}] {text}"

    def _letters(self, tokens: Sequence[float]) -> list[str]:
        """What is read at each position, in words for a scope."""
        words = [self.config.letter(token).replace("/", "slash") for token in tokens]
        return ["begin", *words[1:]]

    def score(self, rows: Sequence[Row]) -> Score:
        """Return the mean loss of these documents, in nats a token."""
        from .arrays import Reader  # numpy

        return Score(Reader(self.config, [p.data for p in self.parameters]).loss(rows), None)
