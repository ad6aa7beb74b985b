"""Statements for a group's products: a matrix product where they fill a grid, else one dot product each.

The shape of a grid is (blocks, right rows, left rows); k runs over the terms of a dot product and the
rows of a batch are the last axis. Blocks are left out where there is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..ir.dtypes import Ints
from .columns import CONST
from .groups import Group, Part
from .statements import Statements, flattening
from .strides import strides_of


@dataclass(frozen=True, eq=False)
class Products:
    """A part of a group, brought to a form; `left` is (blocks, lefts, k), `right` (blocks, rights, k)."""

    group: Group
    left: Ints
    right: Ints
    form: str
    """`matrix`, `rows matrix` (left factors are there once, right ones in every row), `rows pairs`
    (both in every row), or `single`, whose factors are (members, k)."""

    ones: int = 0
    """How many of the last terms are a bias times the number 1."""

    @property
    def out(self) -> Ints:
        """The group's nodes in the shape in which `forward` writes them."""
        out = self.group.nodes.reshape(self.group.shape)
        if self.form == "matrix":
            return _thin(out)
        return _spread_out(out) if self.form == "rows matrix" else out

    def forward(self, statements: Statements, to: str) -> None:
        """Write the products, summed over k, into `to`, which has the shape of `out`."""
        _FORWARD[self.form](self, statements, to)

    def backward(self, statements: Statements) -> None:
        """Write the contributions to both factors."""
        _BACKWARD[self.form](self, statements)


def products_of(statements: Statements, group: Group, part: Part) -> Products:
    """Choose the form of a part."""
    assert part.right is not None
    left, right = part.left, part.right
    if len(group.shape) == 3:
        grid = _on_grid(group, left, right)
        if grid is None and not group.per_row:
            left, right = right, left
            grid = _on_grid(group, left, right)
        form = _grid_form(statements, group, *grid) if grid else "single"
        if grid is not None and not (form == "rows pairs" and group.shape == (1, 1, 1)):
            return Products(group, *grid, form)
    return Products(group, part.left, part.right, "single")


def _on_grid(group: Group, left: Ints, right: Ints) -> tuple[Ints, Ints] | None:
    """Return the factors without repetition, if left ones depend on the last axis alone."""
    left, right = left.reshape(*group.shape, -1), right.reshape(*group.shape, -1)
    if (left == left[:, :1]).all() and (right == right[:, :, :1]).all():
        return left[:, 0], right[:, :, 0]
    return None


def _grid_form(statements: Statements, group: Group, left: Ints, right: Ints) -> str:
    if not group.per_row:
        return "matrix"
    per_row = statements.columns.per_row
    return "rows pairs" if per_row[left.flat[0]] else "rows matrix"


def _thin(index: Ints) -> Ints:
    """Leave out the axis of blocks where there is one block."""
    return np.squeeze(index, 0) if len(index) == 1 else index


def with_bias(statements: Statements, products: Products, bias: Ints) -> Products | None:
    """Return the products with a plain term for each left row as one more term, where it fits."""
    group, layout = products.group, statements.arrays.layout
    plain = products.form == "rows matrix" and group.shape[:2] == (1, 1) and not group.exact_zero
    if not plain or products.ones or statements.columns.per_row[bias.flat[0]]:
        return None
    one = layout.ones.get(int(layout.address[products.right[0, 0, -1]]) + 1)
    if (
        one is None
        or statements.columns.kind[bias.flat[0]] != statements.columns.kind[products.left.flat[0]]
    ):
        return None
    left = np.concatenate([products.left, bias.reshape(1, -1, 1)], axis=2)
    right = np.append(products.right, np.full((1, 1, 1), one), axis=2)
    if strides_of(layout.address[left]) is None or strides_of(layout.address[right]) is None:
        return None
    return Products(group, left, right, products.form, ones=1)


# matrix: out[r, l] = sum over k of right[r, k] * left[l, k]; everything is there once.


