"""A chain rule as an equation of matrices: `dL/dW = x.T @ g`, and the shape of each letter below it."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .....engine.recording.tensor import (
    Saved,
    Shape,
    TensorNode,
    TensorRecording,
    TensorStep,
    TensorWrite,
)
from ....text.format import cells, number, plain
from ....text.lines import Line, Piece
from .rule import Rule, pieces
from .table import as_called, name_of, saved_text

INDENT = "  "
INCOMING, LOCAL, RESULT = "changed", "positive", "strong"
"""The styles of what came in, of what the op kept, of what is worked out."""
NO_RATIO = ("NllLoss", "NllLoss2D", "NllLossNd", "MultiMarginLoss")
"""Losses whose n is not how many numbers went into one: some targets may not count."""
NO_END = str((1 << 63) - 1)
"""The end of a slice that goes to the end."""
SHOWN_PARTS = 3
"""How many parts are named one by one."""


@dataclass(frozen=True)
class Word:
    """A letter, or what stands between letters, and what is written below it."""

    top: str
    below: str
    style: str = ""


@dataclass(frozen=True)
class Equation:
    """What goes to one input: `dL/dx = g @ A.T`."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The line of letters."""
        return "".join(word.top for word in self.words)

    @property
    def shapes(self) -> str:
        """The line of shapes."""
        return "".join(word.below for word in self.words)

    def lines(self, width: int) -> Iterator[Line]:
        """Yield pairs of lines, letters over shapes, as many as the width needs."""
        row: list[Chunk] = []
        used, room = 0, width - len(INDENT) - 1
        for chunk in _chunks(self.words):
            size = _size(chunk)
            if row and used + size > room:
                yield from _pair(row)
                row, used = [(Word("  ", "  "),)], 2
            row.append(chunk)
            used += size + 1
        yield from _pair(row)


Chunk = tuple[Word, ...]
"""Words with no space between them: they keep together, and stand one above the other as a whole."""


def _chunks(words: Iterable[Word]) -> Iterator[Chunk]:
    chunk: list[Word] = []
    for word in words:
        if word.style:
            chunk.append(word)
            continue
        for part in re.findall(r"\S+|\s+", word.top):
            if not part.isspace():
                chunk.append(Word(part, part))
            elif chunk:
                yield tuple(chunk)
                chunk = []
    if chunk:
        yield tuple(chunk)


def _size(chunk: Chunk) -> int:
    return max(sum(cells(word.top) for word in chunk), sum(cells(word.below) for word in chunk))


def _pair(row: list[Chunk]) -> Iterator[Line]:
    above = [_padded(chunk, [(word.top, word.style) for word in chunk]) for chunk in row]
    below = [_padded(chunk, [(word.below, word.style or "dim") for word in chunk]) for chunk in row]
    for side in (above, below):
        yield (INDENT, ""), *(piece for chunk in side for piece in chunk)


def _padded(chunk: Chunk, texts: list[Piece]) -> list[Piece]:
    free = _size(chunk) - sum(cells(text) for text, _ in texts)
    return [*texts, (" " * (free + 1), "")]


# The letters of a step


