"""The fold explained: how many nodes are left at each stage, and what every line of numpy does in words.

This is the bridge from a scalar engine to PyTorch: the graph of single numbers on one side, a dozen
statements on whole arrays on the other, and for each of those the nodes behind it.
"""

from __future__ import annotations  # array[int] is not subscriptable before Python 3.12

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ...ops import Op
from ...value import Value
from ..fold.fold import Fold, fold
from ..ir.dtypes import Ints
from ..ir.job import Job
from ..ir.trace import PARAMETER, Trace, trace_graph
from .arrays import Legend
from .provenance import ArrayOp, Provenance, provenance_of
from .sentences import ROLES, Words, backward_words, forward_words


@dataclass(frozen=True)
class Stage:
    """What is left of the graph after a stage of the fold: so many things, and what they are."""

    count: int
    unit: str
    """What is counted: nodes, formulas, statements ..."""
    words: str


@dataclass(frozen=True)
class ExplainedStatement:
    """A line of numpy in words. Those that do one thing together have one sentence and one `part`."""

    number: int
    """From 1, forward and backward counted through."""
    phase: str
    """`forward` or `backward`."""
    text: str
    sentence: str
    pytorch: str
    part: int
    role: str
    """What it does for the others of its part; empty for one that does the thing itself."""
    array_op: int
    """The array operation it belongs to, forward and backward."""
    arrays: tuple[tuple[str, str], ...]
    """The arrays it names and what they are."""


@dataclass(frozen=True, eq=False)
class Behind:
    """The scalar operations that became an array operation."""

    nodes: array[int]
    """In order."""
    ops: dict[str, int]
    """How many there are of each op, by symbol, the most first."""
    absorbed: int
    """How many keep no number of their own."""


@dataclass(frozen=True, eq=False)
class Folding:
    """A folded graph, explained. Nodes are known by their ids, those of a recording of the same graph."""

    stages: tuple[Stage, ...]
    statements: tuple[ExplainedStatement, ...]
    array_op_of: array[int]
    """By node: the array operation it became part of, -1 for a leaf."""
    absorbed: bytearray
    """By node: 1 if it keeps no number of its own."""
    behind: tuple[Behind, ...]
    """By array operation: what is behind its statements."""

    @property
    def forward(self) -> tuple[ExplainedStatement, ...]:
        """The statements of the forward pass."""
        return tuple(each for each in self.statements if each.phase == "forward")

    @property
    def backward(self) -> tuple[ExplainedStatement, ...]:
        """The statements of the backward pass."""
        return tuple(each for each in self.statements if each.phase == "backward")

    @cached_property
    def statement_of(self) -> dict[int, ExplainedStatement]:
        """For each array operation the forward statement that does it."""
        found: dict[int, ExplainedStatement] = {}
        for each in self.forward:
            if each.array_op not in found or found[each.array_op].role:
                found[each.array_op] = each
        return found

    def nodes_of(self, statement: ExplainedStatement) -> Sequence[int]:
        """The nodes behind a statement, in order."""
        return self.behind[statement.array_op].nodes


def explain(root: Value, parameters: Sequence[Value], ids: Mapping[Value, int] | None = None) -> Folding:
    """Fold the graph under `root` and explain what came of it; raise CannotCompile where that cannot be.

    `ids` names the nodes; by default a node is its place in the topological order.
    """
    trace = trace_graph(root, parameters)
    made = fold(Job(trace))
    provenance = provenance_of(made, trace)
    places = [ids[node] for node in trace.nodes] if ids else range(len(trace))
    size = max(places, default=0) + 1
    array_op_of, absorbed = array("i", [-1]) * size, bytearray(size)
    columns = provenance.of_node.tolist(), provenance.absorbed.tolist()
    for place, array_op, gone in zip(places, *columns, strict=True):
        array_op_of[place], absorbed[place] = array_op, gone
    behind = tuple(_behind(trace, provenance, places))
    statements = tuple(_explained(trace, made, provenance))
    return Folding(_stages(trace, made), statements, array_op_of, absorbed, behind)


def _behind(trace: Trace, provenance: Provenance, places: Sequence[int]) -> Iterator[Behind]:
    order = np.argsort(provenance.of_node, kind="stable")
    numbers = np.arange(len(provenance.array_ops) + 1)
    bounds = np.searchsorted(provenance.of_node[order], numbers).tolist()
    for start, stop in pairwise(bounds):
        which = order[start:stop]
        nodes = array("I", sorted(places[i] for i in which.tolist()))
        counts = Counter(trace.op[which].tolist()).most_common()
        ops = {_sign(trace.ops[code]): count for code, count in counts}
        yield Behind(nodes, ops, int(provenance.absorbed[which].sum()))


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
    rest = f", and {_plural(leaves - parameters, 'constant')}" if leaves > parameters else ""
    of_leaves = f"{leaves:,} are leaves: {_plural(parameters, 'parameter')}{rest}"
    once = f"; {fixed:,} more are on constants alone and computed once" if fixed else ""
    forward = [statement for statement in made.statements if statement.forward]
    matmuls = sum(statement.function == "matmul" for statement in forward)
    back = f"{len(made.statements) - len(forward)} backward"
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


# The statements


def _explained(trace: Trace, made: Fold, provenance: Provenance) -> Iterator[ExplainedStatement]:
    explainer = _Explainer(trace, made, provenance)
    part, words = -1, Words("", "")
    for i, statement in enumerate(made.statements):
        if not i or not _goes_on(made, i):
            part += 1
            words = explainer.words(i)
        yield ExplainedStatement(
            number=i + 1,
            phase="forward" if statement.forward else "backward",
            text=statement.text,
            sentence=words.sentence,
            pytorch=words.pytorch,
            part=part,
            role=ROLES[statement.role],
            array_op=provenance.of_statement[i],
            arrays=explainer.legend.of(statement),
        )


def _goes_on(made: Fold, i: int) -> bool:
    """Whether a statement does one thing together with the one before."""
    before, here = made.statements[i - 1], made.statements[i]
    if here.group != before.group or here.about is not before.about or here.phase != before.phase:
        return False
    return here.to is before.to or before.to is None or here.forward


class _Explainer:
    def __init__(self, trace: Trace, made: Fold, provenance: Provenance) -> None:
        self.made, self.provenance = made, provenance
        self.ops = {op.name: op for op in trace.ops}
        self.legend = Legend(made)
        self.in_group: dict[int, list[ArrayOp]] = {}
        for array_op in provenance.array_ops:
            self.in_group.setdefault(array_op.group, []).append(array_op)

    def words(self, i: int) -> Words:
        statement = self.made.statements[i]
        array_op = self.provenance.array_ops[self.provenance.of_statement[i]]
        op, columns = self.ops.get(array_op.of.op), self.made.columns
        if statement.forward:
            return forward_words(columns, array_op, self.in_group[array_op.group], op)
        return backward_words(columns, array_op, statement.about, self._to(i), op)

    def _to(self, i: int) -> Ints | None:
        """Whose gradients the statement and those after it that belong to it are about."""
        here = self.made.statements[i]
        for statement in self.made.statements[i:]:
            if statement.group != here.group or statement.about is not here.about:
                break
            if statement.to is not None:
                return statement.to
        return None
