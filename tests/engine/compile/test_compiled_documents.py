"""A GPT trained by compiled programs: as with Values, and to the bit as before when it goes on."""

import random

import pytest

from micrograd_tui.engine.compile.training import CompiledDocuments, NativeDocuments
from micrograd_tui.engine.learning.language.config import GPTConfig
from micrograd_tui.engine.learning.language.training import GPTTraining
from micrograd_tui.engine.learning.state import Row
from micrograd_tui.engine.runs.trainer.backends import make_training

BACKENDS = {"numpy": CompiledDocuments, "native": NativeDocuments}


def config(backend: str, batch: int = 1) -> GPTConfig:
    return GPTConfig(
        "run",
        "letters",
        tuple("abcd"),
        embed=8,
        heads=2,
        context=5,
        backend=backend,
        batch=batch,
        steps=12,
    )


def rows(count: int = 9) -> list[Row]:
    rng = random.Random(1)
    lengths = [rng.randint(0, 4) for _ in range(count)]
    return [((4.0, *(float(rng.randrange(4)) for _ in range(n)), 4.0), 0.0) for n in lengths]


@pytest.mark.parametrize("batch", [1, 4, 0])
@pytest.mark.parametrize("backend", BACKENDS)
def test_it_trains_as_values_do(backend: str, batch: int) -> None:
    ours, wanted = (
        make_training(config(backend, batch), rows()),
        GPTTraining(config("python", batch), rows()),
    )
    assert isinstance(ours, BACKENDS[backend])

    done, expected = ours.run(5), wanted.run(5)

    assert list(done.loss) == pytest.approx(list(expected.loss), rel=1e-9)
    assert list(done.grad_norm) == pytest.approx(list(expected.grad_norm), rel=1e-9)
    assert list(ours.gradients()) == pytest.approx(list(wanted.gradients()), rel=1e-9, abs=1e-12)
    assert ours.score(rows()).loss == pytest.approx(wanted.score(rows()).loss, rel=1e-9)
    assert ours.fallback == ""


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_that_goes_on_has_the_same_losses_to_the_bit(backend: str) -> None:
    through = make_training(config(backend), rows())
    first, second = through.run(5), through.run(7)
    half = make_training(config(backend), rows())
    half.run(5)
    later = make_training(config(backend), rows())

    later.restore(half.state())

    assert list(later.run(7).loss) == list(second.loss)
    assert list(half.run(7).loss) == list(second.loss)
    assert len(first.loss) == 5


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_opens_with_the_loss_it_had(backend: str) -> None:
    training = make_training(config(backend), rows())
    training.run(6)
    graph = training.loss_of(6)  # type: ignore[attr-defined]

    assert training.run(1).loss[0] == pytest.approx(graph.data, rel=1e-12)
