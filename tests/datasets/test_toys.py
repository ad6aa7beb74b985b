"""The made-up sets: seeded, as large and as noisy as asked, and where they should be."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.datasets import DATASETS, BadData, Dataset, moons

TOYS = ["moons", "circles", "blobs", "spirals", "xor", "linear", "sine"]
REAL = ["penguins", "iris", "digits"]
some_toy = st.sampled_from(TOYS)


def test_there_are_the_data_sets_of_the_issue_each_with_a_line() -> None:
    assert list(DATASETS) == TOYS + REAL
    for name, source in DATASETS.items():
        assert source.name == name
        assert source.summary
        assert "\n" not in source.summary


@given(name=some_toy, n=st.integers(1, 80), noise=st.floats(0, 5), seed=st.integers(0, 10**6))
def test_the_same_size_noise_and_seed_give_the_same_rows(
    name: str, n: int, noise: float, seed: int
) -> None:
    made, again = (DATASETS[name].make(n=n, noise=noise, seed=seed) for _ in range(2))

    assert made.rows == again.rows
    assert len(made.rows) == n


@pytest.mark.parametrize("name", TOYS)
def test_another_seed_gives_other_rows(name: str) -> None:
    assert DATASETS[name].make(seed=1).rows != DATASETS[name].make(seed=2).rows


@pytest.mark.parametrize("name", DATASETS)
def test_what_is_made_is_described(name: str) -> None:
    made = DATASETS[name].make()

    assert made.name == name
    assert made.description
    assert len(made.rows) == DATASETS[name].n
    assert {len(x) for x, _ in made.rows} == {len(made.inputs)}
    assert all(type(v) is float for x, y in made.rows for v in (*x, y))
    assert len(set(made.inputs) | {made.target}) == len(made.inputs) + 1
    assert sum(made.counts()) == (len(made.rows) if made.classes else 0)


@given(name=some_toy, n=st.integers(1, 80))
def test_classes_are_even_to_one_row(name: str, n: int) -> None:
    counts = DATASETS[name].make(n=n).counts()

    if name == "xor":  # quadrant by quadrant
        assert max(counts) - min(counts) <= 2
    elif counts:
        assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("name", TOYS)
def test_rows_come_in_no_order_of_their_classes(name: str) -> None:
    ys = [y for _, y in DATASETS[name].make(n=60).rows]

    assert ys != sorted(ys)


@pytest.mark.parametrize("name", TOYS)
def test_the_global_random_numbers_are_left_alone(name: str) -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    DATASETS[name].make()

    assert random.random() == expected


def still(name: str, n: int = 90) -> Dataset:
    return DATASETS[name].make(n=n, noise=0.0)


def test_moons_are_those_of_the_demo_with_classes_for_signs() -> None:
    made = DATASETS["moons"].make(50, 0.2, 7)

    assert [(x, 2 * y - 1) for x, y in made.rows] == moons(50, 0.2, 7)
    assert made.classes == ("upper", "lower")


def test_circles_without_noise_have_radius_1_and_a_half() -> None:
    for (x1, x2), y in still("circles").rows:
        assert math.hypot(x1, x2) == pytest.approx(0.5 if y else 1.0)


def test_blobs_without_noise_are_three_points_on_a_circle() -> None:
    points = {(round(x1, 9), round(x2, 9), y) for (x1, x2), y in still("blobs").rows}

    assert len(points) == 3
    assert all(math.hypot(x1, x2) == pytest.approx(2) for x1, x2, _ in points)


def test_spirals_without_noise_are_two_arms_half_a_turn_apart() -> None:
    arms = {
        y: {(round(a, 9), round(b, 9)) for (a, b), c in still("spirals").rows if c == y} for y in (0, 1)
    }

    assert arms[1] == {(-a, -b) for a, b in arms[0]}
    for (x1, x2), y in still("spirals").rows:
        radius, angle = math.hypot(x1, x2), math.atan2(x2, x1)
        turns = 1.5 * radius / 2 + y / 2 - angle / (2 * math.pi)
        assert turns == pytest.approx(round(turns))


def test_xor_without_noise_is_whether_the_signs_differ() -> None:
    for (x1, x2), y in still("xor").rows:
        assert y == float((x1 > 0) != (x2 > 0))


def test_the_regressions_without_noise_lie_on_their_curve() -> None:
    for (x,), y in still("linear").rows:
        assert y == pytest.approx(2 * x - 1)
    for (x,), y in still("sine").rows:
        assert y == pytest.approx(math.sin(x))
        assert -math.pi <= x <= math.pi


def test_noise_is_as_wide_as_it_says() -> None:
    line = DATASETS["linear"].make(n=4000, noise=0.3)
    off = [y - (2 * x - 1) for (x,), y in line.rows]
    blobs = DATASETS["blobs"].make(n=4000, noise=0.3)
    first = [x1 for (x1, _), y in blobs.rows if y == 0]

    assert statistics.pstdev(off) == pytest.approx(0.3, rel=0.1)
    assert statistics.pstdev(first) == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("n", [0, -1, 1_000_001])
def test_a_size_that_cannot_be_is_refused_in_a_sentence(name: str, n: int) -> None:
    with pytest.raises(BadData, match=rf"^{name} can have 1 to [\d,]+ rows, not {n}$"):
        DATASETS[name].make(n=n)


@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf])
def test_a_noise_that_cannot_be_is_refused_in_a_sentence(noise: float) -> None:
    with pytest.raises(BadData, match="noise is a standard deviation from 0 to 1e6, not"):
        DATASETS["moons"].make(noise=noise)
