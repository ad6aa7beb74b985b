"""Sentences about the array operations of a fold, and how PyTorch writes the same.

Everything here is read off the structure: shapes, kinds of nodes, ops. No text of a user comes in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...ops import Op
from ..fold.columns import CONST, INPUT, PARAM, Columns
from ..fold.products import Products
from ..fold.templates import Role
from ..ir.dtypes import Ints
from .provenance import ArrayOp


@dataclass(frozen=True)
class Words:
    """A sentence or two, and PyTorch's way to write it."""

    sentence: str
    pytorch: str


def forward_words(columns: Columns, array_op: ArrayOp, beside: Iterable[ArrayOp], op: Op | None) -> Words:
    """Return what an array operation does forward; `beside` are all those of its group."""
    if array_op.products:
        bias = any(_is_bias(columns, other) for other in beside)
        return _Product(columns, array_op.products).forward(bias)
    if array_op.terms is not None:
        products = any(other.products for other in beside)
        first = next(iter(beside)) is array_op
        return _terms_forward(columns, array_op.terms, products, first)
    assert op is not None
    count = len(array_op.of.nodes)
    written = op.written(*"ab"[: len(array_op.of.operands)])
    if count == 1:
        return Words(f"The op {written}, once: no other node of this depth has this form.", _torch(op))
    sentence = (
        f"The op {written} on {count:,} nodes that do not need each other: one elementwise statement."
    )
    return Words(sentence, _torch(op))


def backward_words(
    columns: Columns, array_op: ArrayOp, about: object, to: Ints | None, op: Op | None
) -> Words:
    """Return what is done about `about` for the gradients of `to`; None: in place of the incoming."""
    if isinstance(about, Products) and to is not None:
        return _Product(columns, about).backward(to)
    if isinstance(about, np.ndarray) and to is not None:
        return _terms_backward(columns, about)
    if op is None:
        return Words("Prepares what the next line needs.", "")
    return _op_backward(array_op, to, op)


ROLES = {
    Role.RESULT: "",
    Role.GATHER: "gathers the numbers that the next line reads",
    Role.COPY: "copies them into one block, as a matmul wants them",
    Role.ALIGN: "puts the contributions to one node side by side",
    Role.ADD_RUNS: "adds up the contributions to each node",
    Role.CLEAR: "clears gradients that got nothing yet, so that += can add to them",
    Role.SCATTER: "puts each where the gradient of its node lies",
    Role.SCATTER_ADD: "adds each to the gradient of its node: the +=",
    Role.ACCUMULATE: "adds that to what the gradients hold already: the +=",
    Role.ADD_TO_SUMS: "adds that to the sums",
    Role.UNSIGN_ZERO: "makes 0.0 of -0.0, as the scalar op does",
    Role.MARK: "marks where a condition holds",
    Role.ZERO: "writes 0 where it holds",
    Role.REPLACE: "writes another number where it holds",
}
"""What a statement does for the others of its part, by its role."""


# Products


