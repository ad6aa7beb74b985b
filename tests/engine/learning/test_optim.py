"""Optimizers and schedules step by step against PyTorch's, and their state."""

import itertools
import json
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.engine import Value
from micrograd_tui.engine.learning.optim import OPTIMIZERS, SCHEDULES, SGD, Adam, AdamW

ARGUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.7), "eps": 1e-3}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.0}),
    ("AdamW", {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.3}),
]
KINDS = {"SGD": SGD, "Adam": Adam, "AdamW": AdamW}


def slopes(parameters: list[Value], step: int) -> None:
    """Give every parameter a gradient that depends on where it is and when."""
    for i, p in enumerate(parameters):
        p.grad = math.sin(3 * p.data + step + i) + 0.5 * p.data


def gradient(step: int, i: int) -> float:
    """A gradient that changes from step to step, of the same digits on every machine."""
    return round(2 * math.sin(1.7 * step + i), 3)


LOOKED_AT = 10
"""Every tenth of a hundred steps is compared: what one does wrong is there in those after it."""


@pytest.mark.parametrize(("kind", "arguments"), ARGUMENTS)
def test_a_hundred_steps_are_pytorchs(kind: str, arguments: dict[str, Any], pytorch: Any) -> None:
    start = (1.0, -2.0, 0.0, 30.0)

    def theirs(torch: Any) -> list[float]:
        p = torch.tensor(start, dtype=torch.float64, requires_grad=True)
        optimizer = getattr(torch.optim, kind)([p], **arguments)
        seen: list[float] = []
        for step in range(100):
            p.grad = torch.tensor([gradient(step, i) for i in range(4)], dtype=torch.float64)
            optimizer.step()
            seen += p.tolist() if step % LOOKED_AT == LOOKED_AT - 1 else []
        return seen

    ours = [Value(x) for x in start]
    optimizer = KINDS[kind](ours, **arguments)
    seen: list[float] = []
    for step in range(100):
        for i, p in enumerate(ours):
            p.grad = gradient(step, i)
        optimizer.step()
        seen += [p.data for p in ours] if step % LOOKED_AT == LOOKED_AT - 1 else []

    assert seen == pytest.approx(pytorch(theirs), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("kind", "arguments"), ARGUMENTS)
def test_a_learning_rate_changed_on_the_way_acts_as_pytorchs(
    kind: str, arguments: Any, pytorch: Any
) -> None:
    def theirs(torch: Any) -> list[float]:
        p = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
        optimizer = getattr(torch.optim, kind)([p], **arguments)
        for step in range(30):
            optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
            p.grad = torch.tensor([gradient(step, i) for i in range(2)], dtype=torch.float64)
            optimizer.step()
        return list(p.tolist())

    ours = [Value(1.0), Value(-2.0)]
    optimizer = KINDS[kind](ours, **arguments)
    for step in range(30):
        optimizer.lr = 0.1 / (1 + step)
        for i, p in enumerate(ours):
            p.grad = gradient(step, i)
        optimizer.step()

    assert [p.data for p in ours] == pytest.approx(pytorch(theirs), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("kind", "arguments"), ARGUMENTS)
@pytest.mark.parametrize("cut", [0, 1, 7])
def test_an_optimizer_restored_from_its_state_goes_on_to_the_bit(kind, arguments, cut) -> None:
    whole = [Value(1.0), Value(-2.0)]
    optimizer = KINDS[kind](whole, **arguments)
    for step in range(cut):
        slopes(whole, step)
        optimizer.step()
    saved = json.loads(json.dumps([[p.data for p in whole], optimizer.state()]))
    resumed = [Value(x) for x in saved[0]]
    again = KINDS[kind](resumed, **arguments)
    again.restore(saved[1])
    for step in range(cut, 20):
        for parameters, one in ((whole, optimizer), (resumed, again)):
            slopes(parameters, step)
            one.step()

    assert [p.data for p in resumed] == [p.data for p in whole]
    assert again.state() == optimizer.state()


def test_the_state_is_a_copy_and_a_foreign_one_is_refused() -> None:
    optimizer = SGD([Value(1.0)], lr=0.1, momentum=0.9)
    saved = optimizer.state()
    optimizer.parameters[0].grad = 1.0
    optimizer.step()

    assert saved == [[0.0]]
    assert optimizer.state() == [[1.0]]
    with pytest.raises(ValueError, match="this is not the state of Adam"):
        Adam([Value(1.0)]).restore(saved)
    with pytest.raises(ValueError, match="this is not the state of SGD"):
        SGD([Value(1.0), Value(2.0)], momentum=0.9).restore(saved)


