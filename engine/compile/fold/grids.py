"""Step 3 of the fold: a group of dot products that fills a whole grid *is* a matrix product.

Every member multiplies a row of left factors with a row of right factors. If each of the few different
left rows meets each of the few different right rows once, the members are the entries of
`right @ left.T`. Several such blocks of one size are a batch of matrix products; members that fill no
grid stay single dot products.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..ir.dtypes import Ints
from .groups import SUM, Group, Part, alike

_ROUNDS = 64
_SIZES = 6


def gridded(group: Group) -> list[Group]:
    """Return the group with its nodes in grid order, split where its blocks are of several sizes.

    The shape becomes (blocks, right rows, left rows), or (members,) where there is no grid.
    """
    main = _main_part(group)
    if main is None or len(group.nodes) == 1:
        return [_shaped(group, (1, 1, 1) if main else group.nodes.shape)]
    assert main.right is not None
    left, right = _row_numbers(main.left), _row_numbers(main.right)
    block = _blocks(left, right)
    return [
        _placed(_pick(group, at), left[at], right[at], block[at], whole)
        for at, whole in _by_size(left, right, block)
    ]


def _main_part(group: Group) -> Part | None:
    products = [part for part in group.parts if part.right is not None]
    return max(products, key=lambda part: part.left.shape[1], default=None)


def _placed(group: Group, left: Ints, right: Ints, block: Ints, whole: bool) -> Group:
    """Put the nodes of a group in the order (block, right row, left row)."""
    blocks = len(np.unique(block))
    rights = _count_pairs(block, right) // blocks
    lefts = len(group.nodes) // blocks // rights if whole else 0
    if not whole or (rights == 1 and lefts == 1):
        return _shaped(group, group.nodes.shape)
    left, right, block = _first_seen(left), _first_seen(right), _first_seen(block)
    written = np.arange(len(block))
    if not group.per_row and (np.lexsort((right, left, block)) == written).all():
        return _shaped(group, (blocks, lefts, rights))  # as written, the left rows are the outer ones
    return _shaped(_pick(group, np.lexsort((left, right, block))), (blocks, rights, lefts))


def _by_size(left: Ints, right: Ints, block: Ints) -> list[tuple[Ints, bool]]:
    """Return the members of all blocks of one size together, and whether those are whole grids."""
    names, member = np.unique(block, return_inverse=True)
    width, height = (_rows_of_blocks(member, rows, len(names)) for rows in (left, right))
    size = np.bincount(member, minlength=len(names))
    whole = size == width * height
    sort = np.where(whole, width * (len(left) + 1) + height, -1)
    sorts = np.unique(sort)
    if len(sorts) > _SIZES:
        return [(np.arange(len(left)), False)]
    found = [(np.flatnonzero(sort[member] == each), each >= 0) for each in sorts]
    return sorted(found, key=lambda entry: int(entry[0][0]))


def _rows_of_blocks(member: Ints, rows: Ints, count: int) -> Ints:
    pairs = np.unique(member * (rows.max() + 1) + rows)
    return np.bincount(pairs // (rows.max() + 1), minlength=count)


def _count_pairs(block: Ints, rows: Ints) -> int:
    return len(np.unique(block * (rows.max() + 1) + rows))


def _blocks(left: Ints, right: Ints) -> Ints:
    """Number the members so that those who share a row, over any detour, have one number."""
    block = np.arange(len(left))
    for _ in range(_ROUNDS):
        before = block
        for rows in (left, right):
            least = np.full(rows.max() + 1, len(rows))
            np.minimum.at(least, rows, block)
            block = least[rows]
        if (block == before).all():
            return block
    return np.zeros(len(left), np.int64)


def _row_numbers(rows: Ints) -> Ints:
    """Number the different rows in the order in which they occur first."""
    return _first_seen(alike(rows)[1])


def _first_seen(numbers: Ints) -> Ints:
    _, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    found: Ints = rank[inverse]
    return found


def _pick(group: Group, at: Ints) -> Group:
    parts = [Part(part.left[at], None if part.right is None else part.right[at]) for part in group.parts]
    return replace(group, nodes=group.nodes[at], parts=parts)


def _shaped(group: Group, shape: tuple[int, ...]) -> Group:
    assert group.op == SUM or len(shape) == 1
    return replace(group, shape=shape)
