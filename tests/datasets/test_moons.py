"""Two moons: seeded, balanced, and where they should be."""

import math
import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd_tui.datasets import DATASETS, moons


@given(n=st.integers(0, 60), seed=st.integers(0, 10**6), noise=st.floats(0, 1))
def test_the_same_arguments_give_the_same_rows(n: int, seed: int, noise: float) -> None:
    assert moons(n, noise, seed) == moons(n, noise, seed)
    assert len(moons(n, noise, seed)) == n


def test_another_seed_gives_other_rows_and_other_noise_the_same_moons() -> None:
    assert moons(20, seed=1) != moons(20, seed=2)
    assert moons(20, noise=0.0) != moons(20, noise=0.1)


@given(n=st.integers(0, 80))
def test_the_halves_are_even_and_an_odd_row_is_in_the_upper_moon(n: int) -> None:
    labels = [label for _, label in moons(n)]

    assert labels.count(-1.0) == (n + 1) // 2
    assert labels.count(1.0) == n // 2


def test_the_rows_are_shuffled() -> None:
    labels = [label for _, label in moons(100)]

    assert labels != sorted(labels)
    assert 10 < labels[:50].count(1.0) < 40


def test_without_noise_each_point_lies_on_its_half_circle() -> None:
    for (x, y), label in moons(51, noise=0.0):
        if label < 0:
            assert math.hypot(x, y) == pytest.approx(1)
            assert y >= -1e-12
        else:
            assert math.hypot(x - 1, y - 0.5) == pytest.approx(1)
            assert y <= 0.5 + 1e-12


def test_noise_is_as_wide_as_it_says() -> None:
    rows = moons(2000, noise=0.1)
    off = [
        math.hypot(x, y) - 1 if label < 0 else math.hypot(x - 1, y - 0.5) - 1 for (x, y), label in rows
    ]

    assert math.sqrt(sum(d * d for d in off) / len(off)) == pytest.approx(0.1, rel=0.1)


def test_rows_are_plain_floats() -> None:
    (x, y), label = moons(1)[0]

    assert {type(x), type(y), type(label)} == {float}
    assert DATASETS["moons"].make(1).rows == (((x, y), 0.0),)


def test_the_global_random_numbers_are_left_alone() -> None:
    random.seed(5)
    expected = random.random()
    random.seed(5)
    moons(10)

    assert random.random() == expected


def test_the_data_sets_import_nothing_of_ours() -> None:
    code = "import sys, micrograd_tui.datasets; print(*(m for m in sys.modules if 'micrograd_tui.' in m))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert all(name.startswith("micrograd_tui.datasets") for name in shown.stdout.split())