def _matrix(products: Products, statements: Statements, to: str) -> None:
    left, right = _thin(products.left.swapaxes(1, 2)), _thin(products.right)
    if right.shape[-1] == 1:
        names = statements.read(right, False), statements.read(left, False)
        _write(statements, "multiply", *names, to)
    else:
        names = statements.matrix(right), statements.matrix(left)
        _write(statements, "matmul", *names, to)


def _matrix_back(products: Products, statements: Statements) -> None:
    left, right = _thin(products.left), _thin(products.right)
    out = products.out
    if out.size == 1:
        _one_product_back(statements, out, left, right)
        return
    g, g_t = statements.gradient(out), statements.gradient(out.swapaxes(-1, -2))
    if _wanted(statements, left):
        name = statements.matrix(right)
        statements.contribute(left, False, lambda to: _write(statements, "matmul", g_t, name, to))
    if _wanted(statements, right):
        name_left = statements.matrix(left)
        word = "multiply" if left.shape[-2] == 1 else "matmul"
        statements.contribute(right, False, lambda to: _write(statements, word, g, name_left, to))


def _one_product_back(statements: Statements, out: Ints, left: Ints, right: Ints) -> None:
    """Write the contributions of a single dot product; that of x with x is 2*g*x."""
    g = statements.gradient(out.reshape(()))
    pairs = [(left, right), (right, left)]
    if (left == right).all():
        twice = statements.arrays.scratch("t", (), False)
        statements.write("multiply({g}, 2.0, out={twice})", g=g, twice=twice)
        g, pairs = twice, pairs[:1]
    for mine, other in pairs:
        if _wanted(statements, mine):
            _scaled(statements, mine, other, g)


def _scaled(statements: Statements, mine: Ints, other: Ints, g: str) -> None:
    name = statements.read(other, False)
    statements.contribute(mine, False, lambda to: _write(statements, "multiply", name, g, to))


# rows matrix: out[r, l, row] = sum over k of left[l, k] * right[r, k, row].


def _rows_matrix(products: Products, statements: Statements, to: str) -> None:
    left, right = _spread(products)
    name_left = statements.matrix(left)
    word = "multiply" if left.shape[-1] == 1 else "matmul"
    _write(statements, word, name_left, statements.read(right, False), to)


def _rows_matrix_back(products: Products, statements: Statements) -> None:
    left, right = _spread(products)
    g = statements.gradient(products.out)
    if _wanted(statements, left):
        right_t = statements.arrays.swapped(statements.read(right, False))
        whole = np.broadcast_to(left, (*right.shape[:-1], *left.shape[-2:]))
        statements.contribute(whole, False, lambda to: _write(statements, "matmul", g, right_t, to))
    if products.ones:
        left, right = left[..., : -products.ones], right[..., : -products.ones]
    if _wanted(statements, right):
        left_t = statements.matrix(left.swapaxes(-1, -2))
        word = "multiply" if left.shape[-2] == 1 else "matmul"
        statements.contribute(right, True, lambda to: _write(statements, word, left_t, g, to))


def _spread(products: Products) -> tuple[Ints, Ints]:
    """Return left as (blocks, 1, l, k) and right as (blocks, r, k), without axes of length 1."""
    left, right = products.left, products.right
    if len(left) > 1:
        return left[:, None], right
    return left[0], (right[0, 0] if right.shape[1] == 1 else right[0])


def _spread_out(out: Ints) -> Ints:
    if len(out) > 1:
        return out
    return np.squeeze(out, (0, 1)) if out.shape[1] == 1 else np.squeeze(out, 0)


# rows pairs: out[r, l, row] = sum over k of left[l, k, row] * right[r, k, row].


def _rows_pairs(products: Products, statements: Statements, to: str) -> None:
    left, right = statements.read(products.left, True), statements.read(products.right, True)
    if products.left.shape[-1] == 1:
        # (blocks, 1, l, row) and (blocks, r, 1, row)
        left = statements.read(products.left.swapaxes(1, 2), True)
        _write(statements, "multiply", left, right, to)
    else:
        _write_einsum(statements, "blkn,brkn->brln", left, right, to)