class Letters:
    """What the letters of a rule stand for at one step: shapes, and plain arguments as text."""

    def __init__(self, recording: TensorRecording, step: TensorStep, rule: Rule) -> None:
        self._recording, self._step, self._rule = recording, step, rule
        self.node: TensorNode = recording.nodes[step.node]
        self._saved = {each.name: each for each in self.node.saved}
        self._inputs = list(recording.inputs(self.node.id))

    def saved(self, letter: str) -> Saved | None:
        """What the op kept for a letter."""
        return self._saved.get(self._rule.kept.get(letter, ""))

    def slot(self, letter: str) -> int | None:
        """Which input a letter is."""
        found = (i for i in range(len(self._inputs)) if self._rule.letter(i) == letter)
        return next(found, None)

    def below(self, letter: str) -> str | None:
        """What is written below a letter: a shape, an argument; None where it stands for neither."""
        kept = self.saved(letter)
        if kept is not None and kept.shape == () and kept.text:
            return plain(kept.text)  # a number, as PyTorch wraps them
        if (shape := self.shape(letter)) is not None:
            return shape_of(shape)
        if kept is not None and kept.shape is None:
            return "None" if kept.text == NO_END else plain(kept.text)
        return self._derived(letter)

    def shape(self, letter: str) -> Shape | None:
        """The shape of what a letter stands for."""
        if (place := incoming(letter)) is not None:
            arrived = self._step.grad[place] if place < len(self._step.grad) else None
            return None if arrived is None else arrived.shape
        if (made := self._made(letter)) is not None:
            return made
        slot = self.slot(letter)
        if slot is not None and (took := self._inputs[slot]) is not None:
            return took[0]
        kept = self.saved(letter)
        if kept is not None:
            return kept.shape
        return self.node.shape if letter == "y" else None

    def _made(self, letter: str) -> Shape | None:
        """The shape of what is worked out on the way: attention's p and s, h of a norm."""
        takes = self._rule.takes
        if letter in ("p", "s") and takes[:2] == ("q", "k"):
            query, key = self.shape("q"), self.shape("k")
            return (*query[:-1], key[-2]) if query and key and len(key) > 1 else None
        return self.shape("x") if letter in ("h", "u") and takes[:2] == ("x", "w") else None

    def _derived(self, letter: str) -> str | None:
        if incoming(letter) is not None:
            return "0"  # nothing came to this output
        name, first = name_of(self.node.op)[0], self._first()
        count: int = math.prod(self.node.shape)
        if letter == "n" and name not in NO_RATIO and first is not None and count:
            whole: int = math.prod(first)
            return str(whole // count)
        if letter == "dtype" and self._inputs and self._inputs[0]:
            return plain(self._inputs[0][1])
        if letter == "correction":
            return "1"
        if letter == "scale" and first:
            return number(1 / math.sqrt(first[-1]))
        return None

    def _first(self) -> Shape | None:
        """The shape of the first input."""
        if self._rule.takes and (shape := self.shape(self._rule.takes[0])) is not None:
            return shape
        return self._inputs[0][0] if self._inputs and self._inputs[0] else None


def shape_of(shape: Shape) -> str:
    """Write a shape as PyTorch does: `[32, 10]`."""
    return f"[{', '.join(map(str, shape))}]"


def incoming(letter: str) -> int | None:
    """Return which gradient that came in a letter is: `g` the first or only one, `g2` the second."""
    found = re.fullmatch(r"g(\d*)", letter)
    return None if found is None else int(found[1] or 1) - 1


# Equations


def equation(letters: Letters, rule: Rule, slot: int, write: TensorWrite) -> Equation | None:
    """Return what goes to an input; None where the rule has no formula for it, or nothing goes."""
    formula = rule.formula(slot)
    if not formula or write.amount is None:
        return None
    formula = _with_parts(fitted(formula, letters, rule), letters)
    if write.summed_from is not None and not formula.startswith("sum_to_size"):
        formula = f"sum_to_size({formula})"
    if write.cast_from:
        formula = f"({formula}).to({plain(write.amount.dtype)})"
    letter = rule.letter(slot) or "a"
    result = Word(f"dL/d{letter}", shape_of(write.amount.shape), RESULT)
    words = (_word(text, may_be, letters, slot) for text, may_be in pieces(formula))
    return Equation((result, Word(" = ", " = "), *words))


def _word(text: str, may_be: bool, letters: Letters, slot: int) -> Word:
    below = (_of_slot(text, letters, slot) or letters.below(text)) if may_be else None
    if below is None:
        return Word(text, text)
    return Word(text, below, INCOMING if incoming(text) is not None else LOCAL)


def fitted(formula: str, letters: Letters, rule: Rule) -> str:
    """Leave out what is not there in this call: factors of 1, a weight that is None, an average."""
    formula = as_called(formula, letters.node)
    if saved_text(letters.node, "reduction") in ("0", "2"):
        formula = formula.replace(" / n", "").partition("; n: ")[0]
    if rule.takes[:2] == ("x", "w") and letters.shape("w") is None:
        formula = formula.replace("w * ", "").replace(" * w", "")
    return formula


def _with_parts(formula: str, letters: Letters) -> str:
    """Name the gradients of an op with several outputs: `cat([g1, g2], dim)`."""
    count = max(1, len(letters.node.outputs))
    named = [f"g{i + 1}" for i in range(count)]
    if count > SHOWN_PARTS:
        named = [named[0], "...", named[-1]]
    return formula.replace("parts", ", ".join(named))


def _of_slot(word: str, letters: Letters, slot: int) -> str | None:
    """The numbers of a part that was put together with others: where it starts, how long it is."""
    name = name_of(letters.node.op)[0]
    if name == "Stack" and word == "place":
        return str(slot)
    if name != "Cat" or word not in ("start", "size"):
        return None
    shapes = [letters.shape(f"a{i + 1}") for i in range(slot + 1)]
    dim = saved_text(letters.node, "dim") or "0"
    sizes = [None if shape is None else _size_along(shape, dim) for shape in shapes]
    if word == "size":
        return str(sizes[-1])
    before = [size for size in sizes[:-1] if size is not None]
    return str(sum(before)) if len(before) == slot else None


def _size_along(shape: Shape, dim: str) -> int | None:
    """The size along a dimension, which may come from a file."""
    place = int(dim) if re.fullmatch(r"-?\d{1,3}", dim) else len(shape)
    return shape[place] if -len(shape) <= place < len(shape) else None
