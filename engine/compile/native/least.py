"""A lower bound on the instructions of a graph, in milliseconds: whether native code is possible at all.

The plan (plan.py) takes seconds to minutes for a graph of 60,000 nodes with many long sums, most of which
it then declines. What lanes can save is known before. A node goes into a lane, a term of a long sum, only
if nothing outside that term reads it: one walk from the root down finds for every node its *block*, the
innermost such term that all its readers are part of. What a lane reads of other blocks, or of the
parameters, its fellows must read too; a term that reads what too few others read is no lane: it stays,
and one addition with it. Products are not counted, since each may be fused with an addition.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...ops import OPS
from ..ir.trace import CONSTANT, INNER, PARAMETER, SLOT, Trace
from .lanes import FEWEST_LANES

Ints = NDArray[np.int64]


def least_instructions(source: Trace, enough: int) -> int:
    """Return how many instructions a graph takes at least; stop counting beyond `enough`."""
    if source.slots:  # each node that a row's numbers reach runs in that row's lane
        return int((_counted(source) & np.array(_reached(source, source.kind == SLOT))).sum())
    blocks = _Blocks(source)
    if not blocks.walk(enough):
        return blocks.certain
    blocks.keep(_alone_with_a_parameter(source, blocks))
    return blocks.total()


def _counted(source: Trace) -> NDArray[np.bool_]:
    """Return which nodes are an instruction of their own wherever they are: inner ones but products."""
    return np.array([op is not OPS["mul"] for op in source.ops] + [False])[source.op]


def _reached(source: Trace, start: NDArray[np.bool_]) -> list[bool]:
    """Return for every node whether one of those is below it, or is it."""
    found: list[bool] = start.tolist()
    for node, (a, b) in enumerate(zip(source.a.tolist(), source.b.tolist(), strict=True)):
        if a >= 0 and (found[a] or (b >= 0 and found[b])):
            found[node] = True
    return found


def _varying(source: Trace) -> NDArray[np.bool_]:
    """Return which inner nodes are no constants; few graphs compute with constants alone."""
    inner, varies = source.kind == INNER, source.kind != CONSTANT
    if (inner & ~varies[source.a] & ((source.b < 0) | ~varies[source.b])).any():
        varies = np.array(_reached(source, varies & ~inner))
    found: NDArray[np.bool_] = inner & varies
    return found


class _Blocks:
    """The blocks of a graph: 0 is the root's, which is no lane; a block is older than those in it."""

    def __init__(self, source: Trace) -> None:
        inner, edges = _varying(source), np.concatenate([source.a, source.b])
        uses = np.bincount(edges[edges >= 0], minlength=len(source))
        uses[source.root] += 1
        is_add = np.array([op is OPS["add"] for op in source.ops] + [False])[source.op]
        joins = is_add & (uses == 1) & inner
        inside = np.zeros(len(source), bool)  # read by an addition
        for parents in (source.a, source.b):
            inside[parents[is_add]] = True
        seen = np.flatnonzero((inner & ~(inside & joins))[: source.root + 1])[::-1]
        self.root, self.a, self.b = source.root, source.a.tolist(), source.b.tolist()
        # As bytes, what is true of a node is had as fast as from a list, which would take long to make.
        self.inner, self.is_add, self.joins = inner.tobytes(), is_add.tobytes(), joins.tobytes()
        """An addition `joins` a sum if an addition reads it."""
        self.counted = _counted(source).tobytes()
        self.seen: list[int] = seen.tolist()
        """The nodes to walk over, from the root down: all but those in the middle of a sum."""
        self.sort: list[int] = np.where(inner & (uses == 1), source.op, -1).tolist()
        """The op of a node that may be a lane: one that is read once."""
        self.of = [0] * len(source)
        """The block of each node."""
        self.outer, self.depth, self.sum_of = [0], [0], [-1]
        """Of each block: the one around it, how many are around it, the sum it is a term of."""
        self.may_be_lane, self.size = [False], [0]
        """Of each block: may it be a lane, its nodes."""
        self.sums: list[tuple[int, range, int]] = []
        """Of each long sum: its block, the blocks of its terms, and how many terms it has."""
        self.staying: list[int] = []
        """Of each long sum: how many of its terms are no lanes."""
        self.certain = 0

    def walk(self, enough: int) -> bool:
        """Find the blocks; return False if it stopped, because so many instructions are certain."""
        a, b, inner, of, size, counted = self.a, self.b, self.inner, self.of, self.size, self.counted
        is_add, readers = self.is_add, list[Any]([None] * len(of))
        """Of each node the block of its reader, or a list of them."""
        readers[self.root] = 0
        for node in self.seen:
            block = readers[node]
            if block.__class__ is list:
                block = self._around(block)
                if self.certain + size[0] > enough:
                    self.certain += size[0]
                    return False
            of[node] = block
            if is_add[node]:
                terms = self._terms(node)
                if len(terms) >= FEWEST_LANES:
                    self._open(block, terms, readers)
                    continue
                size[block] += len(terms) - 1
            else:
                size[block] += counted[node]
                terms = [a[node], b[node]]
            for term in terms:
                if term >= 0 and inner[term]:
                    before = readers[term]
                    if before.__class__ is list:
                        before.append(block)
                    else:
                        readers[term] = block if before is None else [before, block]
        return True

    def _terms(self, node: int) -> list[int]:
        a, b, joins = self.a, self.b, self.joins
        terms, stack = [], [node]
        while stack:
            part = stack.pop()
            for each in (a[part], b[part]):
                if joins[each]:
                    stack.append(each)
                else:
                    terms.append(each)
        return terms

    def _open(self, block: int, terms: list[int], readers: list[Any]) -> None:
        """Make blocks of the terms of a long sum that may be lanes: enough of one op, each read once."""
        sort = self.sort
        sorts, lanes, rest = [sort[term] for term in terms], terms, list[int]()
        enough = {it for it in set(sorts) if it >= 0 and sorts.count(it) >= FEWEST_LANES}
        if not enough.issuperset(sorts):
            pairs = list(zip(terms, sorts, strict=True))
            lanes = [term for term, it in pairs if it in enough]
            rest = [term for term, it in pairs if it not in enough]
        made = range(len(self.outer), len(self.outer) + len(lanes))
        for term, of in zip(lanes, made, strict=True):
            readers[term] = of
        for term in rest:
            if self.inner[term]:
                before = readers[term]
                if before.__class__ is list:
                    before.append(block)
                else:
                    readers[term] = block if before is None else [before, block]
        self.outer += [block] * len(lanes)
        self.depth += [self.depth[block] + 1] * len(lanes)
        self.sum_of += [len(self.sums)] * len(lanes)
        self.may_be_lane += [True] * len(lanes)
        self.size += [0] * len(lanes)
        self.sums.append((block, made, len(terms)))
        self.staying.append(len(rest))

    def _around(self, readers: list[int]) -> int:
        """Return the innermost block around all readers; a term they read in from outside may stay."""
        outer, depth, level = self.outer, self.depth, set(readers)
        while len(level) > 1:
            depths = {depth[block] for block in level}
            deepest = level
            if len(depths) > 1:
                most = max(depths)
                deepest = {block for block in level if depth[block] == most}
            self._keep_few(deepest)
            level = (level - deepest) | {outer[block] for block in deepest}
        return level.pop()

    def _keep_few(self, terms: set[int]) -> None:
        """Note that those of these terms are no lanes that are too few of their sum."""
        sum_of = self.sum_of
        sums = [sum_of[term] for term in terms]
        there = set(sums)
        if len(there) == len(sums) or len(sums) < FEWEST_LANES:
            self.keep(terms)
        elif len(there) > 1:
            few = {it for it in there if sums.count(it) < FEWEST_LANES}
            self.keep([term for term in terms if sum_of[term] in few])

    def keep(self, terms: Iterable[int]) -> None:
        """Note that these terms are no lanes."""
        may_be_lane, sum_of, staying = self.may_be_lane, self.sum_of, self.staying
        for term in terms:
            if may_be_lane[term]:
                may_be_lane[term] = False
                its = sum_of[term]
                staying[its] += 1
                # So many additions stay as terms do, but one.
                self.certain += self.outer[term] == 0 and staying[its] > 1

    def total(self) -> int:
        """Return the least number of instructions, summed up from the innermost blocks out.

        `whole` is a block that is a lane: there all sums are written out. Of one that stays, `left` is
        what lanes may leave of it.
        """
        whole, left = list(self.size), list(self.size)
        for (block, made, terms), staying in zip(
            reversed(self.sums), reversed(self.staying), strict=True
        ):
            lanes = [term for term in made if self.may_be_lane[term]]
            whole[block] += terms - 1 + sum(whole[made.start : made.stop])
            left[block] += staying - (not lanes)
            left[block] += sum(left[term] for term in made if not self.may_be_lane[term])
            if lanes:
                left[block] += min(min(whole[t] for t in lanes), sum(left[t] for t in lanes))
        return left[0]