class _Product:
    """Two factors: `x` what is multiplied, `w` what it is multiplied with, the parameters if any are."""

    def __init__(self, columns: Columns, products: Products) -> None:
        self.columns, self.products = columns, products
        left, right = products.left, products.right
        swap = columns.kind[right.flat[0]] == PARAM != columns.kind[left.flat[0]]
        self.x, self.w = (left, right) if swap else (right, left)
        self.grid = left.ndim == 3
        self.blocks = len(left) if self.grid else 1
        self.terms = left.shape[-1]
        self.count = len(products.group.nodes)
        self.same = left.shape == right.shape and bool((left == right).all())

    def forward(self, bias: bool) -> Words:
        if self.terms == 1:
            return self._multiplication()
        if self.count == 1:
            return self._one_dot_product()
        if not self.grid:
            sentence = f"{self.count:,} dot products of {self.terms} terms that fill no grid: one einsum."
            return Words(sentence, "(a * b).sum(dim=1)")
        return self._matmul(bias)

    def _matmul(self, bias: bool) -> Words:
        n, k, m = self.x.shape[1], self.terms, self.w.shape[1]
        shapes = f"{n:,} x {k:,} {self.word(self.x)}s times {k:,} x {m:,} {self.word(self.w)}s"
        result = f"{self.count:,} dot products of {k:,} terms become one"
        if self.blocks > 1:
            sentence = f"{self.blocks} times {shapes}: {result} batched matmul.{self._copies()}"
            return Words(sentence, "torch.bmm(x, W.mT), a matmul for each of the batch")
        row, column = self.word(self.x), self.word(self.w)
        entry = (
            "Entry (i, j) of the result is one sum of the graph: "
            f"row i of the {row}s times column j of the {column}s."
        )
        linear = f", with the bias below nn.Linear({k}, {m})" if bias else ""
        torch = f"x @ W.T{linear}" if self._kind(self.w) == PARAM else "a @ b"
        return Words(f"{shapes}: {result} matmul. {entry}", torch)

    def _copies(self) -> str:
        """Return a note where the blocks differ only because their constants are nodes of their own."""
        numbers = self.columns.data[self.x]
        if self._kind(self.x) != CONST or not (numbers == numbers[:1]).all():
            return ""
        return f" All {self.blocks} have the same {self.word(self.x)}s, but as nodes of their own."

    def _one_dot_product(self) -> Words:
        x, w, k = self.word(self.x), self.word(self.w), self.terms
        if self.same:
            letter = "x" if x == "value" else "p"
            return Words(
                f"{k:,} {x}s, each times itself, all added up: one dot product.",
                f"({letter} * {letter}).sum()",
            )
        sentence = f"{k:,} {x}s times {k:,} {w}s, added up: one dot product."
        return Words(sentence, "w @ x" if self._kind(self.w) == PARAM else "a @ b")

    def _multiplication(self) -> Words:
        x, w = self.word(self.x), self.word(self.w)
        if self.same:
            sentence = f"{self._many(self.count, self.x)}, each times itself."
            return Words(sentence if self.count > 1 else f"One {x} times itself.", "x * x")
        if self.count == 1:
            return Words(f"One {x} times one {w}.", "x * w" if w == "weight" else "a * b")
        nx, nw = (len(np.unique(each)) for each in (self.x, self.w))
        if nx * nw == self.count and min(nx, nw) > 1:
            sentence = f"Each of {nx:,} {x}s times each of {nw:,} {w}s: {self.count:,} products in one."
            return Words(sentence, "torch.outer(a, b)")
        result = f"{self.count:,} products in one elementwise statement"
        return Words(
            f"{_plural(nx, x)} times {_plural(nw, w)}: {result}.", "x * w" if w == "weight" else "a * b"
        )

    def backward(self, to: Ints) -> Words:
        mine = self.w if np.isin(to.flat[0], self.w) else self.x
        other = self.x if mine is self.w else self.w
        word, owns = self.word(mine), len(np.unique(mine))
        names = ("W", "x") if self._kind(self.w) == PARAM else ("b", "a")
        name, partner = names if mine is self.w else reversed(names)
        if self.count == 1 and self.same:
            what = f"each of {owns:,} {word}s gets" if owns > 1 else f"the {word} gets"
            letter = "x" if word == "value" else "p"
            return Words(
                f"Both factors are the same, so {what} 2 * gradient * itself.",
                f"{letter}.grad += 2 * g * {letter}",
            )
        each = self.count * self.terms / owns
        if each == 1:
            sentence = f"{_each(owns, word)} gets the gradient times its partner, the {self.word(other)}."
            return Words(sentence, f"{name}.grad += g * {partner}")
        how = "matmul" if self.terms > 1 and self.grid and self.count > 1 else "statement"
        times = f"{each:,.0f}" if each == int(each) else "several"
        edges = f"the += of {self.count * self.terms:,} edges in one {how}"
        sentence = (
            f"{_each(owns, word)} is in {times} products, so it collects {times} contributions, "
            f"gradient times {self.word(other)}: {edges}."
        )
        turned = f"g.T @ {partner}" if mine is self.w else f"g @ {partner}"
        return Words(
            sentence, f"{name}.grad += {turned if how == 'matmul' else f'(g * {partner}).sum()'}"
        )

    def word(self, factor: Ints) -> str:
        other = self.w if factor is self.x else self.x
        kind, partner = self._kind(factor), self._kind(other)
        if kind == PARAM:
            return "parameter" if partner == PARAM else "weight"
        if kind == CONST:
            return "input" if partner == PARAM else "constant"
        return "input" if kind == INPUT else "value"

    def _kind(self, factor: Ints) -> int:
        return int(self.columns.kind[factor.flat[0]])

    def _many(self, count: int, factor: Ints) -> str:
        return _plural(count, self.word(factor))