def _rows_pairs_back(products: Products, statements: Statements) -> None:
    left, right = products.left, products.right
    g = statements.gradient(products.out)
    if _wanted(statements, left):
        name = statements.read(right, True)
        statements.contribute(
            left, True, lambda to: _write_einsum(statements, "brln,brkn->blkn", g, name, to)
        )
    if _wanted(statements, right):
        name_left = statements.read(left, True)
        statements.contribute(
            right, True, lambda to: _write_einsum(statements, "brln,blkn->brkn", g, name_left, to)
        )


# single: out[m] = sum over k of left[m, k] * right[m, k], in every row if the group is.


def _single(products: Products, statements: Statements, to: str) -> None:
    group, left, right = products.group, products.left, products.right
    if left.shape[1] == 1:
        shape = group.shape
        x, y = (statements.operand(f[:, 0].reshape(shape), group.per_row) for f in (left, right))
        _write(statements, "multiply", x, y, to)
        return
    x, y = (statements.read(factor, False) for factor in (left, right))
    axes = [_axes_of(statements, factor) for factor in (left, right)]
    subscripts = f"{axes[0]},{axes[1]}->{'mn' if group.per_row else 'm'}"
    _write_einsum(statements, subscripts, x, y, to, flattening(group.per_row))


def _single_back(products: Products, statements: Statements) -> None:
    group, left, right = products.group, products.left, products.right
    nodes = _as_its_factors(group, left.shape[1])
    g, pairs = statements.gradient(nodes), [(left, right), (right, left)]
    if left.shape == right.shape and (left == right).all():  # x*x: 2*g*x, in one contribution
        twice = statements.arrays.scratch("t", nodes.shape, group.per_row)
        statements.write("multiply({g}, 2.0, out={twice})", g=g, twice=twice)
        g, pairs = twice, pairs[:1]
    for mine, other in pairs:
        if _wanted(statements, mine):
            _single_factor(group, statements, mine, other, g)


def _as_its_factors(group: Group, terms: int) -> Ints:
    """Return the nodes in a shape that spreads to that of the factors, where one statement does that."""
    if terms == 1:
        return group.nodes.reshape(group.shape)
    return group.nodes if group.per_row else group.nodes[:, None]


def _single_factor(group: Group, statements: Statements, mine: Ints, other: Ints, g: str) -> None:
    one = mine.shape[1] == 1
    if one:
        mine, other = (factor[:, 0].reshape(group.shape) for factor in (mine, other))
    name = statements.operand(other, group.per_row) if one else statements.read(other, False)
    if one or not group.per_row:
        statements.contribute(mine, group.per_row, lambda to: _write(statements, "multiply", g, name, to))
        return
    axes = _axes_of(statements, mine)
    subscripts = f"mn,{_axes_of(statements, other)}->{axes}"
    statements.contribute(
        mine, "n" in axes, lambda to: _write_einsum(statements, subscripts, g, name, to)
    )


def _write(statements: Statements, function: str, left: str, right: str, to: str) -> None:
    statements.write(f"{function}({{x}}, {{y}}, out={{to}})", x=left, y=right, to=to)


def _write_einsum(
    statements: Statements, subscripts: str, left: str, right: str, to: str, shaped: str = ""
) -> None:
    template = f"einsum('{subscripts}', {{x}}, {{y}}, out={{to}}{shaped})"
    statements.write(template, x=left, y=right, to=to)


def _axes_of(statements: Statements, factor: Ints) -> str:
    return "mkn" if statements.columns.per_row[factor.flat[0]] else "mk"


def _wanted(statements: Statements, factor: Ints) -> bool:
    """Return whether any of the factors has a gradient."""
    kind = statements.columns.kind[factor.flat[0]]
    return kind != CONST and bool(statements.columns.live[factor].any())


_FORWARD = {
    "matrix": _matrix,
    "rows matrix": _rows_matrix,
    "rows pairs": _rows_pairs,
    "single": _single,
}
_BACKWARD = {
    "matrix": _matrix_back,
    "rows matrix": _rows_matrix_back,
    "rows pairs": _rows_pairs_back,
    "single": _single_back,
}