def _alone_with_a_parameter(source: Trace, blocks: _Blocks) -> list[int]:
    """Return the terms that read a parameter which no lane reads alone.

    At one place of its graph a lane reads the parameter that all lanes of its sum read there, or they
    read parameters that stand in a row.
    """
    term, parameter = _readings(source, np.array(blocks.of))
    outer, sum_of = np.array(blocks.outer), np.array(blocks.sum_of)
    many, levels = len(outer), []
    while len(term):
        place = sum_of[term] * (source.parameters + 2) + parameter + 1
        levels.append(_different(place * many + term))
        inner = outer[term] > 0
        term, parameter = outer[term][inner], parameter[inner]
    if not levels:
        return []
    place, term = np.divmod(np.sort(np.concatenate(levels), kind="stable"), many)
    start = np.flatnonzero(np.diff(place, prepend=-1))
    places, count = place[start], np.diff(start, append=len(place))
    first, last = term[start], term[start + count - 1]
    fine = np.repeat(count >= FEWEST_LANES, count)
    for beside in (place - 1, place + 1):
        at = np.minimum(np.searchsorted(places, beside), len(places) - 1)
        fine |= (places[at] == beside) & ((first[at] != term) | (last[at] != term))
    found: list[int] = term[~fine].tolist()
    return found


def _different(numbers: Ints) -> Ints:
    """Return the numbers in order, each once."""
    numbers = np.sort(numbers, kind="stable")
    return numbers[np.flatnonzero(np.diff(numbers, prepend=-1))]


def _readings(source: Trace, block: Ints) -> tuple[Ints, Ints]:
    """Return which parameters are read in which blocks but the root's, a pair a reading."""
    pairs = []
    for parents in (source.a, source.b):
        reads = np.flatnonzero((parents >= 0) & (source.kind[parents] == PARAMETER) & (block > 0))
        pairs.append((block[reads], source.index[parents[reads]].astype(np.int64)))
    (a, to_a), (b, to_b) = pairs
    return np.concatenate([a, b]), np.concatenate([to_a, to_b])
