"""Which scalar nodes stand behind which lines of a fold.

A *piece* is what a line, with those that help it, does forward: a part of the sums of a group, or an
op on all nodes of a group. Its lines backward go with it. Every operation of the graph is in one piece.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..fold.columns import Ints
from ..fold.fold import Fold
from ..fold.groups import SUM, Group
from ..fold.products import Products
from ..fold.statements import PHASES, Line
from ..ir.trace import Trace

_FEW = 3
"""Of so few terms each is looked for in its own sum; of more, in all sums of the group."""


@dataclass(eq=False)
class Piece:
    """A part of a group. `about` is a sum's products or plain terms, None for an op."""

    group: int
    of: Group
    about: object

    @property
    def products(self) -> Products | None:
        """What is multiplied, if anything is."""
        return self.about if isinstance(self.about, Products) else None

    @property
    def terms(self) -> Ints | None:
        """What is added as it is: a row a sum, a column a term."""
        return self.about if isinstance(self.about, np.ndarray) else None


@dataclass(eq=False)
class Pieces:
    """All pieces, in the order in which they are done forward."""

    pieces: list[Piece]
    of_line: list[int]
    of_node: Ints
    """By position in the trace: the piece an operation is in, -1 for a leaf."""
    absorbed: Ints
    """By position in the trace: 1 for an operation that keeps no number of its own."""


def pieces_of(fold: Fold, trace: Trace) -> Pieces:
    """Divide the operations of a folded graph among its lines."""
    pieces: list[Piece] = []
    numbers: dict[tuple[int, int], int] = {}
    of_line = []
    for line in fold.lines:
        key = (line.group, id(line.about))
        if key not in numbers:
            same = None if line.phase in PHASES[:2] else _wider(line, pieces)
            numbers[key] = len(pieces) if same is None else same
            if same is None:
                pieces.append(Piece(line.group, fold.groups[line.group], line.about))
        of_line.append(numbers[key])
    numbering = fold.columns.maps[0]
    by_column = _behind(fold, pieces)
    of_node = np.where(trace.op >= 0, by_column[numbering], -1)
    keeps = (fold.columns.op >= 0) & ~fold.formulas.absorbed
    absorbed = (trace.op >= 0) & ~keeps[numbering]
    _place_constants(trace, of_node)
    return Pieces(pieces, of_line, of_node, absorbed.astype(np.int64))


def _wider(line: Line, pieces: list[Piece]) -> int | None:
    """Return the piece that adds, with others, the terms a backward line is about."""
    if not isinstance(line.about, np.ndarray):
        return None
    for i, piece in enumerate(pieces):
        terms = piece.terms
        if piece.group == line.group and terms is not None and (terms == line.about[:, :1]).all(0).any():
            return i
    return None


def _behind(fold: Fold, pieces: list[Piece]) -> Ints:
    """Return for every node of the columns the piece it is in, -1 if none."""
    columns, owner = fold.columns, fold.formulas.owner
    of = np.full(len(columns.op), -1)
    group_of = np.full(len(columns.op), -1)
    for i, group in enumerate(fold.groups):
        group_of[group.nodes] = i
    inner = np.flatnonzero(columns.op >= 0)
    groups = group_of[owner[inner]]
    by_group = inner[np.argsort(groups, kind="stable")]
    bounds = np.searchsorted(np.sort(groups), np.arange(len(fold.groups) + 1))
    mine: list[list[int]] = [[] for _ in fold.groups]
    for i, piece in enumerate(pieces):
        mine[piece.group].append(i)
    for i, group in enumerate(fold.groups):
        nodes = by_group[bounds[i] : bounds[i + 1]]
        of[nodes] = mine[i][0]
        if group.op == SUM and len(mine[i]) > 1:
            _divide(fold, nodes, [(k, pieces[k]) for k in mine[i]], of)
    return of


def _divide(fold: Fold, nodes: Ints, pieces: list[tuple[int, Piece]], of: Ints) -> None:
    """Divide the operations of a group of sums: an addition goes with the plain term it adds."""
    columns, owner = fold.columns, fold.formulas.owner
    adds, products = (nodes[columns.named(name)[nodes]] for name in ("add", "mul"))
    of[nodes] = pieces[0][0] if pieces[0][1].products else pieces[-1][0]
    row = np.full(len(columns.op), -1)
    members = pieces[0][1].of.nodes
    row[members] = np.arange(len(members))
    for number, piece in pieces:
        if piece.products:
            sort = sorted(
                (columns.kind[piece.products.left.flat[0]], columns.kind[piece.products.right.flat[0]])
            )
            pairs = np.sort(
                np.column_stack([columns.kind[columns.a[products]], columns.kind[columns.b[products]]]),
                axis=1,
            )
            of[products[(pairs == sort).all(axis=1)]] = number
        elif piece.terms is not None:
            parents = np.column_stack([columns.a[adds], columns.b[adds]])
            if piece.terms.shape[1] <= _FEW:
                mine = piece.terms[row[owner[adds]]]
                hit = (parents[:, :, None] == mine[:, None]).any(axis=2)
            else:
                hit = np.isin(parents, piece.terms)
            of[adds[hit.any(axis=1)]] = number


def _place_constants(trace: Trace, of_node: Ints) -> None:
    """Let operations on constants alone, done once and for all, go with the first who needs them."""
    lost = np.flatnonzero((trace.op >= 0) & (of_node < 0))
    if not len(lost):
        return
    inner = np.flatnonzero(trace.op >= 0)[::-1]
    consumer = np.full(len(trace), -1)
    consumer[trace.b[inner][trace.b[inner] >= 0]] = inner[trace.b[inner] >= 0]
    consumer[trace.a[inner]] = inner
    for node in lost[::-1].tolist():
        of_node[node] = of_node[consumer[node]] if consumer[node] >= 0 else 0
