"""Step 1 of the fold: chains `a+b+c+...` become one sum, products used once in it become its terms.

`w0*x0 + w1*x1 + b` is four nodes and one formula: a sum of two products and a plain term. The nodes
inside have no number of their own any more; they belong to the formula at their top.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..ir.dtypes import Flags, Ints
from .columns import CONST, Columns

PRODUCTS = 25
"""A term's sort: below this a product, of classes left*5 + right; from here on a plain node's class."""


@dataclass(eq=False)
class Terms:
    """The terms of every sum, those of one sum together, products first, else as they were written."""

    root: Ints
    sort: Ints
    left: Ints
    right: Ints
    """-1 for a plain term."""


@dataclass(eq=False)
class Formulas:
    """The nodes that keep a number, and what each of them is made of."""

    nodes: Ints
    """In topological order."""
    is_sum: Flags
    """By node: a sum of terms (a product alone is a sum of one), or an op on its parents."""
    absorbed: Flags
    owner: Ints
    """By node: the formula it belongs to, itself if it keeps its number."""
    uses: Ints
    """By node: how often it is read; a guard, or a gather that may read it, counts twice."""
    terms: Terms


def formulas_of(columns: Columns) -> Formulas:
    """Find the formulas of a graph."""
    alone = np.zeros(len(columns.op), bool)
    found = _absorb(columns, alone)
    if columns.zero_sign_matters.any():
        alone = _order_matters(columns, found)
        found = _absorb(columns, alone) if alone.any() else found
    return found


def _absorb(columns: Columns, alone: Flags) -> Formulas:
    """Absorb what is used once; sums in `alone` keep to their two parents."""
    inner = np.flatnonzero(columns.op >= 0)
    uses = _uses(columns, inner)
    consumer = np.arange(len(columns.op))
    consumer[columns.a[inner]] = inner
    two = inner[columns.b[inner] >= 0]
    consumer[columns.b[two]] = two
    is_add, is_mul = columns.named("add"), columns.named("mul")
    per_row = columns.per_row
    once = (uses == 1) & is_add[consumer] & ~alone[consumer] & (per_row == per_row[consumer])
    absorbed = once & (is_mul | (is_add & ~alone))
    owner = np.where(absorbed, consumer, np.arange(len(columns.op)))
    while (owner[owner] != owner).any():
        owner = owner[owner]
    is_sum = (is_add | is_mul) & ~absorbed
    nodes = np.flatnonzero((columns.op >= 0) & ~absorbed)
    return Formulas(nodes, is_sum, absorbed, owner, uses, _terms(columns, absorbed, owner, uses))


def _uses(columns: Columns, inner: Ints) -> Ints:
    used = np.concatenate([columns.a[inner], columns.b[inner], columns.pinned])
    uses = np.bincount(used[used >= 0], minlength=len(columns.op))
    uses[columns.pinned] += 1
    for nodes in columns.among.values():
        uses[nodes] += 2
    return uses


def _terms(columns: Columns, absorbed: Flags, owner: Ints, uses: Ints) -> Terms:
    is_add, is_mul = columns.named("add"), columns.named("mul")
    adds = np.flatnonzero(is_add)
    at = np.repeat(adds, 2)  # each addition gives two terms, its first parent's first
    term = np.column_stack([columns.a[adds], columns.b[adds]]).ravel()
    kept = ~(absorbed[term] & is_add[term]) & ~_leading_zero(columns, term, at, owner, uses)
    lone = np.flatnonzero(is_mul & ~absorbed)
    root = np.concatenate([owner[at[kept]], lone])
    term = np.concatenate([term[kept], lone])
    product = (absorbed[term] | (np.arange(len(term)) >= len(root) - len(lone))) & is_mul[term]
    left = np.where(product, columns.a[term], term)
    right = np.where(product, columns.b[term], -1)
    swap = product & (columns.kind[left] > columns.kind[right])  # parameters stand left
    left, right = np.where(swap, right, left), np.where(swap, left, right)
    kinds = columns.kind
    sort = np.where(product, kinds[left] * 5 + kinds[right], PRODUCTS + kinds[left])
    order = np.argsort(root * 32 + sort, kind="stable")
    return Terms(root[order], sort[order], left[order], right[order])


def _leading_zero(columns: Columns, term: Ints, at: Ints, owner: Ints, uses: Ints) -> Flags:
    """Return which terms are the 0 that `sum()` starts with: a constant leaf, never an input."""
    first = np.arange(len(term)) % 2 == 0
    zero = (columns.kind[term] == CONST) & (columns.data[term] == 0) & (uses[term] == 1)
    found: Flags = first & zero & ~np.signbit(columns.data[term]) & ~columns.zero_sign_matters[owner[at]]
    return found


def _order_matters(columns: Columns, found: Formulas) -> Flags:
    """Return which additions must be done as written: all terms may be -0.0, and it would show.

    -0.0 + -0.0 is the only sum that is -0.0; a term that cannot be makes every order give 0.0.
    """
    terms = found.terms
    plain = terms.right < 0
    safe = np.where(plain, columns.never_minus[terms.left], terms.left == terms.right)
    has_safe = np.zeros(len(columns.op), bool)
    has_safe[terms.root[safe]] = True
    unsafe = columns.zero_sign_matters & found.is_sum & ~has_safe
    alone: Flags = columns.named("add") & unsafe[found.owner]
    return alone
