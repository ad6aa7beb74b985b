"""Loss and gradients of a program, compared with those of Values over some rows."""

import random
from collections.abc import Callable, Sequence

import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import Program

Row = Sequence[float]
NATIVE = pytest.param("native", marks=pytest.mark.requires("llvmlite"))
BACKENDS = ("python", "numpy", NATIVE)


def table(rng: random.Random, rows: int, columns: int) -> list[list[Value]]:
    return [[Value(rng.gauss(0, 1)) for _ in range(columns)] for _ in range(rows)]


def flat(*tables: list[list[Value]]) -> list[Value]:
    return [p for each in tables for row in each for p in row]


def expect_values(
    program: Program,
    loss_of: Callable[[Sequence[Value]], Value],
    parameters: list[Value],
    rows: Sequence[Row],
) -> None:
    """Compare loss and gradients with those of Values, to 1e-9."""
    for p in parameters:
        p.grad = 0.0
    losses = [loss_of([Value(x) for x in row]) for row in rows]
    total = losses[0]
    for loss in losses[1:]:
        total = total + loss
    total = total * (1 / len(rows))
    total.backward()

    program.set_rows(rows)

    assert program.backward() == pytest.approx(total.data, rel=1e-9, abs=1e-12)
    assert program.forward() == pytest.approx(total.data, rel=1e-9, abs=1e-12)
    assert program.gradients.tolist() == pytest.approx([p.grad for p in parameters], rel=1e-9, abs=1e-12)
