"""The fold, told: how many nodes are left at each stage, and what every line of numpy does in words.

This is the bridge from a scalar engine to PyTorch: the graph of single numbers on one side, a dozen
statements on whole arrays on the other, and for each of those the nodes behind it.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from ...ops import Op
from ...value import Value
from ..fold.fold import Fold, fold
from ..ir.job import Job
from ..ir.trace import PARAMETER, Trace, trace_graph
from .arrays import Legend
from .provenance import Pieces, pieces_of
from .sentences import Words, backward_words, forward_words


@dataclass(frozen=True)
class Stage:
    """What is left of the graph after a stage of the fold: so many things, and what they are."""

    count: int
    unit: str
    """What is counted: nodes, formulas, statements ..."""
    words: str


@dataclass(frozen=True)
class FoldLine:
    """A generated statement. Lines that do one thing together have one sentence and one `part`."""

    number: int
    """From 1, forward and backward counted through."""
    phase: str
    """`forward` or `backward`."""
    text: str
    sentence: str
    pytorch: str
    part: int
    role: str
    """What this line does for the others of its part; empty for one that does the thing itself."""
    piece: int
    arrays: tuple[tuple[str, str], ...]
    """The arrays it names and what they are."""


@dataclass(frozen=True, eq=False)
class Behind:
    """The operations behind the lines of a piece."""

    nodes: array[int]
    """In order."""
    ops: dict[str, int]
    """How many there are of each op, by symbol, the most first."""
    absorbed: int
    """How many keep no number of their own."""


@dataclass(frozen=True, eq=False)
class Folding:
    """A graph folded and told. Nodes are known by their ids, those of a recording of the same graph."""

    stages: tuple[Stage, ...]
    lines: tuple[FoldLine, ...]
    piece_of: array[int]
    """By node: the piece it is in, -1 for a leaf. The lines of a piece stand for its nodes."""
    absorbed: bytearray
    """By node: 1 if it keeps no number of its own."""
    behind: tuple[Behind, ...]
    """By piece: what is behind its lines."""

    @property
    def forward(self) -> tuple[FoldLine, ...]:
        """The lines of the forward pass."""
        return tuple(line for line in self.lines if line.phase == "forward")

    @property
    def backward(self) -> tuple[FoldLine, ...]:
        """The lines of the backward pass."""
        return tuple(line for line in self.lines if line.phase == "backward")

    @cached_property
    def line_of_piece(self) -> dict[int, FoldLine]:
        """For each piece the forward line that does it."""
        found: dict[int, FoldLine] = {}
        for line in self.forward:
            if line.piece not in found or found[line.piece].role:
                found[line.piece] = line
        return found

    def nodes_of(self, line: FoldLine) -> Sequence[int]:
        """The nodes behind a line, in order."""
        return self.behind[line.piece].nodes


def explain(root: Value, parameters: Sequence[Value], ids: Mapping[Value, int] | None = None) -> Folding:
    """Fold the graph under `root` and tell what came of it; raise CannotCompile where that cannot be.

    `ids` names the nodes; by default a node is its place in the topological order.
    """
    trace = trace_graph(root, parameters)
    made = fold(Job(trace))
    pieces = pieces_of(made, trace)
    places = [ids[node] for node in trace.nodes] if ids else range(len(trace))
    size = max(places, default=0) + 1
    piece_of, absorbed = array("i", [-1]) * size, bytearray(size)
    for place, piece, gone in zip(places, pieces.of_node.tolist(), pieces.absorbed.tolist(), strict=True):
        piece_of[place], absorbed[place] = piece, gone
    behind = tuple(_behind(trace, pieces, places))
    return Folding(_stages(trace, made), _lines(trace, made, pieces), piece_of, absorbed, behind)


def _behind(trace: Trace, pieces: Pieces, places: Sequence[int]) -> Iterator[Behind]:
    order = np.argsort(pieces.of_node, kind="stable")
    bounds = np.searchsorted(pieces.of_node[order], np.arange(len(pieces.pieces) + 1)).tolist()
    for start, stop in pairwise(bounds):
        which = order[start:stop]
        nodes = array("I", sorted(places[i] for i in which.tolist()))
        counts = Counter(trace.op[which].tolist()).most_common()
        ops = {_sign(trace.ops[code]): count for code, count in counts}
        yield Behind(nodes, ops, int(pieces.absorbed[which].sum()))


def _sign(op: Op) -> str:
    return "neg" if op.name == "neg" else op.symbol


# The stages


def _stages(trace: Trace, made: Fold) -> tuple[Stage, ...]:
    inner = int((trace.op >= 0).sum())
    parameters = int((trace.kind == PARAMETER).sum())
    columns, formulas = made.columns, made.formulas
    fixed = inner - int((columns.op[columns.maps[0]] >= 0).sum())
    sums = inner - fixed - int((formulas.absorbed & columns.named("add")).sum())
    kept = sums - int((formulas.absorbed & columns.named("mul")).sum())
    leaves = len(trace) - inner
    rest = f", and {_plural(leaves - parameters, 'fixed number')}" if leaves > parameters else ""
    of_leaves = f"{leaves:,} are leaves: {_plural(parameters, 'parameter')}{rest}"
    once = f"; {fixed:,} more are on fixed numbers alone and done once" if fixed else ""
    forward = [line.text for line in made.lines if "back" not in line.phase]
    matmuls = sum(text.startswith("matmul") for text in forward)
    back = f"{len(made.lines) - len(forward)} backward"
    return (
        Stage(len(trace), "nodes", f"scalar nodes as written, of which {of_leaves}"),
        Stage(inner - fixed, "operations", f"operations on them{once}"),
        Stage(sums, "with sums", "left when each chain a+b+c+... is one sum"),
        Stage(kept, "formulas", "left when products that only feed a sum are its terms: dot products"),
        Stage(len(made.groups), "groups", "groups of one depth and form: all of one at the same time"),
        Stage(len(forward), "statements", f"lines of numpy forward, {matmuls} of them matmul; {back}"),
    )


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'s'[: count != 1]}"


# The lines


def _lines(trace: Trace, made: Fold, pieces: Pieces) -> tuple[FoldLine, ...]:
    tell = _Teller(trace, made, pieces)
    lines: list[FoldLine] = []
    part = -1
    for i, line in enumerate(made.lines):
        role = _role(line.text)
        if not i or not _goes_on(made, pieces, i):
            part += 1
            words = tell.words(i)
        phase = "backward" if "back" in line.phase else "forward"
        arrays = tell.legend.of(line.text, line.group, phase)
        told = (words.sentence, words.pytorch, part, role, pieces.of_line[i], arrays)
        lines.append(FoldLine(i + 1, phase, line.text, *told))
    return tuple(lines)


def _goes_on(made: Fold, pieces: Pieces, i: int) -> bool:
    """Whether a line does one thing together with the one before."""
    before, line = made.lines[i - 1], made.lines[i]
    if line.group != before.group or line.about is not before.about or line.phase != before.phase:
        return False
    return line.to is before.to or before.to is None or "back" not in line.phase


class _Teller:
    def __init__(self, trace: Trace, made: Fold, pieces: Pieces) -> None:
        self.made, self.pieces = made, pieces
        self.ops = {op.name: op for op in trace.ops}
        self.legend = Legend(made)
        self.in_group: dict[int, list[Any]] = {}
        for piece in pieces.pieces:
            self.in_group.setdefault(piece.group, []).append(piece)

    def words(self, i: int) -> Words:
        line = self.made.lines[i]
        piece = self.pieces.pieces[self.pieces.of_line[i]]
        op, columns = self.ops.get(piece.of.op), self.made.columns
        if "back" not in line.phase:
            return forward_words(columns, piece, self.in_group[piece.group], op)
        return backward_words(columns, piece, line.about, self._to(i), op)

    def _to(self, i: int) -> Any:
        """Whose gradients the line and those after it that belong to it are about."""
        for at in range(i, len(self.made.lines)):
            line = self.made.lines[at]
            if line.group != self.made.lines[i].group or line.about is not self.made.lines[i].about:
                break
            if line.to is not None:
                return line.to
        return None


_ROLES = (
    (r"take\(d?values|take\(d?rows", "gathers the numbers that the next line reads"),
    (r"copyto\(b\d+", "copies them into one block, as a matmul wants them"),
    (r"take\(", "puts the contributions to one node side by side"),
    (r"add\.reduceat", "adds up the contributions to each node"),
    (r"dvalues\[\w+\] = 0\.0", "clears gradients that got nothing yet, so that += can add to them"),
    (r"dvalues\[\w+\] \+=", "adds each to the gradient of its node: the +="),
    (r"dvalues\[\w+\] =", "puts each where the gradient of its node lies"),
    (r"add\((\w+), [rqw]\d+.*, out=\1\)", "adds that to what the gradients hold already: the +="),
    (r"add\((\w+), (o\d+), out=\1\)", "adds that to the sums"),
    (r"add\((\w+), 0\.0, out=\1\)", "makes 0.0 of -0.0, as the scalar op does"),
    (r"less|greater|equal|not_equal|logical", "marks where a condition holds"),
    (r"putmask\(\w+, \w+, 0\.0\)", "writes 0 where it holds"),
    (r"putmask|copyto\(.*where=", "writes another number where it holds"),
)  # fmt: skip


def _role(text: str) -> str:
    return next((words for pattern, words in _ROLES if re.match(pattern, text)), "")
