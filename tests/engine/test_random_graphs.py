"""Gradients of random graphs over the whole table agree with PyTorch's in float64 to 1e-12."""

import math
import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from random_graphs import Program, apply_value, programs, values_of

from micrograd_tui.engine import Value

NAMES = {"div": "true_divide", "max": "maximum", "min": "minimum"}


def gradients(program: Program, seed: int | None = None) -> list[float]:
    """The root's number and the leaves' gradients; with a seed every result is off by its last bit."""
    signs = random.Random(seed)

    def apply(name: str, *operands: Value) -> Value:
        made = apply_value(name, *operands)
        if seed is not None:
            made.data = math.nextafter(made.data, signs.choice((-math.inf, math.inf)))
        return made

    root, values = program.run(Value, apply)
    root.backward()
    return [root.data, *(leaf.grad for leaf in values[: len(program.numbers)])]


def well_conditioned(program: Program) -> bool:
    """Whether last bits do not matter: two libraries' tanh or pow differ in them."""
    plain = gradients(program)
    for seed in range(6):
        for x, y in zip(plain, gradients(program, seed), strict=True):
            if not (math.isclose(x, y, rel_tol=1e-13) or (math.isnan(x) and math.isnan(y))):
                return False
    return True


@pytest.mark.requires("torch")
@settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
@given(program=programs())
def test_gradients_are_pytorchs_to_twelve_digits_where_last_bits_do_not_matter(
    program: Program,
) -> None:
    import torch

    assume(well_conditioned(program))
    root, values = values_of(program)
    theirs, tensors = program.run(
        lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True),
        lambda op, *args: getattr(torch, NAMES.get(op) or op)(*args),
    )
    root.backward()
    theirs.backward()

    assert root.data == pytest.approx(theirs.item(), rel=1e-12, abs=0, nan_ok=True)
    for value, tensor in zip(values, tensors[: len(program.numbers)], strict=False):
        expected = 0.0 if tensor.grad is None else tensor.grad.item()
        assert value.grad == pytest.approx(expected, rel=1e-12, abs=0, nan_ok=True)
