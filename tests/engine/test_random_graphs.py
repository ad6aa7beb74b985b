"""Gradients of random graphs over the whole table agree with PyTorch's in float64 to 1e-12."""

import math

import pytest
from hypothesis import HealthCheck, assume, given, settings
from random_graphs import Program, programs, values_of
from tame_graphs import gradients

NAMES = {"div": "true_divide", "max": "maximum", "min": "minimum"}


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