# Plain terms


def _is_bias(columns: Columns, array_op: ArrayOp) -> bool:
    terms = array_op.terms
    return terms is not None and bool(columns.kind[terms.flat[0]] == PARAM)


def _terms_forward(columns: Columns, terms: Ints, products: bool, first: bool) -> Words:
    sums, width = terms.shape
    kind, different = columns.kind[terms.flat[0]], len(np.unique(terms))
    if width == 2:
        return Words(
            f"{sums:,} additions, elementwise." if sums > 1 else "One addition.",
            "a + b",
        )
    if width > 1:
        what = f"{sums:,} sums of {width:,} terms" if sums > 1 else f"A sum of {width:,} terms"
        sentence = f"{what}: the chain of {width - 1:,} additions becomes one reduction."
        return Words(sentence, "x.sum(dim=1)" if sums > 1 else "x.sum()")
    target = f"{sums:,} sums" if sums > 1 else "the sum"
    if kind == PARAM and products:
        if different == sums == 1:
            return Words("The bias is added.", "+ b")
        each = "each " if different > 1 else ""
        spread = f", {each}added to {sums // different:,} sums (broadcasting)" if different < sums else ""
        return Words(f"The bias: {_plural(different, 'parameter')}{spread}.", "+ b")
    if first:
        verb = "start" if sums > 1 else "starts"
        return Words(f"{_plural(different, _term_word(int(kind)))}: what {target} {verb} with.", "a")
    if kind == CONST and len(np.unique(columns.data[terms])) == 1:
        number = f"{columns.data[terms.flat[0]]:.6g}"
        return Words(f"The constant {number} is added to {target}.", f"+ {number}")
    return Words(f"One more term for {target}: {_plural(different, _term_word(int(kind)))}.", "+ b")


def _terms_backward(columns: Columns, terms: Ints) -> Words:
    width = terms.shape[1]
    different = len(np.unique(terms))
    word = _term_word(int(columns.kind[terms.flat[0]]))
    each = terms.size / different
    if width > 1 and each == 1:
        return Words(
            f"All {width:,} terms of a sum get its gradient as it is: one number, spread.",
            "x.grad += g.expand_as(x)",
        )
    if each == 1:
        what = "An addition hands its gradient on as it is"
        return Words(f"{what}, here to {_plural(different, word)}.", "x.grad += g")
    times = f"{each:,.0f}" if each == int(each) else "several"
    collects = f"so it collects {times} gradients: the += as one sum"
    sentence = f"{_each(different, word)} was added {times} times, {collects}."
    return Words(sentence, "b.grad += g.sum(dim=0)" if word == "parameter" else "x.grad += g.sum(dim=0)")


def _term_word(kind: int) -> str:
    return "parameter" if kind == PARAM else "constant" if kind == CONST else "value"


# Ops

_TORCH = {
    "sub": "a - b",
    "div": "a / b",
    "pow": "a ** b",
    "select": "table[index]",
    "max": "torch.maximum(a, b)",
    "min": "torch.minimum(a, b)",
    "neg": "-a",
}


def _torch(op: Op) -> str:
    return _TORCH.get(op.name) or (f"a{op.symbol}" if op.name.startswith("**") else f"torch.{op.name}(a)")


def _op_backward(array_op: ArrayOp, to: Ints | None, op: Op) -> Words:
    operands = array_op.of.operands
    slot = next((i for i, own in enumerate(operands) if to is not None and np.isin(to.flat[0], own)), 0)
    count = _plural(len(array_op.of.nodes), "gradient")
    derivative = op.derivatives[slot]
    sentence = f"The chain rule for {count}: times {op.local_text(slot)}."
    if derivative.startswith("["):
        sentence += " It passes where the brackets are true and stops elsewhere."
    bracketed = derivative.replace("[", "(").replace("]", ")")
    factor = f"({bracketed})" if " " in bracketed or "/" in bracketed else bracketed
    return Words(
        sentence, f"{'ab'[slot]}.grad += g" if derivative == "1" else f"{'ab'[slot]}.grad += g * {factor}"
    )


def _each(count: int, word: str) -> str:
    return f"Each of {count:,} {word}s" if count > 1 else f"The {word}"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' if count != 1 else ''}"
