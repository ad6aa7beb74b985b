"""Samples: the same for a seed, of the vocabulary, within the context, and one sentence for what cannot be."""

import math

import pytest
from small_gpts import config, training

from micrograd_tui.engine.learning.language.sampling import sample


@pytest.fixture(scope="module")
def parameters() -> list[float]:
    made = training()
    made.run(30)
    return [p.data for p in made.parameters]


def test_a_sample_depends_on_its_number_and_the_seed_alone(parameters: list[float]) -> None:
    few, many = sample(config(), parameters, range(3)), sample(config(), parameters, range(20))

    assert many[:3] == few
    assert sample(config(), parameters, range(10, 20)) == many[10:]
    assert sample(config(), parameters, range(20), seed=1) != many


def test_samples_are_of_the_vocabulary_and_within_the_context(parameters: list[float]) -> None:
    texts = sample(config(), parameters, range(50), temperature=3.0)

    assert set("".join(texts)) <= set("abcd")
    assert max(map(len, texts)) <= config().context


def test_at_temperature_0_each_token_is_the_likeliest(parameters: list[float]) -> None:
    assert len(set(sample(config(), parameters, range(8), temperature=0))) == 1


def test_a_sample_begins_with_the_prompt(parameters: list[float]) -> None:
    assert all(text.startswith("da") for text in sample(config(), parameters, range(10), prompt="da"))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"prompt": "z"}, "'z', which is not in the vocabulary"),
        ({"prompt": "abcda"}, "the prompt has 5 characters"),
        ({"temperature": -1.0}, "temperature must be 0 or more"),
        ({"temperature": math.nan}, "temperature must be 0 or more"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    parameters: list[float], wrong: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        sample(config(), parameters, [0], **wrong)  # type: ignore[arg-type]


def test_of_parameters_that_are_no_numbers_samples_still_come() -> None:
    assert len(sample(config(), [math.nan] * config().parameters, range(2))) == 2
