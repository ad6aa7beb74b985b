"""The backend of a run is the one its configuration names, or a sentence about what is missing."""

import subprocess
import sys

import pytest
from small_runs import ROWS, config

from micrograd_tui.engine.learning.loop import Training
from micrograd_tui.engine.runs.trainer.backends import best_backend, make_training


def test_the_backend_is_chosen_by_the_configuration() -> None:
    assert type(make_training(config(), ROWS)) is Training


@pytest.mark.requires("numpy")
def test_numpy_trains_where_the_configuration_says_so() -> None:
    from micrograd_tui.engine.compile.training import NumpyTraining

    assert isinstance(make_training(config(backend="numpy"), ROWS), NumpyTraining)


def test_a_backend_that_is_not_installed_is_refused_with_what_it_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "micrograd_tui.engine.compile.training", None)

    with pytest.raises(ValueError, match="the numpy backend needs"):
        make_training(config(backend="numpy"), ROWS)
    assert best_backend() == "python"


def test_values_train_without_numpy() -> None:
    code = """
import sys
from micrograd_tui.engine.learning.config import Config
from micrograd_tui.engine.runs.trainer.backends import make_training
make_training(Config("n", "d", ("x",), loss="mse"), [((0.0,), 1.0)]).run(1)
sys.exit("numpy" in sys.modules)
"""

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
