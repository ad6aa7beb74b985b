"""The optimizer's formula of an update step: its numbers give what was written, whatever the rule."""

import re
from typing import Any

import pytest

from micrograd_tui.engine import Value
from micrograd_tui.engine.learning.optim import SGD, Adam, AdamW, Optimizer
from micrograd_tui.engine.learning.record_step import record_training_step
from micrograd_tui.engine.recording.log import Recording
from micrograd_tui.tui.text.glyphs import ASCII, UNICODE
from micrograd_tui.tui.views.steps.chain_rule import Explanation, explain

RULES: list[tuple[type[SGD] | type[Adam], dict[str, Any]]] = [
    (SGD, {"lr": 0.05}),
    (SGD, {"lr": 0.05, "weight_decay": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.9}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    (SGD, {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    (Adam, {"lr": 0.05}),
    (Adam, {"lr": 0.05, "weight_decay": 0.1}),
    (AdamW, {"lr": 0.05}),
    (AdamW, {"lr": 0.05, "weight_decay": 0.0}),
]


def third_step(kind: type[Optimizer], settings: dict[str, Any]) -> Recording:
    """The third training step of one weight: the optimizer remembers two."""
    w = Value(-0.5, label="w")
    optimizer = kind([w], **settings)
    for _ in range(2):
        w.grad = 0.7
        optimizer.step()
    loss = (w * 2.0 - 1.5) ** 2
    return record_training_step(loss, [w], optimizer)


def explained(log: Recording, ascii_only: bool = False) -> Explanation:
    """The update's first step."""
    step = log.step_at(log.phases[-1].start)
    return explain(log, step, ASCII if ascii_only else UNICODE)


@pytest.mark.parametrize(("kind", "settings"), RULES)
def test_the_numbers_of_every_line_give_its_result(
    kind: type[Optimizer], settings: dict[str, Any]
) -> None:
    log = third_step(kind, settings)
    for equation in explained(log).equations:
        worked, _, result = equation.numbers.rpartition(" = ")

        assert eval(worked.replace("×", "*")) == pytest.approx(float(result), rel=2e-2)
        assert equation.after == pytest.approx(float(result), rel=1e-3)


@pytest.mark.parametrize(("kind", "settings"), RULES)
def test_the_parameter_comes_first_and_ends_where_it_was_written(
    kind: type[Optimizer], settings: dict[str, Any]
) -> None:
    log = third_step(kind, settings)
    first = explained(log).equations[0]

    assert first.symbols.startswith("w.data = w.data")
    assert first.after == log.value(first.target, "data", len(log))
    assert first.before == log.value(first.target, "data", log.phases[-1].start)


def test_gradient_descent_is_written_as_the_issue_has_it() -> None:
    (equation,) = explained(third_step(SGD, {"lr": 0.05})).equations

    assert equation.symbols == "w.data = w.data - lr × w.grad"
    assert re.fullmatch(r"-0\.57 - 0\.05 × \(-10\.56\) = -0\.042", equation.numbers)


def test_adam_names_its_means_their_corrections_and_the_step() -> None:
    first, mean, square = explained(third_step(Adam, {"lr": 0.05})).equations

    assert first.symbols == "w.data = w.data - lr × mhat/(√vhat + eps)"
    assert mean.symbols.startswith("m = beta1 × m + (1 - beta1) × w.grad; mhat = m/(1 - beta1^3) = ")
    assert square.symbols.startswith("v = beta2 × v + (1 - beta2) × w.grad^2; vhat = v/(1 - beta2^3) = ")


@pytest.mark.parametrize(("kind", "settings"), RULES)
def test_ascii_stays_ascii(kind: type[Optimizer], settings: dict[str, Any]) -> None:
    for equation in explained(third_step(kind, settings), ascii_only=True).equations:
        assert f"{equation.symbols}{equation.numbers}".isascii()


def test_an_update_whose_rule_is_not_known_says_how_far_it_went() -> None:
    log = third_step(SGD, {"lr": 0.05})
    log.updates.clear()
    (equation,) = explained(log).equations

    assert equation.symbols == "w.data += the optimizer's step"


def test_a_rule_of_a_file_that_lacks_its_numbers_is_as_good_as_none() -> None:
    from micrograd_tui.engine.recording.log import Update

    log = third_step(Adam, {"lr": 0.05})
    settings = log.updates[log.phases[-1].start].settings
    wrong = [Update("adam", settings, (0.0, -1.0)), Update("adam", {**settings, "t": 0.5}, (0.0,))]
    for update in (*wrong, Update("sgd", {"momentum": 0.9}), Update("lion", {"lr": 0.1})):
        log.updates = dict.fromkeys(log.updates, update)
        (equation,) = explained(log).equations

        assert equation.symbols == "w.data += the optimizer's step"
