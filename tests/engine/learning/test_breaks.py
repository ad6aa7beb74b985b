"""Broken trainings against the same mistake in a few lines of plain Python, on xor and moons."""

from dataclasses import replace
from typing import Any

import pytest

from micrograd_tui.datasets import DATASETS
from micrograd_tui.datasets.prepare import prepare
from micrograd_tui.engine.learning.breaks import TRAINING_BREAKS, parse_breaks
from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.learning.state import State


def training(dataset: str, *broken: str, steps: int = 60, **settings: Any) -> Training:
    prepared = prepare(DATASETS[dataset].make(None, None), 0.2, 1337)
    usual: dict[str, Any] = {"hidden": (4,), "loss": "hinge", "lr": 0.05, "steps": steps, "batch": 8}
    if parse_breaks(broken).linear:
        usual["activation"] = "linear"
    given = {"broken": broken, "seed": 3, **usual, **settings}
    about = (prepared.inputs, prepared.target, prepared.classes)
    config = replace(Config("", dataset, *about), **given)
    return Training(config, prepared.train)


class Plain:
    """A network of one hidden layer of relus and the hinge loss in floats: no Value anywhere."""

    def __init__(self, of: Training) -> None:
        self.of, self.p = of, [p.data for p in of.parameters]
        self.grads = [0.0] * len(self.p)
        self.inputs, self.hidden = len(of.config.inputs), of.config.hidden[0]

    def add_gradients(self, step: int) -> None:
        batch = self.of.batch_of(step)
        for row in batch:
            x, label = self.of.rows[row]
            self.add_of_row(list(x), 1.0 if label else -1.0, 1 / len(batch))

    def add_of_row(self, x: list[float], y: float, share: float) -> None:
        width, last = self.inputs + 1, self.hidden * (self.inputs + 1)
        h = []
        for j in range(self.hidden):
            w = self.p[j * width : (j + 1) * width]
            z = sum(a * b for a, b in zip(w, x, strict=False)) + w[-1]
            h.append(max(z, 0.0) if self.of.config.activation == "relu" else z)
        out = sum(self.p[last + j] * h[j] for j in range(self.hidden)) + self.p[last + self.hidden]
        if 1 - y * out <= 0:
            return
        g = -y * share
        for j in range(self.hidden):
            self.grads[last + j] += g * h[j]
            on = h[j] > 0 or self.of.config.activation == "linear"
            inner = g * self.p[last + j] if on else 0.0
            for i in range(self.inputs):
                self.grads[j * width + i] += inner * x[i]
            self.grads[j * width + self.inputs] += inner
        self.grads[last + self.hidden] += g

    def run(self, steps: int, lr: float, zeroed_until: int) -> list[float]:
        for step in range(steps):
            if step < zeroed_until:
                self.grads = [0.0] * len(self.p)
            self.add_gradients(step)
            self.p = [p - lr * g for p, g in zip(self.p, self.grads, strict=True)]
        return self.p


@pytest.mark.parametrize("dataset", ["xor", "moons"])
@pytest.mark.parametrize(
    ("broken", "lr", "zeroed_until"),
    [
        ((), 0.05, 60),
        (("no-zero-grad",), 0.05, 0),
        (("no-zero-grad off from 20",), 0.05, 20),
        (("no-zero-grad all",), 0.05, 60),
        (("ascent",), -0.05, 60),
        (("high-lr",), 5.0, 60),
        (("equal-weights",), 0.05, 60),
        (("no-nonlinearity",), 0.05, 60),
        (("no-zero-grad", "ascent"), -0.05, 0),
    ],
)
def test_a_break_trains_as_the_same_mistake_in_plain_python(
    dataset: str, broken: tuple[str, ...], lr: float, zeroed_until: int
) -> None:
    here = training(dataset, *broken)
    plain = Plain(here)
    here.run(60)

    assert [p.data for p in here.parameters] == pytest.approx(plain.run(60, lr, zeroed_until), rel=1e-6)


def test_equal_weights_stay_equal_in_a_layer() -> None:
    here = training("xor", "equal-weights")
    here.run(40)
    neurons = here.model.layers[0].neurons

    assert len({tuple(w.data for w in neuron.w) for neuron in neurons}) == 1


def test_overwriting_lets_the_last_use_win() -> None:
    here = training("xor", "overwrite", batch=1, hidden=(1,))
    right = training("xor", batch=1, hidden=(1,))
    here.run(1)
    right.run(1)

    # In a batch of one each parameter is used once: nothing can be lost, so nothing differs.
    assert [p.data for p in here.parameters] == [p.data for p in right.parameters]
    several, summed = training("xor", "overwrite", batch=4), training("xor", batch=4)
    several.run(1)
    summed.run(1)
    bias = -1  # used once a sample, its contributions are plus or minus a quarter, or 0
    assert several.parameters[bias].grad in (0.25, -0.25, 0.0)
    assert abs(summed.parameters[bias].grad) <= 1


@pytest.mark.parametrize("dataset", ["xor", "moons"])
def test_overwriting_trains_as_on_the_sample_that_is_visited_last(dataset: str) -> None:
    here = training(dataset, "overwrite")
    plain = Plain(here)
    for step in range(20):
        batch = here.batch_of(step)
        x, label = here.rows[batch[0]]  # backward comes to the first sample last
        plain.grads = [0.0] * len(plain.p)
        plain.add_of_row(list(x), 1.0 if label else -1.0, 1 / len(batch))
        plain.p = [p - 0.05 * g for p, g in zip(plain.p, plain.grads, strict=True)]
    here.run(20)

    assert [p.data for p in here.parameters] == pytest.approx(plain.p, rel=1e-6)


def test_a_run_without_zero_grad_goes_on_to_the_bit_from_its_state() -> None:
    whole, first = training("moons", "no-zero-grad"), training("moons", "no-zero-grad")
    whole.run(40)
    first.run(17)
    second = training("moons", "no-zero-grad")
    second.restore(State(17, first.state().parameters, first.state().optimizer))
    second.run(23)

    assert second.state().parameters == whole.state().parameters
    assert second.state().optimizer == whole.state().optimizer


def test_without_zero_grad_it_is_ahead_at_first_and_goes_wrong_later() -> None:
    right, wrong = (
        training("xor", hidden=(8,), batch=16),
        training("xor", "no-zero-grad", hidden=(8,), batch=16),
    )
    a, b = right.run(600).loss, wrong.run(600).loss

    assert sum(b[20:60]) < sum(a[20:60])
    assert sum(b[-40:]) > sum(a[-40:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "no break of a training is called 'nonsense'"),
        ("", "no break of a training is called ''"),
        ("ascent now", "ascent takes nothing after it"),
        ("no-zero-grad off from x", "no-zero-grad takes all, parameters, off"),
    ],
)
def test_what_is_no_break_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_breaks([text])


def test_gradients_go_wrong_in_the_loop_of_values_alone() -> None:
    assert parse_breaks(["overwrite"]).of_gradients
    with pytest.raises(ValueError, match="for the python backend"):
        training("xor", "no-zero-grad", backend="numpy")
    assert set(TRAINING_BREAKS) == {
        "no-zero-grad", "overwrite", "ascent", "high-lr", "equal-weights", "no-nonlinearity",
    }  # fmt: skip
