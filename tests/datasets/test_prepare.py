"""The split and the scale: seeded, fair to every class, blind to the validation rows, and noted."""

import math
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.datasets import DATASETS, BadData, Dataset
from micrograd_tui.datasets.prepare import Prepared, prepare


def numbers(*xs: float, classes: tuple[str, ...] = ()) -> Dataset:
    rows = tuple(((float(x),), float(i % 2)) for i, x in enumerate(xs))
    return Dataset("own", "", ("x",), "y", rows, classes)


def back(prepared: Prepared) -> list[tuple[tuple[float, ...], float]]:
    """Return all rows in the units they came in."""
    return [
        (
            tuple(m + s * v for v, m, s in zip(x, prepared.means, prepared.scales, strict=True)),
            prepared.target_mean + prepared.target_scale * y,
        )
        for x, y in (*prepared.train, *prepared.validation)
    ]


@pytest.mark.parametrize("name", DATASETS)
def test_no_row_is_lost_and_none_is_in_both_parts(name: str) -> None:
    dataset = DATASETS[name].make()
    prepared = prepare(dataset, validation=0.25, standardise=False)

    assert Counter(prepared.train) + Counter(prepared.validation) == Counter(dataset.rows)
    assert len(prepared.validation) == pytest.approx(len(dataset.rows) / 4, abs=5)


@given(seed=st.integers(0, 10**6), part=st.floats(0, 0.95))
def test_the_split_is_the_seeds_and_of_each_class_its_share(seed: int, part: float) -> None:
    penguins = DATASETS["penguins"].make()
    prepared = prepare(penguins, part, seed, standardise=False)
    held = Counter(y for _, y in prepared.validation)

    assert prepared.train == prepare(penguins, part, seed, standardise=False).train
    for y, count in enumerate(penguins.counts()):
        assert held[y] == min(round(part * count), count - 1)


def test_another_seed_holds_back_other_rows() -> None:
    iris = DATASETS["iris"].make()

    assert prepare(iris, seed=1).validation != prepare(iris, seed=2).validation


def test_a_class_of_one_row_stays_in_training() -> None:
    rows = tuple(((float(i),), float(i == 0)) for i in range(10))
    prepared = prepare(Dataset("own", "", ("x",), "y", rows, ("many", "one")), 0.9)

    assert 1.0 in {y for _, y in prepared.train}
    assert 0.0 in {y for _, y in prepared.train}


def test_standardised_columns_have_mean_0_and_deviation_1_over_the_training_rows() -> None:
    prepared = prepare(DATASETS["penguins"].make())

    for column in zip(*(x for x, _ in prepared.train), strict=True):
        assert statistics.fmean(column) == pytest.approx(0, abs=1e-12)
        assert statistics.pstdev(column) == pytest.approx(1)


def test_the_validation_rows_have_no_say_in_the_scale() -> None:
    whole = DATASETS["iris"].make()
    prepared = prepare(whole, seed=5)
    held = [
        i
        for i, row in enumerate(whole.rows)
        if row in set(prepare(whole, seed=5, standardise=False).validation)
    ]
    moved = list(whole.rows)
    for i in held:
        x, y = moved[i]
        moved[i] = (tuple(1000 + v for v in x), y)
    again = prepare(
        Dataset("own", "", whole.inputs, "y", tuple(moved), whole.classes), seed=5, standardise=True
    )

    assert (again.means, again.scales) == (prepared.means, prepared.scales)


@pytest.mark.parametrize("name", DATASETS)
def test_means_and_scales_lead_back_to_the_numbers_of_the_user(name: str) -> None:
    dataset = DATASETS[name].make()
    prepared = prepare(dataset, standardise=True)

    flat = [v for x, y in sorted(back(prepared)) for v in (*x, y)]
    assert sorted(flat) == pytest.approx(sorted(v for x, y in dataset.rows for v in (*x, y)), abs=1e-9)


def test_a_regressions_target_is_standardised_too_and_a_class_never() -> None:
    sine, iris = prepare(DATASETS["sine"].make(), standardise=True), prepare(DATASETS["iris"].make())

    assert statistics.pstdev([y for _, y in sine.train]) == pytest.approx(1)
    assert {y for _, y in iris.train} == {0.0, 1.0, 2.0}
    assert (iris.target_mean, iris.target_scale) == (0.0, 1.0)


def test_toys_are_left_as_they_are_and_measurements_standardised_unless_said_otherwise() -> None:
    moons, iris = DATASETS["moons"].make(), DATASETS["iris"].make()

    assert prepare(moons).scales == (1.0, 1.0)
    assert prepare(iris).scales != (1.0,) * 4
    assert prepare(moons, standardise=True).scales != (1.0, 1.0)
    assert prepare(iris, standardise=False).scales == (1.0,) * 4


def test_a_constant_column_becomes_0_and_that_is_said() -> None:
    prepared = prepare(numbers(0.1, 0.1, 0.1, classes=("a", "b")), validation=0, standardise=True)

    assert [x for x, _ in prepared.train] == [(0.0,)] * 3
    assert "x is the same in every training row: it is 0 now." in prepared.notes


def test_what_was_done_is_told_in_sentences() -> None:
    notes = prepare(DATASETS["penguins"].make(), seed=7).notes

    assert notes == (
        "273 rows are for training and 69 held out for validation, stratified by class, drawn with seed 7.",
        "Inputs are standardised: minus the mean of the training rows, divided by their standard deviation.",
    )
    assert prepare(DATASETS["moons"].make(), validation=0).notes == (
        "All 100 rows are trained on, none is held out for validation.",
        "Inputs are used as they are, not standardised.",
    )
    sine = prepare(DATASETS["sine"].make(), standardise=True).notes
    assert sine[-1].startswith("The target 'y' is standardised too: its mean ")


def test_the_sentences_about_a_file_come_first() -> None:
    dataset = Dataset(
        "own", "", ("x",), "y", (((1.0,), 2.0), ((2.0,), 3.0)), notes=("It has no header.",)
    )

    assert prepare(dataset).notes[0] == "It has no header."


def test_too_few_rows_for_a_validation_are_told() -> None:
    (note, *_) = prepare(numbers(1, 2), validation=0.2).notes

    assert (
        note
        == "All 2 rows are trained on, none is held out for validation: there are too few to hold any out."
    )


@pytest.mark.parametrize("part", [-0.1, 1.0, 2.0, math.nan])
def test_a_validation_part_that_cannot_be_is_refused(part: float) -> None:
    with pytest.raises(BadData, match="the validation part must be at least 0 and below 1, not"):
        prepare(numbers(1, 2), validation=part)


def test_no_rows_are_refused() -> None:
    with pytest.raises(BadData, match="own has no rows to train on"):
        prepare(Dataset("own", "", ("x",), "y", ()))


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=30))
def test_any_numbers_a_file_may_hold_are_scaled_to_finite_ones(xs: list[float]) -> None:
    prepared = prepare(numbers(*xs), validation=0, standardise=True)

    assert all(math.isfinite(v) for x, _ in prepared.train for v in x)
    assert all(abs(v) <= math.sqrt(len(xs)) * 1.001 for x, _ in prepared.train for v in x)