def test_zero_grad_sets_the_gradients_of_its_parameters_to_0() -> None:
    a, b = Value(1.0), Value(2.0)
    a.grad = b.grad = 3.0
    SGD([a], lr=0.1).zero_grad()

    assert (a.grad, b.grad) == (0.0, 3.0)


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_arguments_that_cannot_be_are_refused_in_a_sentence(kind: Any) -> None:
    with pytest.raises(ValueError, match="lr must be 0 or more, not -1"):
        kind([], lr=-1)
    with pytest.raises(ValueError, match="weight_decay must be 0 or more, not nan"):
        kind([], weight_decay=math.nan)


def test_nesterov_needs_momentum_and_betas_are_below_1() -> None:
    with pytest.raises(ValueError, match="nesterov needs a momentum above 0"):
        SGD([], nesterov=True)
    with pytest.raises(ValueError, match="betas must be at least 0 and below 1"):
        Adam([], betas=(0.9, 1.0))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, 1e308, 5e-324])
@pytest.mark.parametrize("kind", KINDS)
def test_a_gradient_beyond_all_bounds_does_what_it_does_to_pytorch(
    kind: str, number: float, pytorch: Any
) -> None:
    def theirs(torch: Any) -> list[float]:
        p = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
        optimizer, seen = getattr(torch.optim, kind)([p], lr=0.1), []
        for _ in range(3):
            p.grad = torch.tensor([number], dtype=torch.float64)
            optimizer.step()
            seen.append(p.item())
        return seen

    p = Value(1.0)
    optimizer, seen = KINDS[kind]([p], lr=0.1), []
    for _ in range(3):
        p.grad = number
        optimizer.step()
        seen.append(p.data)

    assert seen == pytest.approx(pytorch(theirs), rel=1e-12, nan_ok=True)


def test_an_eps_of_0_and_a_gradient_of_0_are_pytorchs_nan() -> None:
    p = Value(1.0)
    Adam([p], eps=0.0).step()

    assert math.isnan(p.data)


def factors(name: str, steps: int, **arguments: Any) -> list[float]:
    return [SCHEDULES[name](step, steps, **arguments) for step in range(steps)]


def torch_factors(torch: Any, kind: str, steps: int, **arguments: Any) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = getattr(torch.optim.lr_scheduler, kind)(optimizer, **arguments)
    made = []
    for _ in range(steps):
        made.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return made


SAME: list[tuple[str, str, dict[str, Any]]] = [
    ("constant", "ConstantLR", {"factor": 0.25, "total_iters": 7}),
    ("constant", "ConstantLR", {"factor": 1.0, "total_iters": 0}),
    ("linear", "LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 50}),
    ("linear", "LinearLR", {"start_factor": 0.3, "end_factor": 1.0, "total_iters": 9}),
    ("cosine", "CosineAnnealingLR", {"T_max": 50}),
    ("cosine", "CosineAnnealingLR", {"T_max": 20, "eta_min": 0.125}),
    ("step", "StepLR", {"step_size": 17}),
    ("step", "StepLR", {"step_size": 1, "gamma": 0.9}),
]


@pytest.mark.parametrize(("name", "kind", "arguments"), SAME)
def test_every_schedule_is_pytorchs_at_every_step(
    name: str, kind: str, arguments: Any, pytorch: Any
) -> None:
    ours = factors(name, 50, **arguments)
    theirs = pytorch(lambda torch: torch_factors(torch, kind, 50, **arguments))

    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-12)


def test_schedules_without_arguments_span_all_the_steps() -> None:
    assert set(factors("constant", 100)) == {1.0}
    # micrograd's demo: learning_rate = 1.0 - 0.9*k/100
    assert factors("linear", 100) == pytest.approx([1.0 - 0.9 * k / 100 for k in range(100)])
    assert factors("cosine", 100)[50] == pytest.approx(0.5)
    assert [factors("step", 99)[k] for k in (0, 32, 33, 66, 98)] == pytest.approx([1, 1, 0.1, 0.01, 0.01])


@given(name=st.sampled_from(sorted(SCHEDULES)), step=st.integers(0, 10**9), steps=st.integers(0, 10**9))
def test_a_factor_is_from_0_to_1_whatever_the_step(name: str, step: int, steps: int) -> None:
    assert 0 <= SCHEDULES[name](step, steps) <= 1


@pytest.mark.parametrize(("name", "kind"), itertools.product(SCHEDULES, OPTIMIZERS))
def test_training_with_any_pair_brings_a_parabola_down(name: str, kind: str) -> None:
    rng = random.Random(1)
    parameters = [Value(rng.uniform(-1, 1)) for _ in range(3)]
    optimizer = OPTIMIZERS[kind](parameters, lr=0.05)
    before = sum(p.data**2 for p in parameters)
    for step in range(60):
        optimizer.zero_grad()
        sum((p * p for p in parameters), Value(0.0)).backward()
        optimizer.lr = 0.05 * SCHEDULES[name](step, 60)
        optimizer.step()

    assert sum(p.data**2 for p in parameters) < before / 4
