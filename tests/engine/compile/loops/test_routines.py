"""Routines of machine code give what numpy gives, whatever the sizes and the steps."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.compile import Program, compile_function
from micrograd_tui.engine.compile.loops.kernel import Loops, _Phase
from micrograd_tui.engine.compile.loops.recorder import Operand, Recorder
from micrograd_tui.engine.learning.nn import MLP
from micrograd_tui.engine.learning.optim import SGD, Adam

pytestmark = pytest.mark.requires("llvmlite")
SIZES = list(itertools.product((1, 2, 3, 5, 9), (1, 3, 4, 6, 17), (1, 2, 4, 7, 8, 13, 40)))


def execute(word: str, *given: object, out: np.ndarray) -> None:
    """Note one call with arrays for operands, and execute it."""
    recorder = Recorder()
    operands = [Operand(recorder, x) if isinstance(x, np.ndarray) else x for x in given]
    getattr(recorder, word)(*operands, out=Operand(recorder, out))
    _Phase(recorder.made)()


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(math.prod(shape)).normal(size=shape)


@pytest.mark.parametrize(("m", "n", "k"), SIZES)
def test_matrix_products(m: int, n: int, k: int) -> None:
    for x, y in (
        (numbers(m, k), numbers(k, n)),
        (numbers(m, k), numbers(n, k).T),
        (numbers(k, m).T, numbers(k, n)),
        (numbers(k, m).T, numbers(n, k).T),
        (numbers(m, k + 3)[:, :k], numbers(n, k + 5)[:, :k].T),
    ):
        out = np.full((m, n), math.nan)
        execute("matmul", x, y, out=out)
        assert out == pytest.approx(x @ y, rel=1e-13, abs=1e-13)
        turned = np.full((n, m), math.nan).T
        execute("matmul", x, y, out=turned)
        assert turned == pytest.approx(x @ y, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("k", range(1, 20))
def test_a_sum_with_an_infinite_factor_is_infinite(k: int) -> None:
    """Lanes past the end take no part: 0 times infinity would be nan."""
    x, out = np.ones((1, k)), np.zeros(1)
    execute("einsum", "ik,i->i", x, np.array([math.inf]), out=out)
    assert out[0] == math.inf


def mlp(width: int) -> tuple[list[Value], Callable[[Any], Value]]:
    model = MLP(2, [width, width, 1])
    return model.parameters(), lambda row: (1 + -row[2] * model(row[:2])).relu()


def trained(backend: str, width: int, count: int, make: type) -> tuple[Program, np.ndarray]:
    parameters, loss = mlp(width)
    for i, p in enumerate(parameters):
        p.data = math.sin(i + 1)
    rows = [(math.cos(i), math.sin(2 * i), 1.0 if i % 3 else -1.0) for i in range(count)]
    program = compile_function(
        loss, parameters, rows, lambda: 1e-3 * sum(p * p for p in parameters), backend
    )
    done = program.run(4, make(parameters, lr=0.01))
    return program, np.array([done.loss, done.grad_norm])


@pytest.mark.parametrize("make", [SGD, Adam])
@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 100, 700])
def test_steps_in_one_call_are_those_of_numpy(count: int, make: type) -> None:
    native, of_native = trained("native", 24, count, make)
    folded, of_numpy = trained("numpy", 24, count, make)
    assert of_native == pytest.approx(of_numpy, rel=1e-11)
    assert native.parameters == pytest.approx(folded.parameters, rel=1e-10, abs=1e-12)
    assert native.gradients == pytest.approx(folded.gradients, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("width", "loops"), [(16, False), (32, True), (64, True)])
def test_gradients_that_do_not_stay_near_are_left_to_products(width: int, loops: bool) -> None:
    parameters, loss = mlp(width)
    program = compile_function(loss, parameters, [(0.5, -1.0, 1.0)], None, "native")
    assert isinstance(program.kernel, Loops) == loops
