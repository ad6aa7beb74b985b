"""The stored answers of PyTorch: a stale one fails where PyTorch is, a missing one fails anywhere."""

import math
from pathlib import Path
from typing import Any

import pytest
from pytorch_figures import Figures

TORCH = object()  # any stands for it: only the computation looks at it


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "figures" / "test_it.json"
    writing = Figures(TORCH, writing=True)
    writing.answer(path, "test_it", "1.0", lambda torch: [2.0, math.nan, math.inf, -0.0])
    writing.answer(path, "test_it", "", lambda torch: [1 / 3])
    writing.save()
    return path


def unasked(torch: Any) -> list[float]:
    raise AssertionError("there is no PyTorch to ask")


def test_without_pytorch_a_figure_is_read_to_the_last_bit(kept: Path) -> None:
    figures = Figures(None, writing=False)

    assert figures.answer(kept, "test_it", "", unasked) == [1 / 3]
    assert repr(figures.answer(kept, "test_it", "1.0", unasked)) == "[2.0, nan, inf, -0.0]"


def test_where_pytorch_is_its_answer_is_given_and_a_figure_near_it_holds(kept: Path) -> None:
    fresh = math.nextafter(1 / 3, 1)

    assert Figures(TORCH, writing=False).answer(kept, "test_it", "", lambda torch: [fresh]) == [fresh]


@pytest.mark.parametrize("fresh", [[0.3333], [math.nan], [1 / 3, 0.0], []])
def test_a_stale_figure_fails(kept: Path, fresh: list[float]) -> None:
    with pytest.raises(AssertionError, match="stale"):
        Figures(TORCH, writing=False).answer(kept, "test_it", "", lambda torch: fresh)


@pytest.mark.parametrize("torch", [None, TORCH])
def test_a_figure_that_is_not_stored_fails_and_says_how_it_is_made(kept: Path, torch: Any) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"test_it\.json has no figure for .*make figures"):
        Figures(torch, writing=False).answer(kept, "test_it", "2.0", lambda torch: [1.0])
