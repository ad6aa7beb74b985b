"""Stand-ins for libraries that draw: whatever is asked of them does nothing; nothing else is stood in for."""

import importlib
import sys
from collections.abc import Iterator

import pytest

from micrograd_tui.engine.sources.python import stand_ins
from micrograd_tui.engine.sources.python.stand_ins import StandIns


@pytest.fixture(autouse=True)
def _library_that_draws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(stand_ins, "DRAWING", ("surely_draws", "tqdm"))
    before = set(sys.modules)
    with StandIns():
        yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_everything_can_be_asked_of_one() -> None:
    plt = importlib.import_module("surely_draws.pyplot")
    figure, axes = plt.subplots(2, figsize=(3, 4))
    axes[0].plot([1, 2], color="red").label = "x"
    with plt.style.context("dark"):
        figure.add_subplot(111).scatter([1], [2])
        plt.show()


def test_a_loop_with_a_progress_bar_goes_through_its_things() -> None:
    tqdm = importlib.import_module("tqdm").tqdm

    assert list(tqdm([1, 2, 3], desc="x")) == [1, 2, 3]
    assert list(importlib.import_module("tqdm").trange(3)) == [0, 1, 2]


def test_what_does_not_draw_is_missing_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("surely_computes")
